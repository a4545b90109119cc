import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiTestServer, meterOf, startApiTestServer } from './api-on-test-database.ts'

const SLUGS = { SUM: 'agg_sum', AVG: 'agg_avg', MIN: 'agg_min', MAX: 'agg_max', LATEST: 'agg_latest' } as const
let api: ApiTestServer
beforeAll(async () => {
  api = await startApiTestServer({
    now: '2026-07-01T12:34:56Z',
    meters: [
      ...Object.entries(SLUGS).map(([aggregation, slug]) =>
        meterOf({ slug, aggregation: aggregation as keyof typeof SLUGS }),
      ),
      meterOf({ slug: 'agg_count', aggregation: 'COUNT' }),
      meterOf({ slug: 'agg_unique', aggregation: 'UNIQUE_COUNT' }),
      meterOf({
        slug: 'agg_percentile',
        aggregation: 'PERCENTILE',
        percentile: '0.9',
        versions: [
          { version: 1, divisor: '1', aggregation: 'PERCENTILE', effectiveFrom: new Date(0) },
          { version: 2, divisor: '1000', aggregation: 'PERCENTILE', effectiveFrom: new Date(1) },
        ],
      }),
      meterOf({ slug: 'agg_nameless', aggregation: 'PERCENTILE' }),
      meterOf({
        slug: 'stored',
        aggregation: 'TIME_WEIGHTED',
        versions: [{ version: 1, divisor: '1073741824', aggregation: 'TIME_WEIGHTED', effectiveFrom: new Date(0) }],
      }),
      meterOf({
        slug: 'bytes',
        aggregation: 'SUM',
        versions: [
          { version: 1, divisor: '1073741824', aggregation: 'SUM', effectiveFrom: new Date(0) },
          { version: 2, divisor: '1024', aggregation: 'SUM', effectiveFrom: new Date(1) },
        ],
      }),
      meterOf({ slug: 'day', aggregation: 'SUM' }),
      meterOf({ slug: 'turn', aggregation: 'SUM' }),
    ],
  })
  // {value: 123, name: 1}, {value: "0.4567890123456789", name: "a"}, {value: null, name: null}: what is unusable is never a record
  const times = ['2026-07-01T11:00:00Z', '2026-07-01T11:00:01Z', '2026-07-01T11:00:02Z'] as const
  await api.insert([
    ...Object.values(SLUGS).flatMap((meter) => [
      { meter, at: times[0], quantity: '123', subject: 's' },
      { meter, at: times[1], quantity: '0.4567890123456789', subject: 's' },
    ]),
    ...times.map((at) => ({ meter: 'agg_count', at, subject: 's' })),
    { meter: 'agg_unique', at: times[0], uniqueValue: '1' },
    { meter: 'agg_unique', at: times[1], uniqueValue: 'a' },
    { meter: 'stored', at: '2026-07-01T10:00:00Z', quantity: '3221225472', subject: 'db' },
    ...['9.5', '1', '3', '2', '5', '4', '7', '6', '8'].map((quantity, second) => ({
      meter: 'agg_percentile',
      at: `2026-07-01T11:00:0${second}Z`,
      quantity,
    })),
    { meter: 'agg_percentile', at: times[0], quantity: '9000.0000000000000001', version: 2 },
    { meter: 'bytes', at: times[0], quantity: '1073741824' },
    { meter: 'bytes', at: times[1], quantity: '1', version: 2 },
  ])
})
afterAll(() => api.close())

const RANGE = 'from=2026-07-01T10:30:00Z&to=2026-07-01T11:30:00Z'
const EMPTY = 'from=2026-07-01T05:00:00Z&to=2026-07-01T06:00:00Z'

async function valuesOf(slug: string, query: string): Promise<[number, string][]> {
  const answer = await api.get(`/api/v1/meters/${slug}/query?${query}`)
  expect(answer.status, answer.text).toBe(200)
  return answer.json.data.map((row: { value: number; valueExact: string }) => [row.value, row.valueExact])
}

