import type { Aggregation } from '@meterbook/core/kernel'
import {
  foldUsage,
  formatRatio,
  integrateLevels,
  type LevelSample,
  type UsageFact,
  type Window,
  type WindowSize,
  windowsBetween,
} from '@meterbook/core/window'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MeterQuery, queryMeter } from './usage-query.ts'
import { openUsageDatabase, type TestRecord, type UsageDatabase } from './usage-test-database.ts'

const SECOND = 1_000_000n
const MINUTE = 60n * SECOND
const BASE = BigInt(Date.parse('2025-11-01T20:00:00Z')) * 1000n

let database: UsageDatabase
beforeAll(async () => {
  database = await openUsageDatabase()
})
afterAll(() => database.close())

const DIVISORS = new Map([
  [1, '1'],
  [2, '1024'],
  [3, '3'],
])
const subjects = fc.constantFrom('', 'ann', 'bob')
const models = fc.constantFrom(undefined, 'gpt-4', 'claude')
const moments = fc.integer({ min: 0, max: 50 * 3600 }).map((second) => BASE + BigInt(second) * SECOND)
const quantities = fc.oneof(
  fc.constantFrom('0', '1', '0.000000000000000000000000000001', '-5.5', '1073741824'),
  fc.bigInt({ min: 0n, max: 10n ** 20n }).map(String),
)
const drawnRecords = fc.array(
  fc.record({
    app: fc.constantFrom('app-a', 'app-b'),
    version: fc.constantFrom(1, 2, 3),
    at: fc.oneof(moments, fc.constantFrom(BASE, BASE + MINUTE)),
    subject: subjects,
    model: models,
    quantity: quantities,
    uniqueValue: fc.constantFrom('', 'x', 'y'),
    batch: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 60 },
)
const zones = fc.constantFrom('UTC', 'America/Los_Angeles', 'Asia/Kathmandu', 'Australia/Lord_Howe')
const sizes = fc.constantFrom<WindowSize | undefined>(undefined, 'minute', 'hour', 'day', 'month')
const shifts = fc.constantFrom(0n, 1n, MINUTE, 90n * MINUTE)

const quiet = {
  subjects: undefined,
  isBySubject: false,
  groupBy: [],
  filters: [],
  zone: 'UTC',
  windowSize: undefined,
  from: undefined,
  to: undefined,
  through: BASE * 2n,
}

describe('a meter query', () => {
  it('answers what a plain fold answers: each aggregation, zone, window, filter and grouping', async () => {
    await fc.assert(
      fc.asyncProperty(
        drawnRecords,
        fc.constantFrom<Aggregation>('SUM', 'COUNT', 'UNIQUE_COUNT', 'MIN', 'MAX', 'AVG', 'LATEST'),
        sizes,
        zones,
        fc.record({
          from: shifts,
          to: shifts,
          isBySubject: fc.boolean(),
          isByModel: fc.boolean(),
          isFiltered: fc.boolean(),
        }),
        async (drawn, aggregation, windowSize, zone, draw) => {
          const slug = database.newName('meter')
          await database.insert(drawn.map((record, pos) => ({ ...recordOf(record, slug), pos })))
          const [from, to] = [BASE - draw.from, BASE + 30n * 60n * MINUTE + draw.to]
          const query: MeterQuery = {
            ...quiet,
            scope: { appIds: ['app-a'], spaceId: 'space', environments: null },
            meter: { slug, aggregation, divisors: DIVISORS },
            from,
            to,
            windowSize,
            zone,
            isBySubject: draw.isBySubject,
            groupBy: draw.isByModel ? ['model'] : [],
            filters: draw.isFiltered ? [{ dimension: 'model', condition: { $in: ['gpt-4', ''] } }] : [],
          }
          const facts = drawn
            .map((record, pos) => ({ ...record, pos }))
            .filter((record) => record.app === 'app-a' && record.at >= from && record.at < to)
            .filter((record) => !draw.isFiltered || (record.model ?? '') !== 'claude')
            .map(
              (record): UsageFact => ({
                group: groupOf({
                  subject: draw.isBySubject ? record.subject : '',
                  model: draw.isByModel ? record.model : '',
                }),
                at: record.at,
                order: [0n, BigInt(record.batch), BigInt(record.pos)],
                quantity: record.quantity,
                divisor: aggregation === 'UNIQUE_COUNT' ? '1' : (DIVISORS.get(record.version) ?? '1'),
                uniqueValue: record.uniqueValue,
              }),
            )
          const windows = windowSize ? windowsBetween(from, to, windowSize, zone) : [{ start: from, end: to }]
          const expected = foldUsage({ aggregation }, facts, windows).map(({ window, group, value }) => ({
            window,
            group,
            value,
          }))
          expect(await answerOf(query)).toEqual(expected)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('without a range reaches from the minute of the first usage to the end of the minute of the last', async () => {
    await fc.assert(
      fc.asyncProperty(drawnRecords, sizes, zones, async (drawn, windowSize, zone) => {
        const slug = database.newName('meter')
        await database.insert(drawn.map((record, pos) => ({ ...recordOf(record, slug), pos })))
        const times = drawn.map((record) => record.at).sort((a, b) => (a < b ? -1 : 1))
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
        expect(rows.reduce((sum, row) => sum + BigInt(row.value), 0n)).toBe(BigInt(drawn.length))
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

describe('levels over time', () => {
  it('the database integrates as the plain fold does: carried in, over windows, until the watermark and no further', async () => {
    await fc.assert(
      fc.asyncProperty(
        drawnRecords,
        sizes,
        zones,
        fc.record({
          from: shifts,
          hours: fc.bigInt({ min: 1n, max: 60n }),
          through: fc.bigInt({ min: 0n, max: 70n }),
          isByModel: fc.boolean(),
        }),
        async (drawn, windowSize, zone, draw) => {
          const slug = database.newName('level')
          await database.insert(drawn.map((record, pos) => ({ ...recordOf(record, slug), pos })))
          const from = BASE + 5n * 60n * MINUTE - draw.from
          const to = from + draw.hours * 60n * MINUTE
          const through = BASE + draw.through * 60n * MINUTE + 7n
          const size = windowSize === 'minute' ? 'hour' : windowSize
          const samples = drawn
            .map((record, pos) => ({ ...record, pos }))
            .map(
              (record): LevelSample => ({
                series: `${record.app} ${record.subject}`,
                group: groupOf({ subject: '', model: draw.isByModel ? record.model : '' }),
                at: record.at,
                order: [0n, BigInt(record.batch), BigInt(record.pos)],
                level: record.quantity,
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
          expect(await answerOf(query)).toEqual(expected)
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

interface Drawn {
  app: string
  version: number
  at: bigint
  subject?: string
  model?: string | undefined
  quantity?: string
  uniqueValue?: string
  batch?: number
}

function recordOf(drawn: Drawn, meter: string): TestRecord {
  const { version, model, ...record } = drawn
  return { ...record, space: 'space', meter, meterVersion: version, dims: model === undefined ? {} : { model } }
}

/** Sorts as the answer does: by subject, then model. */
function groupOf({ subject, model }: { subject: string; model: string | undefined }): string {
  return `${subject} ${model ?? ''}`
}

async function answerOf(query: MeterQuery) {
  const rows = await queryMeter(database.client, query)
  return rows.map((row) => ({
    window: { start: row.windowStart, end: row.windowEnd },
    group: groupOf({ subject: row.subject ?? '', model: row.groups.model }),
    value: row.value,
  }))
}
