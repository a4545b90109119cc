import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findApp, KeyDirectory } from './key-store.ts'
import { isUnavailable } from './pool.ts'
import {
  openPostgresTestDatabase,
  type PostgresTestDatabase,
  type SeededCatalogue,
  seedCatalogue,
  seedKey,
} from './postgres-test-database.ts'

let database: PostgresTestDatabase
let seeded: SeededCatalogue
beforeAll(async () => {
  database = await openPostgresTestDatabase()
  seeded = await seedCatalogue(database.pool)
})
afterAll(() => database.drop())

/** A directory that remembers nothing yet, as a process has it after its start. */
const authenticate = (key: string) => new KeyDirectory(database.pool).authenticate(key)
const ANOTHER_SECRET = randomBytes(32).toString('base64url')

describe('an ingest key', () => {
  test('says which app it belongs to, and what it may', async () => {
    const { id, key } = await seedKey(database.pool, { appId: seeded.appId })
    expect(await authenticate(key)).toEqual({
      keyId: id,
      kind: 'ingest',
      app: { id: seeded.appId, slug: seeded.appSlug, shard: 3 },
      scopes: ['events:write'],
      eventTypes: null,
      environments: null,
      eventsPerSecond: null,
      requestsPerSecond: null,
    })
    const narrow = await seedKey(database.pool, {
      appId: seeded.appId,
      eventTypes: ['prompt'],
      environments: ['staging'],
    })
    expect(await authenticate(narrow.key)).toMatchObject({ eventTypes: ['prompt'], environments: ['staging'] })
  })

  test('with another secret, another prefix or another kind is nobody', async () => {
    const { key } = await seedKey(database.pool, { appId: seeded.appId })
    const [, prefix, ...secret] = key.split('_')
    for (const wrong of [
      `mbk_${prefix}_${ANOTHER_SECRET}`,
      `mbk_${'0'.repeat(12)}_${secret.join('_')}`,
      `mbs_${prefix}_${secret.join('_')}`,
      key.slice(0, -1),
      `${key}A`,
      ` ${key}`,
      `${key}\n`,
      key.toUpperCase(),
      'mbk__',
      '',
      `mbk_%_${secret.join('_')}`,
      `mbk_${'x'.repeat(100_000)}`,
    ]) {
      expect(await authenticate(wrong), wrong.slice(0, 80)).toBeNull()
    }
    expect(await authenticate(key)).not.toBeNull()
  })

  test('that is revoked or expired is nobody, and one whose app is archived may do nothing', async () => {
    const { appId } = await seedCatalogue(database.pool)
    const past = new Date('2020-01-01T00:00:00Z')
    const [good, revoked, expired] = await Promise.all([
      seedKey(database.pool, { appId }),
      seedKey(database.pool, { appId, revokedAt: past }),
      seedKey(database.pool, { appId, expiresAt: past }),
    ])
    expect(await authenticate(good.key)).toMatchObject({ app: { id: appId } })
    expect(await authenticate(revoked.key)).toBeNull()
    expect(await authenticate(expired.key)).toBeNull()
    const later = await seedKey(database.pool, { appId, expiresAt: new Date('2999-01-01T00:00:00Z') })
    expect(await authenticate(later.key)).toMatchObject({ keyId: later.id })
    await database.pool.query('UPDATE app SET archived_at = now() WHERE id = $1', [appId])
    expect(await authenticate(good.key)).toMatchObject({ app: { id: appId }, scopes: [] })
  })
})

