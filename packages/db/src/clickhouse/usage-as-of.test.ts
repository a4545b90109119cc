import { AGGREGATIONS, type Aggregation } from '@meterbook/core/kernel'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MeterQuery, queryMeter } from './usage-query.ts'
import { readUsageSeries } from './usage-reader.ts'
import { openUsageDatabase, type TestRecord, type UsageDatabase } from './usage-test-database.ts'
import {
  acts,
  BASE,
  DIVISORS,
  drawnRecords,
  MINUTE,
  quiet,
  recordOf,
  shifts,
  sizes,
  zones,
} from './usage-test-draws.ts'
import { historyOf } from './usage-test-history.ts'

let database: UsageDatabase
beforeAll(async () => {
  database = await openUsageDatabase()
})
afterAll(() => database.close())

/** The journal number of what recorded a row. */
const recorder = (row: TestRecord) => BigInt((row.sign === -1 ? row.act?.batch : (row.entry?.batch ?? row.batch)) ?? 0)
const SHARD = 3
const positions = fc.constantFrom(0n, 1n, 2n, 3n, 999n, 1001n, 1004n, 5000n)

describe('usage as it stood', () => {
  it.each(AGGREGATIONS)('%s at a journal number is what it was when nothing later had come', async (aggregation) => {
    await fc.assert(
      fc.asyncProperty(
        drawnRecords,
        acts,
        positions,
        sizes,
        zones,
        shifts,
        async (drawn, done, at, windowSize, zone, shift) => {
          const [whole, then] = [database.newName('meter'), database.newName('meter')]
          const { rows } = historyOf(drawn, done, (record, pos) => ({ ...recordOf(record, whole), pos, shard: SHARD }))
          await database.insert(rows)
          await database.insert(rows.filter((row) => recorder(row) <= at).map((row) => ({ ...row, meter: then })))
          const [from, to] = [BASE - shift, BASE + 3000n * MINUTE + shift]
          const query = (meter: string): MeterQuery => ({
            ...quiet,
            scope: { spaceId: 'space', appIds: ['app-a', 'app-b'], environments: null },
            meter: { slug: meter, aggregation, divisors: DIVISORS, percentile: percentileOf(aggregation) },
            windowSize,
            zone,
            from,
            to,
            isByApp: true,
            groupBy: ['model'],
          })
          const asked = query(whole)
          const found = await queryMeter(database.client, {
            ...asked,
            scope: { ...asked.scope, asOf: new Map([[SHARD, at]]) },
          })
          expect(found).toEqual(await queryMeter(database.client, query(then)))

          const common = { spaceId: 'space', appIds: ['app-a', 'app-b'], from: dateOf(from), to: dateOf(to), zone }
          const series = { ...common, ...(windowSize && { windowSize }) }
          const named = (points: Awaited<ReturnType<typeof readUsageSeries>>) =>
            points.map(({ meter: _, ...rest }) => rest)
          expect(
            named(await readUsageSeries(database.client, { ...series, meters: [whole], asOf: new Map([[SHARD, at]]) })),
          ).toEqual(named(await readUsageSeries(database.client, { ...series, meters: [then] })))
        },
      ),
      { numRuns: 5 },
    )
  })

  it('a shard that is not named has nothing yet', async () => {
    const meter = database.newName('meter')
    await database.insert([{ space: 'space', app: 'app-a', meter, at: BASE, shard: SHARD }])
    const input = {
      spaceId: 'space',
      appIds: ['app-a'],
      meters: [meter],
      from: dateOf(BASE),
      to: dateOf(BASE + MINUTE),
    }
    const at = (asOf: Map<number, bigint>) => readUsageSeries(database.client, { ...input, asOf })
    expect(await at(new Map([[SHARD + 1, 9n]]))).toEqual([])
    expect(await at(new Map())).toEqual([])
    expect(await at(new Map([[SHARD, 9n]]))).toHaveLength(1)
  })
})

function percentileOf(aggregation: Aggregation): string | null {
  return aggregation === 'PERCENTILE' ? '0.9' : null
}

function dateOf(instant: bigint): Date {
  return new Date(Number(instant / 1000n))
}
