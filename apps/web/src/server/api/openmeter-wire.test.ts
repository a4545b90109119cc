import { HTTPError, OpenMeter } from '@openmeter/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { APP_KEY, type ApiTestServer, meterOf, startApiTestServer, type TestUsage } from './api-on-test-database.ts'

/**
 * What the OpenMeter client needs, through the client itself. The numbers are those of the cases in our notes on their wire; what is not in these tables is held elsewhere: sending
 * (1–17) and event lists (18–30) in the tests of those routes, aggregations and DST (61–72) in the one on aggregations.
 */
const APP = '0197c4a2-7a51-7d3c-8000-00000000a001'
let api: ApiTestServer
let client: OpenMeter
beforeAll(async () => {
  const groupBy = { method: '$.method', path: '$.path' }
  api = await startApiTestServer({
    now: '2026-07-03T00:00:30Z',
    appIds: { app: APP },
    meters: [
      meterOf({ slug: 'query', aggregation: 'SUM', valueProperty: '$.duration_ms', groupBy }),
      meterOf({ slug: 'hits', aggregation: 'COUNT', groupBy }),
      meterOf({ slug: 'local', aggregation: 'SUM' }),
    ],
  })
  client = new OpenMeter({ baseUrl: api.url, apiKey: APP_KEY })
  await api.pool.query(`INSERT INTO app (id, slug, name, shard) VALUES ($1, 'one', 'One', 0)`, [APP])
  await api.insert([...fixture(), ...paths, ...local].map((usage) => ({ ...usage, app: APP })))
})
afterAll(() => api.close())

const T = Date.parse('2026-07-01T00:00:00Z')
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]
const at = (ms: number) => new Date(T + ms)

/** Five subjects, each with 100 at T, T+1 min, T+1 h, T+24 h. */
function fixture(): TestUsage[] {
  return [1, 2, 3, 4, 5].flatMap((number) =>
    [0, MINUTE, HOUR, DAY].map((ms) => ({
      meter: 'query',
      at: at(ms).toISOString(),
      subject: `customer-${number}`,
      quantity: '100',
      dims: { method: 'GET', path: '/' },
    })),
  )
}
const paths: TestUsage[] = [
  { meter: 'hits', at: '2026-07-01T00:00:00Z', dims: { method: 'GET', path: '/' } },
  { meter: 'hits', at: '2026-07-01T00:00:01Z', dims: { method: 'POST', path: '/about' } },
  { meter: 'hits', at: '2026-07-01T00:00:02Z', dims: { path: '/about' } },
]
/** At ten in the morning of Los Angeles, over the days on which the clocks change. */
const local: TestUsage[] = [
  ...[6, 7, 8].map((day) => `2025-03-0${day}T18:00:00Z`),
  ...['09', '10', '11', '12'].map((day) => `2025-03-${day}T17:00:00Z`),
  ...['10-30', '10-31', '11-01'].map((day) => `2025-${day}T17:00:00Z`),
  ...['02', '03', '04', '05'].map((day) => `2025-11-${day}T18:00:00Z`),
].map((moment) => ({ meter: 'local', at: moment, subject: 'one', quantity: '100' }))

type Query = NonNullable<Parameters<OpenMeter['meters']['query']>[1]>
const rowsOf = async (meter: string, query: Query) => (await client.meters.query(meter, query))?.data ?? []
const values = async (meter: string, query: Query) => (await rowsOf(meter, query)).map(({ value }) => value)

