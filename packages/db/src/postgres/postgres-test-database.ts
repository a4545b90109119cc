import { hash, randomBytes, randomUUID } from 'node:crypto'
import { createTestDatabase } from '@meterbook/stack/test-servers'
import pg from 'pg'
import { createPool, type Pool } from './pool.ts'

/** A migrated database of one test file's own: `pool` connects as the app does, `owner` as the migrations do. */
export interface PostgresTestDatabase {
  url: string
  ownerUrl: string
  pool: Pool
  owner: pg.Client
  /** Another pool of the app's role, ended with the database. */
  openPool(name: string): Pool
  drop(): Promise<void>
}

export async function openPostgresTestDatabase(): Promise<PostgresTestDatabase> {
  const database = await createTestDatabase({ migrate: true })
  const { url, ownerUrl } = database.postgres
  const pools: Pool[] = []
  const openPool = (name: string) => {
    const pool = createPool({ url, name })
    pools.push(pool)
    return pool
  }
  const owner = new pg.Client({ connectionString: ownerUrl })
  await owner.connect()
  return {
    url,
    ownerUrl,
    pool: openPool('test'),
    owner,
    openPool,
    async drop() {
      await Promise.all([...pools.map((pool) => pool.end()), owner.end()])
      await database.drop()
    },
  }
}

/** What a seeded catalogue consists of. */
export interface SeededCatalogue {
  spaceId: string
  appId: string
  appSlug: string
  ownershipId: string
  installationId: string
  meterId: string
  bookId: string
  subscriptionId: string
  entitlementId: string
  capability: string
}

/** One space with one app, one installation, one meter and the right to it, since 2020; new names at each call. */
export async function seedCatalogue(
  client: pg.Client | Pool,
  since = '2020-01-01T00:00:00Z',
): Promise<SeededCatalogue> {
  const name = randomBytes(6).toString('hex')
  const seeded: SeededCatalogue = {
    spaceId: randomUUID(),
    appId: randomUUID(),
    appSlug: `app-${name}`,
    ownershipId: randomUUID(),
    installationId: randomUUID(),
    meterId: randomUUID(),
    bookId: randomUUID(),
    subscriptionId: randomUUID(),
    entitlementId: randomUUID(),
    capability: `capability-${name}`,
  }
  const run = (sql: string, ...values: unknown[]) => client.query(sql, values)
  const s = seeded
  await run('INSERT INTO developer_space (id, slug, name) VALUES ($1, $2, $2)', s.spaceId, `space-${name}`)
  await run('INSERT INTO app (id, slug, name, shard) VALUES ($1, $2, $2, 3)', s.appId, s.appSlug)
  await run(
    'INSERT INTO app_ownership (id, app_id, space_id, effective_from) VALUES ($1, $2, $3, $4)',
    s.ownershipId,
    s.appId,
    s.spaceId,
    since,
  )
  await run(
    `INSERT INTO installation (id, app_id, key, name, exempt, effective_from) VALUES ($1, $2, 'site', 'Site', true, $3)`,
    s.installationId,
    s.appId,
    since,
  )
  await run(`INSERT INTO capability (key, name, unit, shape) VALUES ($1, $1, 'token', 'sum')`, s.capability)
  await run(
    'INSERT INTO meter (id, slug, name, capability_key) VALUES ($1, $2, $2, $3)',
    s.meterId,
    `m_${name}`,
    s.capability,
  )
  await run(
    `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation, value, group_by)
     VALUES ($1, 1, $2, 'prompt', 'SUM', '{"path":"$.tokens"}', '{"model":"$.model"}')`,
    s.meterId,
    since,
  )
  await run(`INSERT INTO price_book (id, slug, name, currency) VALUES ($1, $2, $2, 'USD')`, s.bookId, `book-${name}`)
  await run(
    'INSERT INTO subscription (id, space_id, price_book_id, effective_from) VALUES ($1, $2, $3, $4)',
    s.subscriptionId,
    s.spaceId,
    s.bookId,
    since,
  )
  await run(
    'INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from) VALUES ($1, $2, $3, $4, $5)',
    s.entitlementId,
    s.subscriptionId,
    s.appId,
    s.capability,
    since,
  )
  return seeded
}

interface SeededKey {
  id: string
  key: string
}

/** A key as its maker hands it out; only the SHA-256 of its secret is stored. `appId` null: a service key. */
export async function seedKey(
  client: pg.Client | Pool,
  input: { appId: string | null; eventTypes?: string[]; environments?: string[]; expiresAt?: Date; revokedAt?: Date },
): Promise<SeededKey> {
  const id = randomUUID()
  const prefix = randomBytes(6).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  const common = [id, prefix, hash('sha256', secret, 'buffer'), input.expiresAt ?? null, input.revokedAt ?? null]
  if (input.appId === null) {
    await client.query(
      `INSERT INTO service_key (id, prefix, secret_hash, name, scopes, expires_at, revoked_at, event_types)
       VALUES ($1, $2, $3, 'key', '{events:write}', $4, $5, $6)`,
      [...common, input.eventTypes ?? []],
    )
  } else {
    await client.query(
      `INSERT INTO ingest_key (id, prefix, secret_hash, name, scopes, expires_at, revoked_at, app_id, event_types, environments)
       VALUES ($1, $2, $3, 'key', '{events:write}', $4, $5, $6, $7, $8)`,
      [...common, input.appId, input.eventTypes ?? [], input.environments ?? []],
    )
  }
  return { id, key: `${input.appId === null ? 'mbs' : 'mbk'}_${prefix}_${secret}` }
}
