-- CreateEnum
CREATE TYPE "space_role" AS ENUM ('viewer', 'developer', 'admin');

-- CreateEnum
CREATE TYPE "aggregation" AS ENUM ('SUM', 'COUNT', 'UNIQUE_COUNT', 'MIN', 'MAX', 'AVG', 'LATEST', 'PERCENTILE', 'TIME_WEIGHTED');

-- CreateTable
CREATE TABLE "person" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "is_platform_admin" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "person_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "ip_address" TEXT,
    "user_agent" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "provider_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "access_token" TEXT,
    "refresh_token" TEXT,
    "id_token" TEXT,
    "access_token_expires_at" TIMESTAMPTZ(6),
    "refresh_token_expires_at" TIMESTAMPTZ(6),
    "scope" TEXT,
    "password" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verification" (
    "id" TEXT NOT NULL,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "verification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "membership" (
    "person_id" TEXT NOT NULL,
    "space_id" UUID NOT NULL,
    "role" "space_role" NOT NULL,
    "is_billing_admin" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "membership_pkey" PRIMARY KEY ("person_id","space_id")
);

-- CreateTable
CREATE TABLE "app_contributor" (
    "person_id" TEXT NOT NULL,
    "app_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "app_contributor_pkey" PRIMARY KEY ("person_id","app_id")
);

-- CreateTable
CREATE TABLE "developer_space" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL DEFAULT 'USD',
    "billing_zone" TEXT NOT NULL DEFAULT 'UTC',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "archived_at" TIMESTAMPTZ(6),

    CONSTRAINT "developer_space_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "app" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "shard" SMALLINT NOT NULL,
    "series" SMALLINT NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "archived_at" TIMESTAMPTZ(6),

    CONSTRAINT "app_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "app_ownership" (
    "id" UUID NOT NULL,
    "app_id" UUID NOT NULL,
    "space_id" UUID NOT NULL,
    "effective_from" TIMESTAMPTZ(6) NOT NULL,
    "effective_to" TIMESTAMPTZ(6),
    "recorded_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "app_ownership_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "environment" (
    "app_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "environment_pkey" PRIMARY KEY ("app_id","key")
);

-- CreateTable
CREATE TABLE "installation" (
    "id" UUID NOT NULL,
    "app_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "exempt" BOOLEAN NOT NULL DEFAULT false,
    "effective_from" TIMESTAMPTZ(6) NOT NULL,
    "effective_to" TIMESTAMPTZ(6),
    "recorded_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ingest_key" (
    "id" UUID NOT NULL,
    "prefix" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "app_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "scopes" TEXT[],
    "event_types" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "environments" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT,
    "expires_at" TIMESTAMPTZ(6),
    "revoked_at" TIMESTAMPTZ(6),
    "last_used_at" TIMESTAMPTZ(6),

    CONSTRAINT "ingest_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "service_key" (
    "id" UUID NOT NULL,
    "prefix" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "name" TEXT NOT NULL,
    "scopes" TEXT[],
    "event_types" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT,
    "expires_at" TIMESTAMPTZ(6),
    "revoked_at" TIMESTAMPTZ(6),
    "last_used_at" TIMESTAMPTZ(6),

    CONSTRAINT "service_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "capability" (
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "shape" TEXT NOT NULL,

    CONSTRAINT "capability_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "meter" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "capability_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "archived_at" TIMESTAMPTZ(6),

    CONSTRAINT "meter_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "meter_version" (
    "meter_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "effective_from" TIMESTAMPTZ(6) NOT NULL,
    "event_type" TEXT NOT NULL,
    "aggregation" "aggregation" NOT NULL,
    "percentile" DECIMAL(6,5),
    "value" JSONB,
    "divisor" DECIMAL(38,18) NOT NULL DEFAULT 1,
    "group_by" JSONB NOT NULL DEFAULT '{}',
    "subject_required" BOOLEAN NOT NULL DEFAULT false,
    "data_schema" JSONB,
    "recorded_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "recorded_by" TEXT,

    CONSTRAINT "meter_version_pkey" PRIMARY KEY ("meter_id","version")
);

-- CreateTable
CREATE TABLE "price_book" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "price_book_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "price" (
    "price_book_id" UUID NOT NULL,
    "capability_key" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "effective_from" TIMESTAMPTZ(6) NOT NULL,
    "allowance" DECIMAL(38,18) NOT NULL,
    "price" DECIMAL(38,18) NOT NULL,
    "per" DECIMAL(38,18) NOT NULL,
    "tiers" JSONB,
    "recorded_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "recorded_by" TEXT,

    CONSTRAINT "price_pkey" PRIMARY KEY ("price_book_id","capability_key","version")
);