describe('meters.query of the client', () => {
  const CASES: [number: string, query: Query, expected: number[]][] = [
    ['31 no parameters', {}, [2000]],
    ['32 MINUTE', { windowSize: 'MINUTE' }, [500, 500, 500, 500]],
    ['33 HOUR', { windowSize: 'HOUR' }, [1000, 500, 500]],
    ['34 DAY', { windowSize: 'DAY' }, [1500, 500]],
    ['35 MONTH', { windowSize: 'MONTH' }, [2000]],
    ['36 two subjects', { subject: ['customer-1', 'customer-2'] }, [400, 400]],
    ['37 from T+1 min to T+1 h', { from: at(MINUTE), to: at(HOUR) }, [500]],
    ['38 the first day', { from: at(0), to: at(DAY) }, [1500]],
    [
      '42 subjects by day',
      { groupBy: ['subject'], windowSize: 'DAY' },
      [300, 300, 300, 300, 300, 100, 100, 100, 100, 100],
    ],
    ['43 minutes in Kathmandu', { windowSize: 'MINUTE', windowTimeZone: 'Asia/Kathmandu' }, [500, 500, 500, 500]],
    ['44 days in Kolkata', { windowSize: 'DAY', windowTimeZone: 'Asia/Kolkata' }, [1500, 500]],
    ['45 hours in Kolkata', { windowSize: 'HOUR', windowTimeZone: 'Asia/Kolkata' }, [1000, 500, 500]],
    ['46 a window that is not cut', { windowSize: 'HOUR', from: at(MINUTE) }, [500, 500, 500]],
    ['47 a subject without usage', { subject: ['nobody'] }, []],
  ]
  it.each(CASES)('%s', async (_, query, expected) => {
    expect(await values('query', { ...query })).toEqual(expected)
  })

  it('31 decodes instants as dates, and echoes nothing that was not asked', async () => {
    expect(await client.meters.query('query')).toEqual({
      data: [
        {
          ...{ value: 2000, valueExact: '2000', subject: null, groupBy: {} },
          ...{ windowStart: at(0), windowEnd: at(DAY + MINUTE) },
        },
      ],
    })
  })

  it('46 begins with the whole window', async () => {
    expect(await rowsOf('query', { windowSize: 'HOUR', from: at(MINUTE) })).toMatchObject([
      { windowStart: at(0), windowEnd: at(HOUR) },
      {},
      {},
    ])
  })

  it('47 of a count without usage is empty, too', async () => {
    expect(await rowsOf('hits', { subject: ['nobody'], from: at(0), to: at(DAY) })).toEqual([])
  })

  it('40, 52 by POST: an empty question, and any of several values', async () => {
    expect(await client.meters.queryPost('query', {})).toMatchObject({ data: [{ value: 2000, subject: null }] })
    const asked = { filterGroupBy: { method: ['GET', 'POST'] }, groupBy: ['method'] }
    expect(await client.meters.queryPost('hits', asked)).toMatchObject({
      data: [
        { groupBy: { method: 'GET' }, value: 1 },
        { groupBy: { method: 'POST' }, value: 1 },
      ],
    })
  })

  it('51, 55 filters show nothing that was not asked, and what is missing is the empty text', async () => {
    expect(await rowsOf('hits', { filterGroupBy: { path: '/about' } })).toMatchObject([{ value: 2, groupBy: {} }])
    const byMethod = await rowsOf('hits', { groupBy: ['method'] })
    expect(byMethod.map(({ groupBy }) => groupBy)).toEqual([{ method: '' }, { method: 'GET' }, { method: 'POST' }])
  })

  it('67, 68 days on which the clocks change have 23 and 25 hours, and leave no gap', async () => {
    const zone = 'America/Los_Angeles'
    for (const [from, to, third] of [
      ['2025-03-06T08:00:00Z', '2025-03-13T07:00:00Z', ['2025-03-09T08:00:00Z', '2025-03-10T07:00:00Z']],
      ['2025-10-30T07:00:00Z', '2025-11-06T08:00:00Z', ['2025-11-02T07:00:00Z', '2025-11-03T08:00:00Z']],
    ] as const) {
      const asked = { from: new Date(from), to: new Date(to), subject: ['one'] }
      const rows = await rowsOf('local', { ...asked, windowSize: 'DAY', windowTimeZone: zone })
      expect(rows.map(({ value }) => value)).toEqual(Array(7).fill(100))
      expect(rows[0]?.windowStart).toEqual(new Date(from))
      expect(rows.at(-1)?.windowEnd).toEqual(new Date(to))
      expect(rows[3]).toMatchObject({ windowStart: new Date(third[0]), windowEnd: new Date(third[1]) })
      for (const [index, row] of rows.entries())
        if (index > 0) expect(row.windowStart).toEqual(rows[index - 1]?.windowEnd)
    }
  })
})

