import { foldUsage, type UsageFact, windowsBetween } from '@meterbook/core/window'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countVerdicts, readUsageSeries, type UsageSeriesInput } from './usage-reader.ts'
import { openUsageDatabase, type TestRecord, type UsageDatabase } from './usage-test-database.ts'
import { drawnActs, historyOf } from './usage-test-history.ts'

const MINUTE = 60_000
const BASE = Date.parse('2025-11-01T20:00:00Z')

let database: UsageDatabase
beforeAll(async () => {
  database = await openUsageDatabase()
})
afterAll(() => database.close())

const zones = fc.constantFrom('UTC', 'America/Los_Angeles', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns')
const draw = {
  meterVersion: fc.constantFrom(1, 2),
  environment: fc.constantFrom('production', 'staging'),
  at: fc.integer({ min: 0, max: 72 * 60 * 60_000 }).map((ms) => BigInt(BASE + ms) * 1000n + 7n),
  quantity: fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.integer({ min: 1, max: 999 }))
    .map(([whole, part]) => `${whole}.${String(part).padStart(3, '0')}000000000000000000000000001`),
  uniqueValue: fc.constantFrom('', 'ann', 'bob', "o'hara", 'tab\there'),
}
const records = fc.array(
  fc.record({ ...draw, app: fc.constantFrom('app-a', 'app-b'), meter: fc.constantFrom('bytes', 'users') }),
  { minLength: 1, maxLength: 120, size: 'max' },
)
const acts = drawnActs<Omit<TestRecord, 'space'>>(fc.record(draw, { requiredKeys: [] }))

const factOf = (record: Omit<TestRecord, 'space'>): UsageFact => ({
  group: `${record.app} ${record.meter} ${record.meterVersion}`,
  at: record.at,
  order: [0n],
  quantity: record.quantity ?? '1',
  divisor: '1',
  uniqueValue: record.uniqueValue ?? '',
})

describe('usage series', () => {
  it('say what a plain fold over the usage in force says, in any zone, from rollups and from records', async () => {
    await fc.assert(
      fc.asyncProperty(
        records,
        fc.oneof(acts, fc.constant([])),
        fc.constantFrom(undefined, 'minute', 'hour', 'day', 'month'),
        zones,
        fc.integer({ min: 0, max: 40 * 60 }),
        fc.constantFrom(0, 1, MINUTE, 15 * MINUTE, 60 * MINUTE),
        async (drawn, done, windowSize, zone, hours, shift) => {
          const space = database.newName('space')
          const { rows, inForce } = historyOf(drawn, done, (record, pos) => ({ ...record, space, pos }))
          await database.insert(rows)
          const from = new Date(BASE - shift)
          const to = new Date(BASE + (hours + 60) * MINUTE + shift)
          const common: UsageSeriesInput = { spaceId: space, appIds: ['app-a', 'app-b'], from, to, zone }
          const input = { ...common, ...(windowSize && { windowSize }) }
          const [first, last] = [BigInt(from.getTime()) * 1000n, BigInt(to.getTime()) * 1000n]
          const within = inForce.map(({ record }) => factOf(record)).filter(({ at }) => at >= first && at < last)
          const windows = windowSize ? windowsBetween(first, last, windowSize, zone) : [{ start: first, end: last }]
          const points = await readUsageSeries(database.client, input)
          for (const [aggregation, column] of [
            ['SUM', 'sum'],
            ['COUNT', 'count'],
            ['MIN', 'min'],
            ['MAX', 'max'],
            ['UNIQUE_COUNT', 'unique'],
          ] as const) {
            const expected = foldUsage({ aggregation }, within, windows).map(({ window, group, value }) => [
              Number(window.start / 1000n),
              Number(window.end / 1000n),
              group,
              value,
            ])
            const found = points.map((point) => [
              Date.parse(point.windowStart),
              Date.parse(point.windowEnd),
              `${point.appId} ${point.meter} ${point.meterVersion}`,
              point[column],
            ])
            expect(found, aggregation).toEqual(expected)
          }
        },
      ),
      { numRuns: 15 },
    )
  })

  it('where extremes are not asked for none is given, lest it be one of usage that was taken back', async () => {
    const space = database.newName('space')
    const at = BigInt(BASE) * 1000n
    const row = { space, app: 'app-a', at, entry: { batch: 9, pos: 0 } }
    await database.insert([
      ...['asked', 'unasked'].flatMap((meter) => [
        { ...row, meter, quantity: '9', uniqueValue: 'gone' },
        { ...row, meter, quantity: '9', uniqueValue: 'gone', sign: -1 as const },
        { space, app: 'app-a', at, meter, quantity: '2', uniqueValue: 'here' },
      ]),
      { ...row, meter: 'taken-back', quantity: '9' },
      { ...row, meter: 'taken-back', quantity: '9', sign: -1 },
    ])
    const range = { from: new Date(BASE), to: new Date(BASE + 60 * MINUTE) }
    const points = await readUsageSeries(database.client, {
      ...range,
      spaceId: space,
      appIds: ['app-a'],
      extremesOf: ['asked'],
    })
    expect(points).toMatchObject([
      { meter: 'asked', count: '1', sum: '2', min: '2', max: '2', unique: '1' },
      { meter: 'unasked', count: '1', sum: '2', min: null, max: null, unique: '0' },
    ])
  })

  it('consolidated distinct values and extremes are those of all apps together, not their sums', async () => {
    const space = database.newName('space')
    const at = BigInt(BASE) * 1000n
    await database.insert([
      { space, app: 'app-a', meter: 'users', at, uniqueValue: 'ann', quantity: '1' },
      { space, app: 'app-b', meter: 'users', at, uniqueValue: 'ann', quantity: '3' },
      { space, app: 'app-b', meter: 'users', meterVersion: 2, at: at + 1n, uniqueValue: 'bob', quantity: '2' },
    ])
    const input = { spaceId: space, appIds: ['app-a', 'app-b'], from: new Date(BASE), to: new Date(BASE + 60 * MINUTE) }
    const points = await readUsageSeries(database.client, { ...input, groupByApp: false, groupByVersion: false })
    expect(points).toEqual([
      {
        appId: null,
        meter: 'users',
        meterVersion: null,
        windowStart: new Date(BASE).toISOString(),
        windowEnd: new Date(BASE + 60 * MINUTE).toISOString(),
        count: '3',
        sum: '6',
        min: '1',
        max: '3',
        unique: '2',
      },
    ])
  })

  it('another space, another app, another meter or environment is never in an answer', async () => {
    const [mine, theirs] = [database.newName('space'), database.newName('space')]
    const at = BigInt(BASE) * 1000n
    await database.insert([
      { space: mine, app: 'app-a', meter: 'bytes', at, quantity: '1' },
      { space: theirs, app: 'app-a', meter: 'bytes', at, quantity: '10' },
      { space: mine, app: 'app-b', meter: 'bytes', at, quantity: '100' },
      { space: mine, app: 'app-a', meter: 'users', at, quantity: '1000' },
      { space: mine, app: 'app-a', meter: 'bytes', environment: 'staging', at, quantity: '10000' },
    ])
    for (const shift of [0, 1]) {
      const points = await readUsageSeries(database.client, {
        spaceId: mine,
        appIds: ['app-a'],
        meters: ['bytes'],
        environments: ['production'],
        from: new Date(BASE - shift),
        to: new Date(BASE + 60 * MINUTE),
      })
      expect(points.map((point) => point.sum)).toEqual(['1'])
    }
    expect(
      await readUsageSeries(database.client, { spaceId: mine, appIds: [], from: new Date(0), to: new Date() }),
    ).toEqual([])
  })

  it('a name cannot leave its parameter', async () => {
    const evil = "x') OR 1 = 1 --\\'"
    const points = await readUsageSeries(database.client, {
      spaceId: evil,
      appIds: [evil, 'app-a'],
      meters: [evil],
      environments: [evil],
      from: new Date(BASE),
      to: new Date(BASE + 1),
    })
    expect(points).toEqual([])
  })

  it('an unknown zone is refused, not read as UTC', async () => {
    const input = {
      spaceId: 's',
      appIds: ['a'],
      from: new Date(0),
      to: new Date(1),
      windowSize: 'day',
      zone: 'Mars/Base',
    } as const
    await expect(readUsageSeries(database.client, input)).rejects.toThrow(RangeError)
  })
})

