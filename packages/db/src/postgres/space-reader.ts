import type { Pool } from './pool.ts'

/** A developer space as those who run the platform see it; instants as RFC 3339 text. */
export interface ListedSpace {
  id: string
  slug: string
  name: string
  currency: string
  billingZone: string
  isArchived: boolean
  createdAt: string
  /** apps in use that it owns now */
  apps: number
  members: number
  /** the price book in force now; null: none */
  priceBook: string | null
  /** something was posted: currency and billing zone stay */
  isBilled: boolean
}

/** Every space, or the one of that slug, in use first, by name. */
export async function listSpacesOfPlatform(pool: Pool, slug?: string): Promise<ListedSpace[]> {
  const { rows } = await pool.query<ListedSpace>(
    `SELECT d.id, d.slug, d.name, d.currency, d.billing_zone AS "billingZone", d.archived_at IS NOT NULL AS "isArchived", ${text('d.created_at')} AS "createdAt",
       (SELECT count(*)::int FROM app_ownership o JOIN app a ON a.id = o.app_id AND a.archived_at IS NULL
         WHERE o.space_id = d.id AND ${inForce('o')}) AS apps,
       (SELECT count(*)::int FROM membership m WHERE m.space_id = d.id) AS members,
       (SELECT b.slug FROM subscription s JOIN price_book b ON b.id = s.price_book_id WHERE s.space_id = d.id AND ${inForce('s')}) AS "priceBook",
       EXISTS (SELECT FROM ledger_entry e WHERE e.space_id = d.id) AS "isBilled"
     FROM developer_space d WHERE $1::text IS NULL OR d.slug = $1 ORDER BY d.archived_at IS NOT NULL, d.name, d.slug`,
    [slug ?? null],
  )
  return rows
}

/** An app with who owns it, now and ahead; instants as RFC 3339 text. */
export interface ListedApp {
  id: string
  slug: string
  name: string
  series: number
  shard: number
  isArchived: boolean
  createdAt: string
  /** null: nobody owns it now, and its usage is held */
  space: { id: string; slug: string; name: string } | null
  /** a change of owner that is still to come */
  ahead: { slug: string; from: string } | null
  /** keys that are in force */
  keys: number
  /** capabilities it may use now */
  rights: number
}

/** Every app, those that a space owns now, or the one of that id or slug; in use first, by name. */
export async function listAppsOfPlatform(
  pool: Pool,
  input: { spaceId?: string; appId?: string; slug?: string } = {},
): Promise<ListedApp[]> {
  const { rows } = await pool.query<ListedApp>(
    `SELECT a.id, a.slug, a.name, a.series, a.shard, a.archived_at IS NOT NULL AS "isArchived", ${text('a.created_at')} AS "createdAt",
       (SELECT jsonb_build_object('id', d.id, 'slug', d.slug, 'name', d.name) FROM app_ownership o JOIN developer_space d ON d.id = o.space_id
         WHERE o.app_id = a.id AND ${inForce('o')}) AS space,
       (SELECT jsonb_build_object('slug', d.slug, 'from', ${text('o.effective_from')}) FROM app_ownership o JOIN developer_space d ON d.id = o.space_id
         WHERE o.app_id = a.id AND o.effective_from > now() ORDER BY o.effective_from LIMIT 1) AS ahead,
       (SELECT count(*)::int FROM ingest_key k WHERE k.app_id = a.id AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())) AS keys,
       (SELECT count(*)::int FROM entitlement e WHERE e.app_id = a.id AND ${inForce('e')}) AS rights
     FROM app a WHERE ($1::uuid IS NULL OR EXISTS (SELECT FROM app_ownership o WHERE o.app_id = a.id AND o.space_id = $1::uuid AND ${inForce('o')}))
       AND ($2::uuid IS NULL OR a.id = $2::uuid) AND ($3::text IS NULL OR a.slug = $3::text)
     ORDER BY a.archived_at IS NOT NULL, a.name, a.slug`,
    [input.spaceId ?? null, input.appId ?? null, input.slug ?? null],
  )
  return rows
}

/** What belongs to one app beside its usage. */
export interface AppParts {
  environments: { key: string; name: string }[]
  installations: { key: string; name: string; exempt: boolean; from: string; to: string | null }[]
  owners: { spaceId: string; slug: string; name: string; from: string; to: string | null }[]
}

export async function readAppParts(pool: Pool, appId: string): Promise<AppParts> {
  const validity = (alias: string) =>
    `${text(`${alias}.effective_from`)} AS "from", ${text(`${alias}.effective_to`)} AS "to"`
  const lasting = (alias: string) =>
    `(${alias}.effective_to IS NULL OR ${alias}.effective_to > ${alias}.effective_from)`
  const [environments, installations, owners] = await Promise.all([
    pool.query<AppParts['environments'][number]>('SELECT key, name FROM environment WHERE app_id = $1 ORDER BY key', [
      appId,
    ]),
    pool.query<AppParts['installations'][number]>(
      `SELECT i.key, i.name, i.exempt, ${validity('i')} FROM installation i WHERE i.app_id = $1 AND ${lasting('i')} ORDER BY i.key, i.effective_from`,
      [appId],
    ),
    pool.query<AppParts['owners'][number]>(
      `SELECT d.id AS "spaceId", d.slug, d.name, ${validity('o')} FROM app_ownership o JOIN developer_space d ON d.id = o.space_id
       WHERE o.app_id = $1 AND ${lasting('o')} ORDER BY o.effective_from`,
      [appId],
    ),
  ])
  return { environments: environments.rows, installations: installations.rows, owners: owners.rows }
}

/** Whether a person is an admin of the space of that slug, which is in use. */
export async function isSpaceAdmin(pool: Pool, input: { personId: string; spaceSlug: string }): Promise<boolean> {
  const { rowCount } = await pool.query(
    `SELECT FROM membership m JOIN developer_space d ON d.id = m.space_id
     WHERE m.person_id = $1 AND d.slug = $2 AND m.role = 'admin' AND d.archived_at IS NULL`,
    [input.personId, input.spaceSlug],
  )
  return rowCount === 1
}

function inForce(alias: string): string {
  return `${alias}.effective_from <= now() AND (${alias}.effective_to IS NULL OR ${alias}.effective_to > now())`
}

function text(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}