describe('a service key', () => {
  test('belongs to no app, and its secret opens no ingest key', async () => {
    const { id, key } = await seedKey(database.pool, { appId: null, eventTypes: ['function.invoked'] })
    expect(await authenticate(key)).toEqual({
      keyId: id,
      kind: 'service',
      app: null,
      scopes: ['events:write'],
      eventTypes: ['function.invoked'],
      environments: null,
      eventsPerSecond: null,
      requestsPerSecond: null,
    })
    expect(await authenticate(key.replace('mbs_', 'mbk_'))).toBeNull()
  })

  test('that is revoked or expired is nobody', async () => {
    const past = new Date('2020-01-01T00:00:00Z')
    expect(await authenticate((await seedKey(database.pool, { appId: null, revokedAt: past })).key)).toBeNull()
    expect(await authenticate((await seedKey(database.pool, { appId: null, expiresAt: past })).key)).toBeNull()
  })

  test('names an app by its id or its slug, never an archived one, and never one that only looks like an id', async () => {
    const { appId, appSlug } = await seedCatalogue(database.pool)
    expect(await findApp(database.pool, appId)).toEqual({ id: appId, shard: 3 })
    expect(await findApp(database.pool, appId.toUpperCase())).toEqual({ id: appId, shard: 3 })
    expect(await findApp(database.pool, appSlug)).toEqual({ id: appId, shard: 3 })
    for (const unknown of [
      '',
      'nobody',
      `${appId} `,
      `${appId}\n`,
      `${appSlug}' OR '1'='1`,
      '00000000-0000-0000-0000-000000000000',
    ]) {
      expect(await findApp(database.pool, unknown), unknown).toBeNull()
    }
    await database.pool.query('UPDATE app SET archived_at = now() WHERE id = $1', [appId])
    expect([await findApp(database.pool, appId), await findApp(database.pool, appSlug)]).toEqual([null, null])
  })
})

describe('a directory that has seen a key', () => {
  test('lets it in no longer than a second after it was revoked', async () => {
    const directory = new KeyDirectory(database.pool)
    const { id, key } = await seedKey(database.pool, { appId: seeded.appId })
    expect(await directory.authenticate(key)).toMatchObject({ keyId: id })
    await database.pool.query('UPDATE ingest_key SET revoked_at = now() WHERE id = $1', [id])
    const revokedMs = performance.now()
    for (let askedMs = revokedMs; ; askedMs = performance.now()) {
      const holder = await directory.authenticate(key)
      if (holder === null) break
      expect(askedMs - revokedMs).toBeLessThanOrEqual(1_000)
    }
  })

  test('believes it until the moment of its expiry and not a moment longer', async () => {
    const directory = new KeyDirectory(database.pool)
    const { rows } = await database.pool.query<{ at: Date }>(`SELECT clock_timestamp() + interval '300 ms' AS at`)
    const expiresAt = rows[0]?.at ?? new Date(0)
    const { id, key } = await seedKey(database.pool, { appId: seeded.appId, expiresAt })
    for (;;) {
      const holder = await directory.authenticate(key)
      // One machine, one clock: what is let in is let in before the end.
      if (holder === null) break
      expect(holder.keyId).toBe(id)
    }
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime())
    expect(Date.now()).toBeLessThan(expiresAt.getTime() + 250)
  })

  test('asks the database once for many requests of one key, and not again at once', async () => {
    let asked = 0
    const counting = database.openPool('counting')
    const query = counting.query.bind(counting) as (...values: unknown[]) => Promise<unknown>
    Object.assign(counting, {
      query: (...values: unknown[]) => {
        asked++
        return query(...values)
      },
    })
    const directory = new KeyDirectory(counting)
    const { id, key } = await seedKey(database.pool, { appId: seeded.appId })
    const holders = await Promise.all(Array.from({ length: 100 }, () => directory.authenticate(key)))
    expect(holders.every((holder) => holder?.keyId === id)).toBe(true)
    expect(asked).toBe(1)
  })

  test('does not remember that the database was away: the next request asks again', async () => {
    const pool = database.openPool('away')
    const directory = new KeyDirectory(pool)
    const { id, key } = await seedKey(database.pool, { appId: seeded.appId })
    await database.owner.query('BEGIN; LOCK TABLE ingest_key')
    const refused = directory.authenticate(key).catch((error: unknown) => error)
    const kill = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'away' AND wait_event_type = 'Lock'`
    for (let killed = 0; killed === 0; ) killed = (await database.pool.query(kill)).rowCount ?? 0
    expect(isUnavailable(await refused)).toBe(true)
    await database.owner.query('COMMIT')
    expect(await directory.authenticate(key)).toMatchObject({ keyId: id })
  })
})
