// Brings a Postgres database up to date without Prisma's schema engine, and keeps Prisma's own table of migrations, so that its
// command line agrees with what was done here.
import { createHash, randomUUID } from 'node:crypto'
import fs from 'node:fs/promises'
import pg from 'pg'

const FOLDER = new URL('../../../../prisma/migrations/', import.meta.url)
/** The advisory lock that Prisma Migrate takes: two starts at once wait for each other, and for it. */
const PRISMA_LOCK = 72_707_369
/** Tables that only grow: the app may read and add, nothing else. */
const APPEND_ONLY = [
  'journal_batch',
  'ledger_entry',
  'audit_entry',
  'meter_version',
  'price',
  'catalogue_snapshot',
  'correction',
  'statement',
  'quarantine_waiver',
  'proposal',
  'proposal_decision',
  'frozen_view',
  'moved_money',
]

/**
 * Applies the migrations that are missing, as the owner; then grants the app's role what it needs and no more.
 * `appUrl`'s user is that role; if it is the owner itself (one URL for both), there is nothing to grant and only the triggers guard.
 */
export async function migratePostgres(input: {
  ownerUrl: string
  appUrl: string
  log?: (line: string) => void
}): Promise<string[]> {
  const client = new pg.Client({ connectionString: input.ownerUrl, application_name: 'meterbook-migrate' })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK])
    await client.query(`CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
      id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
      logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`)
    const applied = await applyMissing(client, input.log ?? (() => undefined))
    await grantToApp(client, { ownerUrl: input.ownerUrl, appUrl: input.appUrl })
    return applied
  } finally {
    await client.end()
  }
}

async function applyMissing(client: pg.Client, log: (line: string) => void): Promise<string[]> {
  const { rows } = await client.query<{ migration_name: string; checksum: string; finished_at: Date | null }>(
    'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
  )
  const failed = rows.filter((row) => row.finished_at === null).map((row) => row.migration_name)
  if (failed.length > 0)
    throw new Error(
      `Postgres migrations failed earlier: ${failed.join(', ')}; mend the database, then mark them with prisma migrate resolve`,
    )
  const done = new Map(rows.map((row) => [row.migration_name, row.checksum]))
  const applied: string[] = []
  for (const migration of await readMigrations()) {
    const checksum = done.get(migration.name)
    if (checksum !== undefined && checksum !== migration.checksum) {
      throw new Error(
        `Postgres migration ${migration.name} was changed after it was applied: expected ${checksum}, found ${migration.checksum}`,
      )
    }
    if (checksum !== undefined) continue
    await applyOne(client, migration)
    applied.push(migration.name)
    log(`postgres: applied ${migration.name}`)
  }
  return applied
}

export interface PostgresMigration {
  name: string
  checksum: string
  sql: string
}

async function applyOne(client: pg.Client, migration: PostgresMigration): Promise<void> {
  const id = randomUUID()
  await client.query('INSERT INTO "_prisma_migrations" (id, checksum, migration_name) VALUES ($1, $2, $3)', [
    id,
    migration.checksum,
    migration.name,
  ])
  try {
    // No parameters: the simple protocol takes the whole file as one implicit transaction.
    await client.query(migration.sql)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    await client.query('UPDATE "_prisma_migrations" SET logs = $2 WHERE id = $1', [id, message])
    throw new Error(`Postgres migration ${migration.name} failed: ${message}`, { cause: error })
  }
  await client.query('UPDATE "_prisma_migrations" SET finished_at = now(), applied_steps_count = 1 WHERE id = $1', [id])
}

export async function readMigrations(): Promise<PostgresMigration[]> {
  const entries = await fs.readdir(FOLDER, { withFileTypes: true })
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await fs.readFile(new URL(`${name}/migration.sql`, FOLDER), 'utf8')
      return { name, checksum: createHash('sha256').update(sql).digest('hex'), sql }
    }),
  )
}

async function grantToApp(client: pg.Client, urls: { ownerUrl: string; appUrl: string }): Promise<void> {
  const role = decodeURIComponent(new URL(urls.appUrl).username)
  if (role === decodeURIComponent(new URL(urls.ownerUrl).username)) return
  const app = client.escapeIdentifier(role)
  await client.query(`GRANT USAGE ON SCHEMA public TO ${app}`)
  await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${app}`)
  await client.query(`GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${app}`)
  const grown = APPEND_ONLY.map((table) => client.escapeIdentifier(table)).join(', ')
  await client.query(`REVOKE UPDATE, DELETE, TRUNCATE ON ${grown} FROM ${app}, PUBLIC`)
  await client.query(`REVOKE DELETE, TRUNCATE ON ledger_head FROM ${app}, PUBLIC`)
  await client.query(`REVOKE INSERT, DELETE, TRUNCATE ON audit_head FROM ${app}, PUBLIC`)
  await client.query(`REVOKE INSERT, UPDATE, DELETE ON "_prisma_migrations", catalogue_head FROM ${app}`)
}
