import { AGGREGATIONS } from '@meterbook/core/kernel'
import { foldUsage, formatRatio, type UsageFact, type Window, windowsBetween } from '@meterbook/core/window'
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

const FOLDED = AGGREGATIONS.filter((aggregation) => aggregation !== 'TIME_WEIGHTED')
const questions = fc.record({
  windowSize: sizes,
  zone: zones,
  from: shifts,
  to: shifts,
  percentile: fc.constantFrom('0.5', '0.95', '0.99999', '0.00001', '1', '0.33333'),
  isBothApps: fc.boolean(),
  isBySubject: fc.boolean(),
  isByModel: fc.boolean(),
  isFiltered: fc.boolean(),
})

describe('a meter query', () => {
  it.each(FOLDED)(
    '%s is what a plain fold over the usage in force says, whatever was cancelled or amended',
    async (aggregation) => {
      await fc.assert(
        fc.asyncProperty(
          drawnRecords,
          acts,
          fc.array(questions, { minLength: 4, maxLength: 4 }),
          async (drawn, done, asked) => {
            const slug = database.newName('meter')
            const { rows, inForce } = historyOf(drawn, done, (record, pos) => ({ ...recordOf(record, slug), pos }))
            await database.insert(rows)
            for (const { windowSize, zone, percentile, ...draw } of asked) {
              const [from, to] = [BASE - draw.from, BASE + 30n * 60n * MINUTE + draw.to]
              const query: MeterQuery = {
                ...quiet,
                scope: { appIds: draw.isBothApps ? null : ['app-a'], spaceId: 'space', environments: null },
                meter: { slug, aggregation, percentile, divisors: DIVISORS },
                from,
                to,
                windowSize,
                zone,
                isBySubject: draw.isBySubject,
                groupBy: draw.isByModel ? ['model'] : [],
                filters: draw.isFiltered ? [{ dimension: 'model', condition: { $in: ['gpt-4', ''] } }] : [],
              }
              const facts = inForce
                .filter(({ record }) => draw.isBothApps || record.app === 'app-a')
                .filter(({ record }) => record.at >= from && record.at < to)
                .filter(({ record }) => !draw.isFiltered || (record.model ?? '') !== 'claude')
                .map(
                  ({ record, pos }): UsageFact => ({
                    group: groupOf({
                      subject: draw.isBySubject ? (record.subject ?? '') : '',
                      model: draw.isByModel ? record.model : '',
                    }),
                    at: record.at,
                    order: [0n, BigInt(record.batch ?? 1), BigInt(pos)],
                    quantity: record.quantity ?? '1',
                    divisor: DIVISORS.get(record.version) ?? '1',
                    uniqueValue: record.uniqueValue ?? '',
                  }),
                )
              const windows = windowSize ? windowsBetween(from, to, windowSize, zone) : [{ start: from, end: to }]
              const expected = foldUsage({ aggregation, percentile }, facts, windows)
              expect(await answerOf(database.client, query)).toEqual(expected)
            }
          },
        ),
        { numRuns: 15 },
      )
    },
  )

  it('without a range reaches from the minute of the first usage to the end of the minute of the last', async () => {
    await fc.assert(
      fc.asyncProperty(drawnRecords, acts, sizes, zones, async (drawn, done, windowSize, zone) => {
        const slug = database.newName('meter')
        const { rows: given, inForce } = historyOf(drawn, done, (record, pos) => ({ ...recordOf(record, slug), pos }))
        fc.pre(inForce.length > 0)
        await database.insert(given)
        const times = inForce.map(({ record }) => record.at).sort((a, b) => (a < b ? -1 : 1))
        const [first, last] = [times[0]!, times.at(-1)!]
        const rows = await queryMeter(database.client, {
          ...quiet,
          scope: { appIds: ['app-a', 'app-b'], spaceId: null, environments: null },
          meter: {
            slug,
            aggregation: 'COUNT',
            divisors: new Map([...DIVISORS.keys()].map((version) => [version, '1'])),
          },
          windowSize,
          zone,
        })
        const edges: Window = windowSize
          ? {
              start: windowsBetween(first, first + 1n, windowSize, zone)[0]!.start,
              end: windowsBetween(last, last + 1n, windowSize, zone)[0]!.end,
            }
          : { start: first - (first % MINUTE), end: last - (last % MINUTE) + MINUTE }
        expect({ start: rows[0]!.windowStart, end: rows.at(-1)!.windowEnd }).toEqual(edges)
        expect(rows.reduce((sum, row) => sum + BigInt(row.value), 0n)).toBe(BigInt(inForce.length))
      }),
      { numRuns: 15 },
    )
  })

  it('usage in the last fraction of a second before an open range’s end is in it', async () => {
    const slug = database.newName('meter')
    await database.insert([recordOf({ app: 'app-a', version: 1, at: BASE + 200_000n }, slug)])
    const scope = { appIds: ['app-a'], spaceId: null, environments: null }
    const query = {
      ...quiet,
      scope,
      meter: { slug, aggregation: 'COUNT', divisors: DIVISORS },
      windowSize: 'minute',
    } as const
    expect(await queryMeter(database.client, { ...query, to: BASE + 500_000n })).toMatchObject([
      { windowStart: BASE, value: '1' },
    ])
    expect(await queryMeter(database.client, { ...query, to: BASE + 200_000n })).toEqual([])
  })

  it('a question about all the ages names only the windows that have usage', async () => {
    const slug = database.newName('meter')
    await database.insert([
      recordOf({ app: 'app-a', version: 1, at: BASE }, slug),
      recordOf({ app: 'app-a', version: 1, at: BASE + 1n }, slug),
    ])
    const scope = { appIds: ['app-a'], spaceId: null, environments: null }
    const [from, to] = [-62_135_596_800_000_000n, 253_402_300_799_000_000n]
    for (const windowSize of ['minute', 'day'] as const) {
      for (const aggregation of ['SUM', 'LATEST', 'TIME_WEIGHTED'] as const) {
        const meter = { slug, aggregation, divisors: DIVISORS }
        const query = { ...quiet, scope, meter, from, to, windowSize, zone: 'Europe/Budapest', through: BASE + MINUTE }
        const rows = await queryMeter(database.client, query)
        expect(rows, `${windowSize} ${aggregation}`).toHaveLength(1)
      }
    }
  })

  it('a third is rounded once, at the thirtieth digit, and a quotient that ends is not rounded at all', async () => {
    const slug = database.newName('meter')
    await database.insert([
      recordOf({ app: 'app-a', version: 3, at: BASE, quantity: '1' }, slug),
      recordOf({ app: 'app-a', version: 3, at: BASE + 1n, quantity: '1' }, slug),
      recordOf({ app: 'app-b', version: 2, at: BASE, quantity: '0.000000000000000000000000000001' }, slug),
    ])
    const query = { ...quiet, meter: { slug, aggregation: 'SUM', divisors: DIVISORS } } as const
    const thirds = await queryMeter(database.client, {
      ...query,
      scope: { appIds: ['app-a'], spaceId: null, environments: null },
    })
    expect(thirds[0]?.value).toBe(`0.${'6'.repeat(29)}7`)
    const small = await queryMeter(database.client, {
      ...query,
      scope: { appIds: ['app-b'], spaceId: null, environments: null },
    })
    expect(small[0]?.value).toBe(formatRatio({ numerator: 1n, denominator: 1024n * 10n ** 30n }))
  })

  it('a text never becomes SQL: subject, dimension, filter, slug, app and space', async () => {
    const slug = database.newName('meter')
    const evil = "x'] OR 1=1 --\\"
    await database.insert([
      { ...recordOf({ app: evil, version: 1, at: BASE, subject: evil }, slug), dims: { [evil]: evil } },
      recordOf({ app: 'app-a', version: 1, at: BASE }, slug),
    ])
    const rows = await queryMeter(database.client, {
      ...quiet,
      scope: { appIds: [evil], spaceId: 'space', environments: null },
      meter: { slug, aggregation: 'COUNT', divisors: DIVISORS },
      subjects: [evil],
      isBySubject: true,
      groupBy: [evil],
      filters: [{ dimension: evil, condition: { $or: [{ $eq: evil }, { $like: evil.replaceAll('\\', '\\\\') }] } }],
    })
    expect(rows).toMatchObject([{ subject: evil, groups: { [evil]: evil }, value: '1' }])
    const none = {
      ...quiet,
      meter: { slug, aggregation: 'COUNT', divisors: DIVISORS },
      scope: { appIds: ['app-a'], spaceId: evil, environments: null },
    } as const
    expect(await queryMeter(database.client, none)).toEqual([])
  })

  it('a scope of one environment sees nothing of another, in rollups, records and levels', async () => {
    const slug = database.newName('meter')
    await database.insert([
      { ...recordOf({ app: 'app-a', version: 1, at: BASE, quantity: '1' }, slug), environment: 'staging' },
      recordOf({ app: 'app-a', version: 1, at: BASE, quantity: '10' }, slug),
    ])
    const scope = { appIds: ['app-a'], spaceId: null, environments: ['staging'] }
    for (const aggregation of ['SUM', 'LATEST', 'TIME_WEIGHTED'] as const) {
      const meter = { slug, aggregation, divisors: DIVISORS }
      const rows = await queryMeter(database.client, { ...quiet, scope, meter, from: BASE, to: BASE + 60n * MINUTE })
      expect(rows.map((row) => row.value)).toEqual(['1'])
    }
  })

  it('no apps is nobody, not everybody', async () => {
    const slug = database.newName('meter')
    await database.insert([recordOf({ app: 'app-a', version: 1, at: BASE }, slug)])
    const query = { ...quiet, meter: { slug, aggregation: 'COUNT', divisors: DIVISORS } } as const
    expect(
      await queryMeter(database.client, { ...query, scope: { appIds: [], spaceId: null, environments: null } }),
    ).toEqual([])
    expect(
      await queryMeter(database.client, { ...query, scope: { appIds: null, spaceId: null, environments: null } }),
    ).toHaveLength(1)
  })
})