describe('verdicts', () => {
  it('of an event that was cancelled, cured or dismissed is what it is now, once', async () => {
    const space = database.newName('space')
    const event = { space, app: 'app-a', received_at: '2026-07-01 10:00:00.000000' }
    const held = { ...event, verdict: 'quarantined', reason: 'value_missing' }
    await database.insertEvents([
      ...[1, 2, 3].map((batch) => ({ ...held, batch })),
      { ...event, batch: 4, verdict: 'counted' },
      { ...held, batch: 1, sign: -1 },
      { ...event, batch: 1, verdict: 'counted' },
      { ...held, batch: 2, sign: -1 },
      { ...event, batch: 2, verdict: 'dismissed' },
      { ...event, batch: 4, verdict: 'counted', sign: -1 },
      { ...event, batch: 4, verdict: 'cancelled' },
    ])
    const day = { from: new Date('2026-07-01T00:00:00Z'), to: new Date('2026-07-02T00:00:00Z') }
    expect(await countVerdicts(database.client, { spaceId: space, appIds: ['app-a'], ...day })).toEqual([
      { verdict: 'counted', reason: '', count: '1' },
      { verdict: 'quarantined', reason: 'value_missing', count: '1' },
      { verdict: 'cancelled', reason: '', count: '1' },
      { verdict: 'dismissed', reason: '', count: '1' },
    ])
  })

  it('are counted by reason, for this space and these apps, by time of receipt', async () => {
    const space = database.newName('space')
    const event = { space, app: 'app-a', received_at: '2026-07-01 10:00:00.000000' }
    await database.insertEvents([
      { ...event, verdict: 'counted' },
      { ...event, verdict: 'counted' },
      { ...event, verdict: 'quarantined', reason: 'value_missing' },
      { ...event, verdict: 'quarantined', reason: 'value_null' },
      { ...event, verdict: 'duplicate' },
      { ...event, verdict: 'conflict', received_at: '2026-07-01 11:00:00.000000' },
      { ...event, verdict: 'conflict', app: 'app-b' },
      { ...event, verdict: 'conflict', space: database.newName('space') },
    ])
    const from = new Date('2026-07-01T10:00:00Z')
    const verdicts = await countVerdicts(database.client, {
      spaceId: space,
      appIds: ['app-a'],
      from,
      to: new Date('2026-07-01T11:00:00Z'),
    })
    expect(verdicts).toEqual([
      { verdict: 'counted', reason: '', count: '2' },
      { verdict: 'duplicate', reason: '', count: '1' },
      { verdict: 'quarantined', reason: 'value_missing', count: '1' },
      { verdict: 'quarantined', reason: 'value_null', count: '1' },
    ])
  })
})