-- CreateTable
CREATE TABLE "subscription" (
    "id" UUID NOT NULL,
    "space_id" UUID NOT NULL,
    "price_book_id" UUID NOT NULL,
    "effective_from" TIMESTAMPTZ(6) NOT NULL,
    "effective_to" TIMESTAMPTZ(6),
    "recorded_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "subscription_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "entitlement" (
    "id" UUID NOT NULL,
    "subscription_id" UUID NOT NULL,
    "app_id" UUID NOT NULL,
    "capability_key" TEXT NOT NULL,
    "effective_from" TIMESTAMPTZ(6) NOT NULL,
    "effective_to" TIMESTAMPTZ(6),
    "recorded_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "entitlement_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "catalogue_head" (
    "id" SMALLINT NOT NULL,
    "revision" BIGINT NOT NULL,

    CONSTRAINT "catalogue_head_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "catalogue_snapshot" (
    "revision" BIGINT NOT NULL,
    "document" JSONB NOT NULL,
    "recorded_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "catalogue_snapshot_pkey" PRIMARY KEY ("revision")
);

-- CreateTable
CREATE TABLE "journal_head" (
    "shard" SMALLINT NOT NULL,
    "next" BIGINT NOT NULL DEFAULT 1,

    CONSTRAINT "journal_head_pkey" PRIMARY KEY ("shard")
);

-- CreateTable
CREATE TABLE "journal_batch" (
    "shard" SMALLINT NOT NULL,
    "number" BIGINT NOT NULL,
    "received_at" TIMESTAMPTZ(6) NOT NULL,
    "key_id" UUID NOT NULL,
    "app_id" UUID NOT NULL,
    "event_count" INTEGER NOT NULL,
    "digest" BYTEA NOT NULL,
    "codec" SMALLINT NOT NULL,
    "body" BYTEA NOT NULL,

    CONSTRAINT "journal_batch_pkey" PRIMARY KEY ("shard","number")
);

-- CreateTable
CREATE TABLE "shard_owner" (
    "shard" SMALLINT NOT NULL,
    "epoch" BIGINT NOT NULL DEFAULT 0,
    "worker_id" TEXT,
    "taken_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "shard_owner_pkey" PRIMARY KEY ("shard")
);

-- CreateTable
CREATE TABLE "projection_group" (
    "shard" SMALLINT NOT NULL,
    "first" BIGINT NOT NULL,
    "last" BIGINT NOT NULL,
    "catalogue_revision" BIGINT NOT NULL,
    "measure_version" INTEGER NOT NULL,
    "epoch" BIGINT NOT NULL,
    "opened_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "done_at" TIMESTAMPTZ(6),

    CONSTRAINT "projection_group_pkey" PRIMARY KEY ("shard","first")
);

-- CreateTable
CREATE TABLE "ledger_entry" (
    "space_id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "format_version" SMALLINT NOT NULL,
    "kind" TEXT NOT NULL,
    "app_id" UUID,
    "environment" TEXT,
    "capability_key" TEXT,
    "window_start" TIMESTAMPTZ(6),
    "window_end" TIMESTAMPTZ(6),
    "quantity" DECIMAL(76,30),
    "amount" DECIMAL(76,30),
    "currency" CHAR(3),
    "adjusts" BIGINT,
    "canonical" TEXT NOT NULL,
    "previous_hash" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,
    "posted_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "ledger_entry_pkey" PRIMARY KEY ("space_id","sequence")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "sequence" BIGINT NOT NULL,
    "recorded_at" TIMESTAMPTZ(6) NOT NULL,
    "actor_id" TEXT,
    "act" TEXT NOT NULL,
    "target_type" TEXT NOT NULL,
    "target_id" TEXT NOT NULL,
    "space_id" UUID,
    "request_id" TEXT,
    "reason" TEXT,
    "canonical" TEXT NOT NULL,
    "previous_hash" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("sequence")
);

-- CreateIndex
CREATE UNIQUE INDEX "person_email_key" ON "person"("email");

-- CreateIndex
CREATE UNIQUE INDEX "session_token_key" ON "session"("token");

-- CreateIndex
CREATE INDEX "session_person_id_idx" ON "session"("person_id");

-- CreateIndex
CREATE INDEX "account_person_id_idx" ON "account"("person_id");

-- CreateIndex
CREATE UNIQUE INDEX "account_provider_id_account_id_key" ON "account"("provider_id", "account_id");

-- CreateIndex
CREATE INDEX "verification_identifier_idx" ON "verification"("identifier");

-- CreateIndex
CREATE INDEX "membership_space_id_idx" ON "membership"("space_id");

-- CreateIndex
CREATE INDEX "app_contributor_app_id_idx" ON "app_contributor"("app_id");

-- CreateIndex
CREATE UNIQUE INDEX "developer_space_slug_key" ON "developer_space"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "app_slug_key" ON "app"("slug");

-- CreateIndex
CREATE INDEX "app_ownership_app_id_idx" ON "app_ownership"("app_id");

-- CreateIndex
CREATE INDEX "app_ownership_space_id_idx" ON "app_ownership"("space_id");

-- CreateIndex
CREATE INDEX "installation_app_id_key_idx" ON "installation"("app_id", "key");

-- CreateIndex
CREATE UNIQUE INDEX "ingest_key_prefix_key" ON "ingest_key"("prefix");

-- CreateIndex
CREATE INDEX "ingest_key_app_id_idx" ON "ingest_key"("app_id");

-- CreateIndex
CREATE UNIQUE INDEX "service_key_prefix_key" ON "service_key"("prefix");

-- CreateIndex
CREATE UNIQUE INDEX "meter_slug_key" ON "meter"("slug");

-- CreateIndex
CREATE INDEX "meter_version_event_type_idx" ON "meter_version"("event_type");

-- CreateIndex
CREATE UNIQUE INDEX "price_book_slug_key" ON "price_book"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "price_price_book_id_capability_key_effective_from_key" ON "price"("price_book_id", "capability_key", "effective_from");

-- CreateIndex
CREATE INDEX "subscription_space_id_idx" ON "subscription"("space_id");

-- CreateIndex
CREATE INDEX "entitlement_app_id_capability_key_idx" ON "entitlement"("app_id", "capability_key");

-- CreateIndex
CREATE INDEX "entitlement_subscription_id_idx" ON "entitlement"("subscription_id");

-- CreateIndex
CREATE INDEX "journal_batch_received_at_idx" ON "journal_batch" USING BRIN ("received_at");

-- CreateIndex
CREATE INDEX "ledger_entry_space_id_app_id_capability_key_window_start_idx" ON "ledger_entry"("space_id", "app_id", "capability_key", "window_start");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_entry_space_id_hash_key" ON "ledger_entry"("space_id", "hash");

-- CreateIndex
CREATE INDEX "audit_entry_space_id_recorded_at_idx" ON "audit_entry"("space_id", "recorded_at");

-- CreateIndex
CREATE INDEX "audit_entry_target_type_target_id_idx" ON "audit_entry"("target_type", "target_id");

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "account" ADD CONSTRAINT "account_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_space_id_fkey" FOREIGN KEY ("space_id") REFERENCES "developer_space"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "app_contributor" ADD CONSTRAINT "app_contributor_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "app_contributor" ADD CONSTRAINT "app_contributor_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "app"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "app_ownership" ADD CONSTRAINT "app_ownership_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "app"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "app_ownership" ADD CONSTRAINT "app_ownership_space_id_fkey" FOREIGN KEY ("space_id") REFERENCES "developer_space"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "environment" ADD CONSTRAINT "environment_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "app"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "installation" ADD CONSTRAINT "installation_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "app"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ingest_key" ADD CONSTRAINT "ingest_key_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "app"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "meter" ADD CONSTRAINT "meter_capability_key_fkey" FOREIGN KEY ("capability_key") REFERENCES "capability"("key") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "meter_version" ADD CONSTRAINT "meter_version_meter_id_fkey" FOREIGN KEY ("meter_id") REFERENCES "meter"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "price" ADD CONSTRAINT "price_price_book_id_fkey" FOREIGN KEY ("price_book_id") REFERENCES "price_book"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "price" ADD CONSTRAINT "price_capability_key_fkey" FOREIGN KEY ("capability_key") REFERENCES "capability"("key") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "subscription" ADD CONSTRAINT "subscription_space_id_fkey" FOREIGN KEY ("space_id") REFERENCES "developer_space"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "subscription" ADD CONSTRAINT "subscription_price_book_id_fkey" FOREIGN KEY ("price_book_id") REFERENCES "price_book"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "entitlement" ADD CONSTRAINT "entitlement_subscription_id_fkey" FOREIGN KEY ("subscription_id") REFERENCES "subscription"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "entitlement" ADD CONSTRAINT "entitlement_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "app"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "entitlement" ADD CONSTRAINT "entitlement_capability_key_fkey" FOREIGN KEY ("capability_key") REFERENCES "capability"("key") ON DELETE RESTRICT ON UPDATE CASCADE;
