import { PLATFORM_SPACE_ID } from '@meterbook/core/ledger'
import { readEntries, takeSettlement } from '@meterbook/db/postgres'
import { until } from '@meterbook/stack/wait'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keepSettling } from './keep-settling.ts'
import { createSettleTestDatabase, eventOf as event, instant, type SettleTestDatabase } from './settle-test-database.ts'

const WAIT = { withinMs: 60_000 }

let database: SettleTestDatabase
beforeAll(async () => {
  database = await createSettleTestDatabase()
  await database.send([event('request', '2026-06-01T10:00:00Z'), event('request', '2026-06-20T10:00:00Z')])
})
afterAll(() => database.drop())

function start(now: () => bigint) {
  const stop = new AbortController()
  const { pool, clickhouse, databaseUrl } = database
  const deps = { pool, clickhouse, databaseUrl, now, log: pino({ level: 'silent' }), onPosted: () => undefined }
  const done = keepSettling(deps, stop.signal)
  return {
    async stop() {
      stop.abort()
      await done
    },
  }
}

describe('a worker that settles', () => {
  test('settles what is due, one process for a shard, seals the journal, and lets go when it is stopped', async () => {
    let now = instant('2026-06-10T00:00:00Z')
    const [first, second] = [start(() => now), start(() => now)]
    const has = async (count: number) => (await database.entries()).length === count
    expect(await until(() => has(1), WAIT)).toBe(true)
    const isSealed = async () =>
      (await readEntries(database.pool, { spaceId: PLATFORM_SPACE_ID, limit: 10 })).some(
        ({ entry }) => entry.kind === 'journal_seal' && entry.shard === database.shard && entry.last === '1',
      )
    expect(await until(isSealed, WAIT)).toBe(true)
    const { databaseUrl: url, shard } = database
    expect(await takeSettlement({ url, shard })).toBeNull()
    now = instant('2026-06-30T00:00:00Z')
    expect(await until(() => has(2), WAIT)).toBe(true)
    await Promise.all([first.stop(), second.stop()])
    const lock = await takeSettlement({ url, shard })
    expect(lock).not.toBeNull()
    await lock?.release()
  })
})
