import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CLAIM_SLICES, findClaimDifferences, findRepeatedClaims, listStrays } from './reconciliation-claims.ts'
import { readIndexedEvents, readRecordedUsage } from './reconciliation-reader.ts'
import { listUsageApps, listUsageHours, readContributions, readRollupRows } from './reconciliation-rollups.ts'
import { openUsageDatabase, type UsageDatabase } from './usage-test-database.ts'

const HOUR = 1_782_907_200_000_000n
const NEXT = HOUR + 3_600_000_000n

let database: UsageDatabase
beforeAll(async () => {
  database = await openUsageDatabase()
})
afterAll(() => database.close())

const record = (batch: number, at: bigint, quantity: string) => ({
  ...{ space: 'space', app: 'app', meter: 'tokens', batch, pos: 0, at, quantity },
})

describe('what reconciliation reads', () => {
  test('usage of groups in flight is in the rollups, and told apart from that of closed ones by its batch', async () => {
    const { client } = database
    await database.insert([record(1, HOUR + 5n, '1.5'), record(2, HOUR, '-0.000000000000000000000000000001')])
    await database.insert([record(3, HOUR, '99999999999999999999999999999.25')])
    const hours = { appId: 'app', from: HOUR, to: NEXT }
    const rows = await readRollupRows(client, { ...hours, closedThrough: new Map([[0, 2n]]), isDistinctWanted: true })
    expect(rows.records).toMatchObject([
      { count: 2n, sum: 1_499999999999999999999999999999n, minimum: -1n, maximum: 15n * 10n ** 29n, hour: HOUR },
    ])
    const all = 99999999999999999999999999999_250000000000000000000000000000n + 1_499999999999999999999999999999n
    expect(rows.rollup_minute).toMatchObject([{ count: 3n, sum: all, reversals: 0n, spaceId: 'space', appId: 'app' }])
    expect(rows.rollup_hour).toEqual(rows.rollup_minute.map((row) => ({ ...row, source: 'rollup_hour' })))
    const [added, ...others] = await readContributions(client, { ...hours, shard: 0, first: 3n, last: 9n })
    expect(others).toEqual([])
    expect(added).toMatchObject({ recorder: 3n, sign: 1, count: 1n, hour: HOUR, meter: 'tokens' })
    expect((added?.sum ?? 0n) + (rows.records[0]?.sum ?? 0n)).toBe(all)
  })

  test('an hour that only a rollup has is listed, and ends are half-open', async () => {
    const { client } = database
    await client.insert({
      table: 'rollup_minute',
      values: [{ app: 'app', meter: 'tokens', t: '2026-07-01 14:59:00', count: '1' }],
      format: 'JSONEachRow',
    })
    const hours = await listUsageHours(client, {
      appId: 'app',
      from: 0n,
      to: NEXT * 2n - ((NEXT * 2n) % 3_600_000_000n),
    })
    expect(hours).toEqual([
      { hour: HOUR, records: 3 },
      { hour: NEXT + 3_600_000_000n, records: 0 },
    ])
    expect(await listUsageHours(client, { appId: 'app', from: NEXT, to: NEXT + 3_600_000_000n })).toEqual([])
    expect(await listUsageHours(client, { appId: 'another', from: 0n, to: NEXT })).toEqual([])
    expect(await listUsageApps(client)).toEqual(['app'])
  })

  test('rows of a range come in journal order, as first written, without what acts added', async () => {
    const { client } = database
    const act = { sign: -1, entry_batch: '2', entry_pos: 0, act_batch: '4' }
    await client.insert({
      table: 'usage_records',
      values: [{ batch: '2', pos: 0, app: 'app', meter: 'tokens', meter_version: 1, at: Number(HOUR), ...act }],
      format: 'JSONEachRow',
    })
    const rows = await readRecordedUsage(client, { shard: 0, first: 1n, last: 2n })
    expect(rows.map(({ batch, quantity, at }) => [batch, quantity, at])).toEqual([
      [1n, 15n * 10n ** 29n, HOUR + 5n],
      [2n, -1n, HOUR],
    ])
    expect(await readRecordedUsage(client, { shard: 1, first: 1n, last: 2n })).toEqual([])
  })

  test('claims are compared with the index in closed groups only, and repeats are found in every slice', async () => {
    const { client } = database
    const event = (batch: number, identity: string, verdict: string) => ({
      ...{ batch: String(batch), pos: 1, app: 'app', verdict, received_at: Number(HOUR), occurred_at: Number(HOUR) },
      identity: Buffer.from(identity.repeat(16), 'hex').toString('latin1'),
    })
    await database.insertEvents([event(1, '61', 'counted'), event(1, '62', 'duplicate'), event(2, '63', 'quarantined')])
    const closed = new Map([[0, 2n]])
    expect(await findClaimDifferences(client, closed)).toEqual([])
    expect((await readIndexedEvents(client, { shard: 0, first: 1n, last: 1n })).map(({ verdict }) => verdict)).toEqual(
      expect.arrayContaining(['counted', 'duplicate']),
    )
    for (const byte of ['00', '0f', '7f', 'f0', 'ff']) {
      await client.command({
        query: `INSERT INTO event_identity (identity, batch, pos) SELECT unhex(repeat('${byte}', 16)), 100 + number, 0 FROM numbers(3)`,
      })
    }
    expect(await findClaimDifferences(client, closed)).toEqual([])
    const repeated = []
    for (let slice = 0; slice < CLAIM_SLICES; slice += 1) repeated.push(...(await findRepeatedClaims(client, slice)))
    // Of three claims each: all but the first.
    expect(repeated.map(({ batch }) => batch).sort()).toEqual([...Array(5).fill(101n), ...Array(5).fill(102n)])
    await client.command({
      query: 'ALTER TABLE event_identity DELETE WHERE batch = 2',
      clickhouse_settings: { mutations_sync: '2' },
    })
    expect(await findClaimDifferences(client, closed)).toEqual([
      { shard: 0, first: 0n, last: 1023n, expected: 2n, missing: [{ batch: 2n, pos: 1 }], unknown: [] },
    ])
  })

  test('rows of batches beyond the journal, of shards it does not have, and of acts are listed', async () => {
    const { client } = database
    await database.insert([{ ...record(1, HOUR, '1'), shard: 9 }])
    const strays = await listStrays(client, new Map([[0, 100n]]))
    expect(strays).toEqual([
      { table: 'event_identity', shard: 0, recorder: 101n, isFirst: true, appId: '', meter: '', rows: 5n },
      { table: 'event_identity', shard: 0, recorder: 102n, isFirst: true, appId: '', meter: '', rows: 5n },
      { table: 'usage_records', shard: 0, recorder: 4n, isFirst: false, appId: 'app', meter: 'tokens', rows: 1n },
      { table: 'usage_records', shard: 9, recorder: 1n, isFirst: true, appId: 'app', meter: 'tokens', rows: 1n },
    ])
  })
})