describe('a refusal reaches the client’s user with its words', () => {
  const REFUSED: [number: string, status: number, detail: string, call: () => Promise<unknown>][] = [
    [
      '48 equal bounds',
      400,
      'from and to cannot be equal',
      () => client.meters.query('query', { from: at(0), to: at(0) }),
    ],
    [
      '48 bounds reversed',
      400,
      'from must be before to',
      () => client.meters.query('query', { from: at(DAY), to: at(0) }),
    ],
    ['49 a group', 400, 'invalid group by: foo', () => client.meters.query('query', { groupBy: ['foo'] })],
    [
      '49 a filter',
      400,
      'invalid group by filter: no',
      () => client.meters.query('query', { filterGroupBy: { no: 'x' } }),
    ],
    ['49 a window', 400, 'windowSize', () => client.meters.query('query', { windowSize: 'WEEK' as 'DAY' })],
    [
      '49 a zone',
      400,
      'invalid time zone: Mars/Base',
      () => client.meters.query('query', { windowTimeZone: 'Mars/Base' }),
    ],
    ['49 customers', 400, 'customer_id', () => client.meters.query('query', { groupBy: ['customer_id'] })],
    ['50 an unknown meter', 404, 'nope', () => client.meters.query('nope')],
    ['50 no meter’s name', 400, 'meter id or a slug', () => client.meters.query('Not_A_Slug')],
    [
      '57 an unknown customer',
      404,
      'customer with id 01HZ',
      () => client.meters.query('query', { filterCustomerId: ['01HZ'] }),
    ],
    ['25 a limit of 0', 400, 'limit', () => client.events.list({ limit: 0 })],
    ['25 a limit of 101', 400, 'limit', () => client.events.list({ limit: 101 })],
    ['23 events of a customer', 400, '01HZ', () => client.events.list({ customerId: ['01HZ'] })],
  ]
  it.each(REFUSED)('%s', async (_, status, detail, call) => {
    const error = await call().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(HTTPError)
    const { message, type } = error as HTTPError
    expect(error).toMatchObject({ status })
    expect(message).toContain(`[${status}]: `)
    expect(message).toContain(detail)
    expect(type).toMatch(/\/docs\/errors\/(?:invalid-request|not-found)$/)
  })
})

describe('what their interface has and ours has not is said in a problem, and never in HTML', () => {
  const LATER: [number: string, call: () => Promise<unknown>][] = [
    ['22 customers', () => client.customers.list()],
    ['27–29 events by filters of version 2', () => client.events.listV2({})],
    ['73 making a meter', () => client.meters.create({ slug: 'm', eventType: 'm', aggregation: 'COUNT' })],
    ['73 changing a meter', () => client.meters.update('query', {})],
    ['73 deleting a meter', () => client.meters.delete('query')],
    ['74 portal tokens', () => client.portal.create({ subject: 'customer-1' })],
    ['75 features', () => client.features.list()],
    ['75, 76 entitlements', () => client.entitlementsV1.list()],
    ['subjects', () => client.subjects.list()],
    ['plans', () => client.plans.list()],
    ['add-ons', () => client.addons.list()],
    ['apps', () => client.apps.list()],
    ['notifications', () => client.notifications.channels.list()],
    ['currencies', () => client.info.listCurrencies()],
    ['counts of today', () => client.debug.getMetrics()],
  ]
  it.each(LATER)('%s: 501', async (_, call) => {
    const error = await call().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(HTTPError)
    expect(error).toMatchObject({ status: 501 })
    expect((error as HTTPError).message).toContain('not implemented')
  })

  it('30 a nested filter never leaves the client', async () => {
    const nested = { subject: { $eq: 'x' } } as unknown as string
    await expect(client.events.listV2({ filter: nested })).rejects.toThrow(/[Dd]eeply-nested/)
  })

  it('group-by values and events are lists for the client', async () => {
    const asked = { from: at(0), to: at(DAY) }
    expect(await client.meters.listGroupByValues('hits', 'path', asked)).toEqual(['/', '/about'])
    expect(await client.events.list({ subject: 'nobody' })).toEqual([])
  })
})
