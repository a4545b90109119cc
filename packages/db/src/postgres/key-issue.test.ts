import { randomUUID } from 'node:crypto'
import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issueKey, type KeyTerms, listKeys, lockKey, revokeKey, rotateKey } from './key-issue.ts'
import { listenToKeys } from './key-news.ts'
import { KeyDirectory } from './key-store.ts'
import { KeyUses } from './key-uses.ts'
import { inTransaction, type PoolClient } from './pool.ts'
import {
  openPostgresTestDatabase,
  type PostgresTestDatabase,
  type SeededCatalogue,
  seedCatalogue,
} from './postgres-test-database.ts'

let database: PostgresTestDatabase
let seeded: SeededCatalogue
beforeAll(async () => {
  database = await openPostgresTestDatabase()
  seeded = await seedCatalogue(database.pool)
})
afterAll(() => database.drop())

const TERMS: KeyTerms = {
  name: 'Tills',
  scopes: ['events:write'],
  eventTypes: ['prompt'],
  environments: ['staging'],
  expiresAt: null,
  eventsPerSecond: 50,
  requestsPerSecond: 2,
}

const transact = <T>(act: (tx: PoolClient) => Promise<T>) => inTransaction(database.pool, act)
const issue = (appId: string | null = seeded.appId) =>
  transact((tx) => issueKey(tx, { ...TERMS, appId, createdBy: 'pat' }))

describe('a key', () => {
  test('works from the moment it was made, with the terms it was made for, and its secret is nowhere in the database', async () => {
    for (const appId of [seeded.appId, null]) {
      const { stored, key } = await issue(appId)
      expect(await new KeyDirectory(database.pool).authenticate(key)).toMatchObject({
        keyId: stored.id,
        eventTypes: ['prompt'],
        environments: ['staging'],
        eventsPerSecond: 50,
        requestsPerSecond: 2,
      })
      const table = appId === null ? 'service_key' : 'ingest_key'
      const { rows } = await database.pool.query<{ text: string }>(
        `SELECT row_to_json(k)::text AS text FROM ${table} k WHERE id = $1`,
        [stored.id],
      )
      const secret = key.split('_').slice(2).join('_')
      expect(rows[0]?.text).toContain(stored.prefix)
      expect(rows[0]?.text).not.toContain(secret)
      expect(rows[0]?.text).not.toContain(Buffer.from(secret).toString('hex'))
    }
  })

  test('that is rotated works beside its successor until the stated instant, and no longer', async () => {
    const { stored, key } = await issue()
    const { rows } = await database.pool.query<{ at: Date }>(`SELECT clock_timestamp() + interval '400 ms' AS at`)
    const overlapUntil = rows[0]?.at ?? new Date(0)
    const rotated = await transact(async (tx) => {
      const old = await lockKey(tx, { kind: 'ingest', id: stored.id })
      if (old === null) throw new Error('expected the key that was made')
      return rotateKey(tx, { old, overlapUntil, expiresAt: null, createdBy: 'pat' })
    })
    expect(rotated.old).toMatchObject({ expiresAt: overlapUntil, replacedBy: rotated.issued.stored.id })
    expect(rotated.issued.stored).toMatchObject({ ...TERMS, appId: seeded.appId })
    const directory = new KeyDirectory(database.pool)
    expect(await directory.authenticate(key)).not.toBeNull()
    expect(await directory.authenticate(rotated.issued.key)).not.toBeNull()
    expect(await until(async () => (await directory.authenticate(key)) === null, { withinMs: 5_000 })).toBe(true)
    expect(Date.now()).toBeGreaterThanOrEqual(overlapUntil.getTime())
    expect(await directory.authenticate(rotated.issued.key)).not.toBeNull()
  })

  test('that ends sooner than its overlap is not given a longer life by rotating it', async () => {
    const soon = new Date(Date.now() + 60_000)
    const { stored } = await transact((tx) =>
      issueKey(tx, { ...TERMS, expiresAt: soon, appId: seeded.appId, createdBy: 'pat' }),
    )
    const { old } = await transact((tx) =>
      rotateKey(tx, { old: stored, overlapUntil: new Date(Date.now() + 3_600_000), expiresAt: null, createdBy: 'pat' }),
    )
    expect(old.expiresAt).toEqual(soon)
  })

  test('that is revoked stays revoked, keeps its secret and app, and is never deleted', async () => {
    const { stored, key } = await issue()
    const revoked = await transact((tx) => revokeKey(tx, { kind: 'ingest', id: stored.id, revokedBy: 'pat' }))
    const again = await transact((tx) => revokeKey(tx, { kind: 'ingest', id: stored.id, revokedBy: 'kim' }))
    expect(revoked).toMatchObject({ revokedBy: 'pat' })
    expect(again).toEqual(revoked)
    expect(await new KeyDirectory(database.pool).authenticate(key)).toBeNull()
    const other = await seedCatalogue(database.pool)
    for (const statement of [
      'UPDATE ingest_key SET revoked_at = NULL WHERE id = $1',
      `UPDATE ingest_key SET secret_hash = '\\x00' WHERE id = $1`,
      `UPDATE ingest_key SET app_id = '${other.appId}' WHERE id = $1`,
      `UPDATE ingest_key SET prefix = 'another' WHERE id = $1`,
      'DELETE FROM ingest_key WHERE id = $1',
    ]) {
      await expect(database.pool.query(statement, [stored.id]), statement).rejects.toThrow()
      await expect(database.owner.query(statement, [stored.id]), statement).rejects.toThrow()
    }
  })

  test('is listed for its own app only, and a service key for none', async () => {
    const other = await seedCatalogue(database.pool)
    const mine = await issue(other.appId)
    const service = await issue(null)
    expect((await listKeys(database.pool, [other.appId])).map(({ id }) => id)).toEqual([mine.stored.id])
    expect(await listKeys(database.pool, [randomUUID()])).toEqual([])
    expect((await listKeys(database.pool, null)).map(({ id }) => id)).toContain(service.stored.id)
  })
})

