import { openGroup, readShardLags, takeShard } from '@meterbook/db/postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProjectionTestDatabase, type ProjectionTestDatabase } from './projection-test-database.ts'

let database: ProjectionTestDatabase
beforeAll(async () => {
  database = await createProjectionTestDatabase()
})
afterAll(() => database.drop())

const event = (id: string, more: object = {}) => ({
  specversion: '1.0',
  id,
  source: '/test',
  type: 'request',
  time: '2026-07-01T12:00:00.123456Z',
  ...more,
})
const prompt = (id: string, data: object | null, more: object = {}) => event(id, { type: 'prompt', data, ...more })

const VERDICTS = 'SELECT event_id AS id, verdict, reason FROM event_index ORDER BY shard, batch, pos'
const TOTALS = `SELECT meter, toString(sum(count)) AS count, toString(sum(sum)) AS sum, toString(uniqExactMerge(uniq)) AS uniq
  FROM TABLE GROUP BY meter ORDER BY meter`

describe('the projection of a shard', () => {
  test('every event taken ends in exactly one place: counted, duplicate, conflict or quarantined', async () => {
    await database.journal([
      event('a'),
      event('b', { time: '2026-07-01T12:00:30Z' }),
      event('a', { time: '2026-07-02T00:00:00Z' }),
      event('a', { subject: 'other' }),
      prompt('c', { tokens: 5, user: 'u1' }),
      prompt('d', { tokens: '0.1', user: 'u1' }),
      prompt('e', null),
      prompt('f', { tokens: 'many', user: 'u2' }),
      event('g', { type: 'unheard.of' }),
    ])
    await database.journal([event('a'), prompt('c', { user: 'u1', tokens: 5.0 }), prompt('e', { tokens: 1 })])
    await database.project()
    expect(await database.rows(VERDICTS)).toEqual([
      { id: 'a', verdict: 'counted', reason: '' },
      { id: 'b', verdict: 'counted', reason: '' },
      { id: 'a', verdict: 'duplicate', reason: '' },
      { id: 'a', verdict: 'conflict', reason: '' },
      { id: 'c', verdict: 'counted', reason: '' },
      { id: 'd', verdict: 'counted', reason: '' },
      { id: 'e', verdict: 'quarantined', reason: 'value_missing' },
      { id: 'f', verdict: 'counted', reason: '' },
      { id: 'g', verdict: 'quarantined', reason: 'unknown_type' },
      { id: 'a', verdict: 'duplicate', reason: '' },
      { id: 'c', verdict: 'duplicate', reason: '' },
      { id: 'e', verdict: 'conflict', reason: '' },
    ])
  })

  test('rollups say what the usage records say, to the last digit', async () => {
    const totals = [
      { meter: 'requests', count: '2', sum: '2', uniq: '0' },
      { meter: 'tokens', count: '2', sum: '5.1', uniq: '0' },
      { meter: 'users', count: '3', sum: '3', uniq: '2' },
    ]
    expect(await database.rows(TOTALS.replace('TABLE', 'rollup_minute'))).toEqual(totals)
    expect(await database.rows(TOTALS.replace('TABLE', 'rollup_hour'))).toEqual(totals)
    const records = await database.rows(`SELECT meter, toString(count()) AS count, toString(sum(quantity)) AS sum,
      toString(uniqExactIf(unique_value, unique_value != '')) AS uniq FROM usage_records GROUP BY meter ORDER BY meter`)
    expect(records).toEqual(totals)
  })

  test('an event keeps its microseconds, its space, its app and its meter version', async () => {
    const [row] = await database.rows<object>(
      `SELECT toString(at) AS at, space, app, meter_version, environment FROM usage_records WHERE meter = 'requests' ORDER BY at LIMIT 1`,
    )
    expect(row).toEqual({
      at: '2026-07-01 12:00:00.123456',
      space: database.spaceId,
      app: database.appId,
      meter_version: 1,
      environment: 'production',
    })
  })

  test('a duplicate is known for ever, by owners that never saw the first', async () => {
    await database.journal([event('a'), event('new')])
    await database.project()
    const verdicts = await database.rows<{ verdict: string }>(VERDICTS)
    expect(verdicts.slice(-2).map((row) => row.verdict)).toEqual(['duplicate', 'counted'])
  })

  test('a group that was written but not closed writes nothing new when it is run again', async () => {
    const before = await everything()
    await database.owner.query('UPDATE projection_progress SET through = 0, events = 0')
    await database.project()
    expect(await everything()).toEqual(before)
    expect(await readShardLags(database.pool)).toMatchObject([{ waitingSince: null }])
  })

  test('a group is computed again from the catalogue that it named, not from today’s', async () => {
    const before = await everything()
    await database.owner.query(`UPDATE entitlement SET effective_to = '2020-01-02'`)
    await database.owner.query('UPDATE projection_progress SET through = 0, events = 0')
    await database.project()
    expect(await everything()).toEqual(before)
    await database.journal([event('no-longer-entitled')])
    await database.project()
    expect((await database.rows(VERDICTS)).at(-1)).toEqual({
      id: 'no-longer-entitled',
      verdict: 'quarantined',
      reason: 'not_entitled',
    })
  })

  test('a shard has one owner at a time, and one that was replaced can record nothing', async () => {
    const { databaseUrl: url, shard, pool } = database
    const first = await takeShard({ url, shard, workerId: 'first' })
    expect(await takeShard({ url, shard, workerId: 'second' })).toBeNull()
    await pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [shard],
    )
    await first?.lost
    const second = await takeShard({ url, shard, workerId: 'second' })
    expect(second?.epoch).toBe((first?.epoch ?? 0n) + 1n)
    await database.journal([event('late')])
    const [lag] = await readShardLags(pool)
    const group = {
      shard,
      first: (lag?.projected ?? 0n) + 1n,
      last: lag?.journaled ?? 0n,
      catalogueRevision: 1n,
      measureVersion: 1,
    }
    await expect(openGroup(pool, { group, epoch: first?.epoch ?? 0n })).rejects.toMatchObject({ code: 'shard_lost' })
    await second?.release()
    await database.project()
    expect(await readShardLags(pool)).toMatchObject([{ waitingSince: null }])
  })
})

async function everything(): Promise<unknown[]> {
  const tables = ['event_index', 'event_identity', 'usage_records']
  const counts = await Promise.all(
    tables.map((table) => database.rows(`SELECT '${table}' AS table, toString(count()) AS rows FROM ${table}`)),
  )
  return [
    ...counts,
    await database.rows(TOTALS.replace('TABLE', 'rollup_minute')),
    await database.rows(TOTALS.replace('TABLE', 'rollup_hour')),
  ]
}
