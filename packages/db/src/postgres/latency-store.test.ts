import { randomUUID } from 'node:crypto'
import { LATENCY_BOUNDS_MS } from '@meterbook/core/latency'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordIncidents } from './incident-store.ts'
import { JournalWriter } from './journal-writer.ts'
import { forgetLatency, listDelays, readLatency, recordLatency } from './latency-store.ts'
import { openPostgresTestDatabase, type PostgresTestDatabase } from './postgres-test-database.ts'
import { closeGroup, openGroup, type ShardOwnership, takeShard } from './projection-store.ts'
import { listPublicIncidents } from './public-incident-reader.ts'

let database: PostgresTestDatabase
beforeAll(async () => {
  database = await openPostgresTestDatabase()
})
afterAll(() => database.drop())

const events = async () => {
  const { rows } = await database.pool.query<{ range: number; events: string }>(
    'SELECT range, sum(events) AS events FROM pipeline_latency GROUP BY range ORDER BY range',
  )
  return rows.map(({ range, events: count }) => [range, Number(count)])
}
/** Everything that was done, by as many workers as there are. */
const recordAll = async () => {
  while ((await Promise.all([recordLatency(database.pool), recordLatency(database.pool)])).some(Boolean));
}
const rangeOf = (ms: number) => LATENCY_BOUNDS_MS.filter((bound) => bound <= ms).length

async function project(owner: ShardOwnership, number: bigint): Promise<void> {
  const group = { shard: owner.shard, first: number, last: number, catalogueRevision: 1n, measureVersion: 1 }
  await openGroup(database.pool, { group, epoch: owner.epoch })
  await closeGroup(database.pool, { group: { ...group, events: 1, watermark: null }, ownership: owner })
}

describe('the latency of events', () => {
  test('is from receipt to the end of their group, for each event once, whoever measures and however often', async () => {
    const shard = 31
    const writer = new JournalWriter(database.pool)
    const now = BigInt(Date.now()) * 1000n
    const append = (secondsAgo: bigint, eventCount: number) =>
      writer.append([
        {
          ...{ shard, appId: randomUUID(), keyId: randomUUID(), body: '[]' },
          receivedAt: now - secondsAgo * 1_000_000n,
          eventCount,
        },
      ])
    await append(3600n, 7)
    await append(7200n, 5)
    // by a clock that is ahead of Postgres: no time at all, and not less
    await append(-3600n, 3)
    const owner = await takeShard({ url: database.url, shard, workerId: 'worker' })
    if (owner === null) throw new Error('expected the shard to be free')
    await recordAll()
    expect(await events()).toEqual([])
    await project(owner, 1n)
    await recordAll()
    expect(await events()).toEqual([[rangeOf(3_600_000), 7]])
    await project(owner, 2n)
    await project(owner, 3n)
    await recordAll()
    await recordAll()
    const expected = [
      [0, 3],
      [rangeOf(3_600_000), 7],
      [rangeOf(7_200_000), 5],
    ]
    expect(await events()).toEqual(expected)
    // a rebuild projects everything again: what was measured stays as it was
    await database.pool.query('UPDATE projection_progress SET through = 0, replay_through = 3 WHERE shard = $1', [
      shard,
    ])
    await recordAll()
    expect(await events()).toEqual(expected)
    await owner.release()
  })

  test('is read by day, with how much of it was watched, and of what nobody watched nothing is known', async () => {
    const [day] = await readLatency(database.pool, { size: 'day', fromMs: Date.now() - 60_000 })
    expect([...(day?.histogram.values() ?? [])].reduce((sum, each) => sum + each, 0n)).toBe(15n)
    expect(day?.minutesWatched).toBeGreaterThan(0)
    expect(day?.lagMsMax).toBeGreaterThanOrEqual(7_200_000)
    await database.pool.query(
      `INSERT INTO pipeline_latency VALUES (date_trunc('minute', now()) - interval '40 days', 3, 9)`,
    )
    const days = await readLatency(database.pool, { size: 'day', fromMs: Date.now() - 50 * 86_400_000 })
    expect(days.map(({ minutesWatched, lagMsMax }) => [minutesWatched > 0, lagMsMax !== null])).toEqual([
      [false, false],
      [true, true],
    ])
    await forgetLatency(database.pool, { days: 30 })
    expect(await readLatency(database.pool, { size: 'day', fromMs: Date.now() - 50 * 86_400_000 })).toHaveLength(1)
  })

  test('that was long enough is a delay, as long as the minutes of it follow each other', async () => {
    await database.pool.query('DELETE FROM pipeline_minute')
    const lags = [90_000, 120_000, 1_000, 61_000, null, 70_000]
    for (const [at, lag] of lags.entries()) {
      if (lag === null) continue
      await database.pool.query(
        `INSERT INTO pipeline_minute VALUES ('2026-11-01T10:00:00Z'::timestamptz + $1 * interval '1 minute', $2, 1)`,
        [at, lag],
      )
    }
    const start = Date.parse('2026-11-01T10:00:00Z')
    const delays = await listDelays(database.pool, { fromMs: start, lagMs: 60_000, limit: 10 })
    expect(
      delays.map(({ startMs, endMs, lagMsMax }) => [(startMs - start) / 60_000, (endMs - start) / 60_000, lagMsMax]),
    ).toEqual([
      [5, 6, 70_000],
      [3, 4, 61_000],
      [0, 2, 120_000],
    ])
  })
})

test('an incident is told to anybody by meter and hour, and without whose it was', async () => {
  const hour = BigInt(Date.parse('2026-11-01T10:00:00Z')) * 1000n
  const difference = (over: object) => ({
    ...{
      what: 'rollup_hour' as const,
      figure: 'sum' as const,
      shard: null,
      first: null,
      last: null,
      meter: 'tokens',
      meterVersion: 1,
    },
    ...{
      appId: 'the app',
      spaceId: 'the space',
      environment: 'production',
      isExempt: false,
      hour,
      expected: '7',
      found: '8',
    },
    ...{ difference: '1', positions: ['secret'], ...over },
  })
  await recordIncidents(database.pool, [difference({}), difference({ appId: 'another', hour: hour + 3_600_000_000n })])
  const found = await listPublicIncidents(database.pool, { fromMs: Date.now() - 60_000, limit: 10 })
  expect(found).toMatchObject([
    {
      ...{ what: 'rollup_hour', meter: 'tokens', count: 2, resolvedAtMs: null },
      ...{ firstHourMs: Date.parse('2026-11-01T10:00:00Z'), lastHourMs: Date.parse('2026-11-01T11:00:00Z') },
    },
  ])
  expect(JSON.stringify(found)).not.toMatch(/the app|the space|another|secret|production/)
})