describe('a revocation', () => {
  test('is told to every process that listens, long before what it remembers runs out', async () => {
    const pools = ['first', 'second'].map((name) => database.openPool(name))
    const processes = pools.map((pool) => {
      const directory = new KeyDirectory(pool)
      return { directory, news: listenToKeys(pool, () => directory.forget()) }
    })
    await Promise.all(processes.map(({ news }) => news.ready))
    const { stored, key } = await issue()
    // The clock of what is remembered starts here, so that a bound well below it can only be the news.
    for (const { directory } of processes) expect(await directory.authenticate(key)).not.toBeNull()
    const askedMs = performance.now()
    await transact((tx) => revokeKey(tx, { kind: 'ingest', id: stored.id, revokedBy: 'pat' }))
    for (const { directory } of processes) {
      expect(await until(async () => (await directory.authenticate(key)) === null, { withinMs: 900, everyMs: 5 })).toBe(
        true,
      )
    }
    expect(performance.now() - askedMs).toBeLessThan(900)
    await Promise.all(processes.map(({ news }) => news.close()))
  })

  test('reaches whoever listens again after the connection was cut', async () => {
    let told = 0
    const news = listenToKeys(database.openPool('listening'), () => {
      told++
    })
    await news.ready
    const before = told
    await database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'listening'`,
    )
    expect(await until(() => told > before, { withinMs: 10_000 })).toBe(true)
    const { stored } = await issue()
    const listening = told
    await transact((tx) => revokeKey(tx, { kind: 'ingest', id: stored.id, revokedBy: 'pat' }))
    expect(await until(() => told > listening, { withinMs: 10_000 })).toBe(true)
    await news.close()
  })
})

test('the use of keys is written down for many at once, and never moves back', async () => {
  const keys = [await issue(), await issue(), await issue(null)]
  const uses = new KeyUses(database.pool)
  for (const { stored } of keys) uses.mark({ kind: stored.kind, keyId: stored.id })
  await uses.flush()
  const ids = keys.map(({ stored }) => stored.id)
  const used = async () =>
    [...(await listKeys(database.pool, [seeded.appId])), ...(await listKeys(database.pool, null))]
      .filter(({ id }) => ids.includes(id))
      .map(({ lastUsedAt }) => lastUsedAt)
  expect((await used()).every((at) => at !== null && Date.now() - at.getTime() < 60_000)).toBe(true)
  await database.pool.query(`UPDATE ingest_key SET last_used_at = '2999-01-01' WHERE id = $1`, [ids[0]])
  uses.mark({ kind: 'ingest', keyId: ids[0] ?? '' })
  await uses.close()
  expect((await used()).filter((at) => at?.getFullYear() === 2999)).toHaveLength(1)
})
