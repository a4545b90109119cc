import { foldUsage, integrateLevels, type LevelSample, windowsBetween } from '@meterbook/core/window'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MeterQuery, queryMeter } from './usage-query.ts'
import { openUsageDatabase, type UsageDatabase } from './usage-test-database.ts'
import {
  acts,
  answerOf,
  BASE,
  DIVISORS,
  drawnRecords,
  groupOf,
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

describe('levels over time', () => {
  it('the database integrates what is in force as the plain fold does: carried in, over windows, until the watermark and no further', async () => {
    await fc.assert(
      fc.asyncProperty(
        drawnRecords,
        acts,
        sizes,
        zones,
        fc.record({
          from: shifts,
          hours: fc.bigInt({ min: 1n, max: 60n }),
          through: fc.bigInt({ min: 0n, max: 70n }),
          isByModel: fc.boolean(),
        }),
        async (drawn, done, windowSize, zone, draw) => {
          const slug = database.newName('level')
          const { rows, inForce } = historyOf(drawn, done, (record, pos) => ({ ...recordOf(record, slug), pos }))
          await database.insert(rows)
          const from = BASE + 5n * 60n * MINUTE - draw.from
          const to = from + draw.hours * 60n * MINUTE
          const through = BASE + draw.through * 60n * MINUTE + 7n
          const size = windowSize === 'minute' ? 'hour' : windowSize
          const samples = inForce.map(
            ({ record, pos }): LevelSample => ({
              series: `${record.app} ${record.subject}`,
              group: groupOf({ subject: '', model: draw.isByModel ? record.model : '' }),
              at: record.at,
              order: [0n, BigInt(record.batch ?? 1), BigInt(pos)],
              level: record.quantity ?? '1',
            }),
          )
          const windows = size ? windowsBetween(from, to, size, zone) : [{ start: from, end: to }]
          const expected = integrateLevels(samples, { from, to, through, windows }).map(
            ({ window, group, levelMicros }) => ({
              window,
              group,
              value: foldUsage(
                { aggregation: 'SUM' },
                [{ group, at: window.start, order: [], quantity: levelMicros, divisor: '3600000000', uniqueValue: '' }],
                [window],
              )[0]!.value,
            }),
          )
          const query: MeterQuery = {
            ...quiet,
            scope: { appIds: ['app-a', 'app-b'], spaceId: 'space', environments: null },
            meter: {
              slug,
              aggregation: 'TIME_WEIGHTED',
              divisors: new Map([...DIVISORS.keys()].map((version) => [version, '1'])),
            },
            from,
            to,
            windowSize: size,
            zone,
            groupBy: draw.isByModel ? ['model'] : [],
            through,
          }
          expect(await answerOf(database.client, query)).toEqual(expected)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('two gigabytes for 36 hours, sampled once, are 72 gigabyte-hours over three days', async () => {
    const slug = database.newName('level')
    const midnight = BigInt(Date.parse('2026-07-01T00:00:00Z')) * 1000n
    await database.insert([
      recordOf(
        { app: 'app-a', version: 1, at: midnight + 12n * 60n * MINUTE, subject: 'db', quantity: '2147483648' },
        slug,
      ),
      recordOf({ app: 'app-a', version: 1, at: midnight + 48n * 60n * MINUTE, subject: 'db', quantity: '0' }, slug),
    ])
    const query: MeterQuery = {
      ...quiet,
      scope: { appIds: ['app-a'], spaceId: 'space', environments: null },
      meter: { slug, aggregation: 'TIME_WEIGHTED', divisors: new Map([[1, '1073741824']]) },
      windowSize: 'day',
      subjects: ['db'],
      isBySubject: true,
    }
    const rows = await queryMeter(database.client, query)
    expect(rows.map((row) => [Number((row.windowStart - midnight) / MINUTE / 60n), row.subject, row.value])).toEqual([
      [0, 'db', '24'],
      [24, 'db', '48'],
      [48, 'db', '0'],
    ])
    const total = await queryMeter(database.client, {
      ...query,
      windowSize: undefined,
      from: midnight,
      to: midnight + 72n * 60n * MINUTE,
    })
    expect(total.map((row) => row.value)).toEqual(['72'])
  })

  it('a level sampled only before the range holds in it, also when the range has no end', async () => {
    const slug = database.newName('level')
    await database.insert([recordOf({ app: 'app-a', version: 1, at: BASE, subject: 'db', quantity: '2' }, slug)])
    const scope = { appIds: ['app-a'], spaceId: 'space', environments: null }
    const meter = { slug, aggregation: 'TIME_WEIGHTED', divisors: DIVISORS } as const
    const hour = 60n * MINUTE
    const query = { ...quiet, scope, meter, from: BASE + 10n * hour, through: BASE + 12n * hour + 30n * MINUTE }
    const windowed = await queryMeter(database.client, { ...query, windowSize: 'hour' })
    expect(windowed.map((row) => [row.windowStart - BASE, row.value])).toEqual([
      [10n * hour, '2'],
      [11n * hour, '2'],
      [12n * hour, '1'],
    ])
    expect(await queryMeter(database.client, query)).toMatchObject([{ windowEnd: query.through, value: '5' }])
  })

  it('by app, each app’s levels and sums stand alone, in one answer', async () => {
    const slug = database.newName('level')
    await database.insert([
      recordOf({ app: 'app-a', version: 1, at: BASE, subject: 'db', quantity: '1' }, slug),
      recordOf({ app: 'app-b', version: 1, at: BASE, subject: 'db', quantity: '10' }, slug),
    ])
    const scope = { appIds: ['app-a', 'app-b'], spaceId: 'space', environments: null }
    for (const aggregation of ['TIME_WEIGHTED', 'SUM', 'LATEST'] as const) {
      const meter = { slug, aggregation, divisors: DIVISORS }
      const query = { ...quiet, scope, meter, from: BASE, to: BASE + 60n * MINUTE, isByApp: true }
      const rows = await queryMeter(database.client, query)
      expect(rows.map((row) => [row.appId, row.value])).toEqual([
        ['app-a', '1'],
        ['app-b', '10'],
      ])
    }
  })

  it('a level ends where the subject’s next sample is, even one of another space', async () => {
    const slug = database.newName('level')
    await database.insert([
      { ...recordOf({ app: 'app-a', version: 1, at: BASE, subject: 'db', quantity: '1' }, slug), space: 'old' },
      {
        ...recordOf({ app: 'app-a', version: 1, at: BASE + 60n * MINUTE, subject: 'db', quantity: '1' }, slug),
        space: 'new',
      },
    ])
    const query = {
      ...quiet,
      from: BASE,
      to: BASE + 180n * MINUTE,
      meter: { slug, aggregation: 'TIME_WEIGHTED', divisors: DIVISORS },
    } as const
    const hours = async (spaceId: string) =>
      (await queryMeter(database.client, { ...query, scope: { appIds: ['app-a'], spaceId, environments: null } })).map(
        (row) => row.value,
      )
    expect([await hours('old'), await hours('new')]).toEqual([['1'], ['2']])
  })
})