describe('aggregations', () => {
  it.each([
    ['61: SUM', 'agg_sum', 123.45678901234568, '123.4567890123456789'],
    ['63: AVG', 'agg_avg', 61.72839450617284, '61.72839450617283945'],
    ['64: MIN', 'agg_min', 0.4567890123456789, '0.4567890123456789'],
    ['64: MAX', 'agg_max', 123, '123'],
    ['66: LATEST', 'agg_latest', 0.4567890123456789, '0.4567890123456789'],
  ])(
    '%s is exact, its number the nearest double, and nothing where nothing was',
    async (_, slug, value, valueExact) => {
      expect(await valuesOf(slug, RANGE)).toEqual([[value, valueExact]])
      expect(await valuesOf(slug, EMPTY)).toEqual([])
      expect(await valuesOf(slug, `${EMPTY}&windowSize=HOUR`)).toEqual([])
    },
  )

  it.each([
    ['62: COUNT', 'agg_count', 3],
    ['65: UNIQUE_COUNT', 'agg_unique', 2],
  ])('%s of an empty range is one row of 0 with the window asked for', async (_, slug, value) => {
    expect(await valuesOf(slug, RANGE)).toEqual([[value, String(value)]])
    const empty = await api.get(`/api/v1/meters/${slug}/query?${EMPTY}`)
    expect(empty.json.data).toEqual([
      {
        value: 0,
        valueExact: '0',
        windowStart: '2026-07-01T05:00:00Z',
        windowEnd: '2026-07-01T06:00:00Z',
        subject: null,
        groupBy: {},
      },
    ])
    expect(await valuesOf(slug, `${EMPTY}&windowSize=HOUR`)).toEqual([])
    expect(await valuesOf(slug, 'to=2020-01-01T00:00:00Z')).toEqual([])
    const open = await api.get(`/api/v1/meters/${slug}/query?from=2026-07-01T12:00:00Z`)
    expect(open.json.data).toMatchObject([
      { value: 0, windowStart: '2026-07-01T12:00:00Z', windowEnd: '2026-07-01T12:35:00Z' },
    ])
  })

  it('versions of a meter add up in its unit, each by its own divisor', async () => {
    expect(await valuesOf('bytes', RANGE)).toEqual([[1.0009765625, '1.0009765625']])
  })

  it('TIME_WEIGHTED carries a level over windows, and not beyond now', async () => {
    const answer = await api.get(
      '/api/v1/meters/stored/query?from=2026-07-01T09:00:00Z&to=2026-07-02T00:00:00Z&windowSize=HOUR&subject=db',
    )
    expect(
      answer.json.data.map((row: { windowStart: string; valueExact: string }) => [row.windowStart, row.valueExact]),
    ).toEqual([
      ['2026-07-01T10:00:00Z', '3'],
      ['2026-07-01T11:00:00Z', '3'],
      // 34 minutes and 56 seconds of three gigabytes
      ['2026-07-01T12:00:00Z', `1.74${'6'.repeat(27)}7`],
    ])
  })

  it('PERCENTILE is one of the values, in the unit of all versions, and nothing where nothing was', async () => {
    expect(await valuesOf('agg_percentile', RANGE)).toEqual([[9, '9.0000000000000000001']])
    expect(await valuesOf('agg_percentile', EMPTY)).toEqual([])
    expect((await api.get('/api/v1/meters/agg_percentile')).json.percentile).toBe('0.9')
  })

  it('a PERCENTILE that does not say which is not guessed', async () => {
    expect((await api.get('/api/v1/meters/agg_nameless/query')).status).toBe(501)
  })
})

describe('days of clock changes in Los Angeles', () => {
  const zone = 'windowSize=DAY&windowTimeZone=America%2FLos_Angeles&subject=s'
  const rowsOf = async (slug: string, query: string): Promise<[string, string, number][]> =>
    (await api.get(`/api/v1/meters/${slug}/query?${query}`)).json.data.map(
      (row: { windowStart: string; windowEnd: string; value: number }) => [row.windowStart, row.windowEnd, row.value],
    )

  it('67: the week of spring has seven contiguous days, one of 23 hours', async () => {
    await api.insert(
      [6, 7, 8].map((day) => ({ meter: 'day', subject: 's', quantity: '100', at: `2025-03-0${day}T18:00:00Z` })),
    )
    await api.insert(
      [9, 10, 11, 12].map((day) => ({
        meter: 'day',
        subject: 's',
        quantity: '100',
        at: `2025-03-${String(day).padStart(2, '0')}T17:00:00Z`,
      })),
    )
    const rows = await rowsOf('day', `${zone}&from=2025-03-06T08:00:00Z&to=2025-03-13T07:00:00Z`)
    expect(rows.map(([, , value]) => value)).toEqual(Array(7).fill(100))
    expect(rows.slice(1).map(([start]) => start)).toEqual(rows.slice(0, -1).map(([, end]) => end))
    expect(rows[3]).toEqual(['2025-03-09T08:00:00Z', '2025-03-10T07:00:00Z', 100])
    expect([rows[0]?.[0], rows[6]?.[1]]).toEqual(['2025-03-06T08:00:00Z', '2025-03-13T07:00:00Z'])
  })

  it('68: the week of autumn has one of 25', async () => {
    await api.insert(
      [
        '2025-10-30T17',
        '2025-10-31T17',
        '2025-11-01T17',
        '2025-11-02T18',
        '2025-11-03T18',
        '2025-11-04T18',
        '2025-11-05T18',
      ].map((hour) => ({ meter: 'day', subject: 's', quantity: '100', at: `${hour}:00:00Z` })),
    )
    const rows = await rowsOf('day', `${zone}&from=2025-10-30T07:00:00Z&to=2025-11-06T08:00:00Z`)
    expect(rows.map(([, , value]) => value)).toEqual(Array(7).fill(100))
    expect(rows[3]).toEqual(['2025-11-02T07:00:00Z', '2025-11-03T08:00:00Z', 100])
  })

  it('69–72: the repeated hour, months of two lengths, a day without midnight, one of 24 hours and a half', async () => {
    const cases = [
      ['HOUR', 'America/Los_Angeles', '2025-11-02T08:30:00Z', '2025-11-02T08:00:00Z', '2025-11-02T09:00:00Z'],
      ['HOUR', 'America/Los_Angeles', '2025-11-02T09:30:00Z', '2025-11-02T09:00:00Z', '2025-11-02T10:00:00Z'],
      ['MONTH', 'Europe/Budapest', '2025-01-15T00:00:00Z', '2024-12-31T23:00:00Z', '2025-01-31T23:00:00Z'],
      ['MONTH', 'Europe/Budapest', '2026-03-15T00:00:00Z', '2026-02-28T23:00:00Z', '2026-03-31T22:00:00Z'],
      ['MONTH', 'America/New_York', '2026-11-15T00:00:00Z', '2026-11-01T04:00:00Z', '2026-12-01T05:00:00Z'],
      ['DAY', 'America/Sao_Paulo', '2018-11-04T12:00:00Z', '2018-11-04T03:00:00Z', '2018-11-05T02:00:00Z'],
      ['DAY', 'Australia/Lord_Howe', '2026-04-05T00:00:00Z', '2026-04-04T13:00:00Z', '2026-04-05T13:30:00Z'],
    ] as const
    await api.insert(cases.map(([, , at]) => ({ meter: 'turn', at, quantity: '100' })))
    for (const [size, name, at, start, end] of cases) {
      const rows = await rowsOf('turn', `windowSize=${size}&windowTimeZone=${encodeURIComponent(name)}`)
      expect(rows, `${size} ${name}`).toContainEqual([start, end, 100])
      expect(rows.filter(([from, to]) => from <= at && at < to)).toHaveLength(1)
    }
  })
})
