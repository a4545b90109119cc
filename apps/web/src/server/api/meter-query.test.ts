import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiTestServer, meterOf, startApiTestServer, type TestUsage } from './api-on-test-database.ts'

const groupBy = { method: '$.method', path: '$.path' }
let api: ApiTestServer
beforeAll(async () => {
  api = await startApiTestServer({
    now: '2026-07-03T00:00:30Z',
    meters: [
      meterOf({ slug: 'query', aggregation: 'SUM', valueProperty: '$.duration_ms', groupBy }),
      meterOf({ slug: 'hits', aggregation: 'COUNT' }),
      meterOf({ slug: 'paths', aggregation: 'SUM', groupBy }),
      meterOf({ slug: 'parted', aggregation: 'SUM' }),
    ],
  })
  await api.insert(fixture)
  await api.insert(pathsFixture)
  await api.insert([
    { meter: 'parted', at: '2026-07-01T00:00:00.500000Z', quantity: '1' },
    { meter: 'parted', at: '2026-07-01T00:00:00.700000Z', quantity: '10' },
  ])
})
afterAll(() => api.close())

/** Five subjects, each with 100 at T, T+1 min, T+1 h, T+24 h; T = 2026-07-01T00:00:00Z. */
const fixture: TestUsage[] = [1, 2, 3, 4, 5].flatMap((number) =>
  ['2026-07-01T00:00:00Z', '2026-07-01T00:01:00Z', '2026-07-01T01:00:00Z', '2026-07-02T00:00:00Z'].map((at) => ({
    meter: 'query',
    at,
    subject: `customer-${number}`,
    quantity: '100',
    dims: { method: 'GET', path: '/' },
  })),
)

const pathsFixture: TestUsage[] = [
  { meter: 'paths', at: '2026-07-01T00:00:00Z', quantity: '1', dims: { method: 'GET', path: '/' } },
  { meter: 'paths', at: '2026-07-01T00:00:01Z', quantity: '10', dims: { method: 'POST', path: '/about' } },
  { meter: 'paths', at: '2026-07-01T00:00:02Z', quantity: '100', dims: { path: '/about' } },
]

const WHOLE = ['2026-07-01T00:00:00Z', '2026-07-02T00:01:00Z'] as const

interface Row {
  value: number
  valueExact: string
  windowStart: string
  windowEnd: string
  subject: string | null
  groupBy: Record<string, string>
}

/** start, end, value of each row. */
async function rowsOf(query: string, slug = 'query'): Promise<[string, string, number][]> {
  const answer = await api.get(`/api/v1/meters/${slug}/query${query}`)
  expect(answer.status, answer.text).toBe(200)
  return answer.json.data.map((row: Row) => [row.windowStart, row.windowEnd, row.value])
}

async function refusalOf(query: string, slug = 'query'): Promise<{ status: number; detail: string }> {
  const answer = await api.get(`/api/v1/meters/${slug}/query${query}`)
  expect(answer.headers['content-type']).toBe('application/problem+json')
  return { status: answer.status, detail: answer.json.detail }
}

describe('a meter query by GET', () => {
  it('31: without parameters is one row over all there is, and echoes nothing', async () => {
    const answer = await api.get('/api/v1/meters/query/query')
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.json).toEqual({
      data: [
        { value: 2000, valueExact: '2000', windowStart: WHOLE[0], windowEnd: WHOLE[1], subject: null, groupBy: {} },
      ],
    })
  })

  it('32: MINUTE gives the four minutes that have usage, and echoes the window size', async () => {
    const answer = await api.get('/api/v1/meters/query/query?windowSize=MINUTE')
    expect(answer.json.windowSize).toBe('MINUTE')
    expect(answer.json.data.map((row: Row) => [row.windowStart, row.windowEnd, row.value])).toEqual([
      ['2026-07-01T00:00:00Z', '2026-07-01T00:01:00Z', 500],
      ['2026-07-01T00:01:00Z', '2026-07-01T00:02:00Z', 500],
      ['2026-07-01T01:00:00Z', '2026-07-01T01:01:00Z', 500],
      ['2026-07-02T00:00:00Z', '2026-07-02T00:01:00Z', 500],
    ])
  })

  it('33: HOUR', async () => {
    expect(await rowsOf('?windowSize=HOUR')).toEqual([
      ['2026-07-01T00:00:00Z', '2026-07-01T01:00:00Z', 1000],
      ['2026-07-01T01:00:00Z', '2026-07-01T02:00:00Z', 500],
      ['2026-07-02T00:00:00Z', '2026-07-02T01:00:00Z', 500],
    ])
  })

  it('34: DAY', async () => {
    expect(await rowsOf('?windowSize=DAY')).toEqual([
      ['2026-07-01T00:00:00Z', '2026-07-02T00:00:00Z', 1500],
      ['2026-07-02T00:00:00Z', '2026-07-03T00:00:00Z', 500],
    ])
  })

  it('35: MONTH', async () => {
    expect(await rowsOf('?windowSize=MONTH')).toEqual([['2026-07-01T00:00:00Z', '2026-08-01T00:00:00Z', 2000]])
  })

  it('36: a subject filter groups by subject', async () => {
    const answer = await api.get('/api/v1/meters/query/query?subject=customer-1&subject=customer-2')
    expect(answer.json.data).toEqual(
      ['customer-1', 'customer-2'].map((subject) => ({
        value: 400,
        valueExact: '400',
        windowStart: WHOLE[0],
        windowEnd: WHOLE[1],
        subject,
        groupBy: {},
      })),
    )
  })

  it('37: the window is the range asked for, whose end is not in it', async () => {
    const answer = await api.get(
      '/api/v1/meters/query/query?from=2026-07-01T00%3A01%3A00.000Z&to=2026-07-01T01%3A00%3A00.000Z',
    )
    expect(answer.json).toMatchObject({
      from: '2026-07-01T00:01:00Z',
      to: '2026-07-01T01:00:00Z',
      data: [{ value: 500, windowStart: '2026-07-01T00:01:00Z', windowEnd: '2026-07-01T01:00:00Z' }],
    })
    expect(answer.json.data).toHaveLength(1)
  })

  it('38: from inclusive, to exclusive', async () => {
    expect(await rowsOf('?from=2026-07-01T00:00:00Z&to=2026-07-02T00:00:00Z')).toEqual([
      ['2026-07-01T00:00:00Z', '2026-07-02T00:00:00Z', 1500],
    ])
  })

  it('39: bounds count to the microsecond', async () => {
    expect(await rowsOf('?from=2026-07-01T00:00:00.700Z', 'parted')).toMatchObject([
      [expect.anything(), expect.anything(), 10],
    ])
    expect(await rowsOf('?from=2026-07-01T00:00:00.700001Z', 'parted')).toEqual([])
    expect(await rowsOf('?to=2026-07-01T00:00:00.7Z', 'parted')).toMatchObject([
      ['2026-07-01T00:00:00Z', '2026-07-01T00:00:00.7Z', 1],
    ])
  })

  it('42: grouped by subject and day', async () => {
    const answer = await api.get('/api/v1/meters/query/query?groupBy=subject&windowSize=DAY')
    const rows: Row[] = answer.json.data
    expect(rows.map((row) => row.value)).toEqual([300, 300, 300, 300, 300, 100, 100, 100, 100, 100])
    expect(rows.slice(0, 5).map((row) => row.subject)).toEqual([1, 2, 3, 4, 5].map((number) => `customer-${number}`))
    expect(rows.every((row) => Object.keys(row.groupBy).length === 0)).toBe(true)
  })

  it('43: minutes in Kathmandu are minutes in UTC', async () => {
    expect(await rowsOf('?windowSize=MINUTE&windowTimeZone=Asia%2FKathmandu')).toEqual(
      await rowsOf('?windowSize=MINUTE'),
    )
  })

  it('44: days in Kolkata', async () => {
    expect(await rowsOf('?windowSize=DAY&windowTimeZone=Asia%2FKolkata')).toEqual([
      ['2026-06-30T18:30:00Z', '2026-07-01T18:30:00Z', 1500],
      ['2026-07-01T18:30:00Z', '2026-07-02T18:30:00Z', 500],
    ])
  })

  it('45: hours in Kolkata begin at half past', async () => {
    expect(await rowsOf('?windowSize=HOUR&windowTimeZone=Asia%2FKolkata')).toEqual([
      ['2026-06-30T23:30:00Z', '2026-07-01T00:30:00Z', 1000],
      ['2026-07-01T00:30:00Z', '2026-07-01T01:30:00Z', 500],
      ['2026-07-01T23:30:00Z', '2026-07-02T00:30:00Z', 500],
    ])
  })

  it('46: a window is not cut to the range', async () => {
    const [first] = await rowsOf('?windowSize=HOUR&from=2026-07-01T00:01:00Z')
    expect(first).toEqual(['2026-07-01T00:00:00Z', '2026-07-01T01:00:00Z', 500])
  })

  it('47: a subject without usage has no row, nor has a count of it', async () => {
    expect(await rowsOf('?subject=nobody')).toEqual([])
    expect(await rowsOf('?subject=nobody&from=2026-07-01T00:00:00Z&to=2026-07-02T00:00:00Z', 'hits')).toEqual([])
  })

  it('48: a range of nothing is refused, and a backward one', async () => {
    const same = await refusalOf('?from=2026-07-01T00:00:00Z&to=2026-07-01T02:00:00%2B02:00')
    expect(same).toEqual({ status: 400, detail: 'from and to cannot be equal' })
    const backward = await refusalOf('?from=2026-07-02T00:00:00Z&to=2026-07-01T00:00:00Z')
    expect(backward).toEqual({ status: 400, detail: 'from must be before to' })
  })

  it.each([
    ['groupBy=foo', 'invalid group by: foo'],
    ['groupBy=constructor', 'invalid group by: constructor'],
    ['filterGroupBy[invalid]=abcd', 'invalid group by filter: invalid'],
    ['filterGroupBy[__proto__]=x', 'invalid group by filter: __proto__'],
    ['windowSize=WEEK', 'windowSize'],
    ['windowTimeZone=Mars%2FBase', 'invalid time zone: Mars/Base'],
    ['windowTimeZone=%2B05:30', 'invalid time zone: +05:30'],
    ['groupBy=customer_id', 'invalid group by'],
    ['from=yesterday', 'from'],
    ['from=2026-02-30T00:00:00Z', 'from'],
    ['from=2026-07-01T00:00:00Z&from=2026-07-02T00:00:00Z', 'once'],
    ['clientId=', 'clientId'],
    [`subject=${Array(101).fill('a').join('&subject=')}`, 'subject'],
    ['windowSize=MINUTE&windowTimeZone=UTC&advancedMeterGroupByFilters=%7B', 'JSON'],
  ])('49: %s is refused with a reason', async (query, detail) => {
    const refusal = await refusalOf(`?${query}`)
    expect(refusal.status).toBe(400)
    expect(refusal.detail).toContain(detail)
  })

  it('50: an unknown meter is not found, and what can be no meter is refused', async () => {
    expect(await refusalOf('', 'nope')).toEqual({ status: 404, detail: 'meter with id or slug nope not found' })
    expect((await refusalOf('', 'Not_A_Slug')).status).toBe(400)
    expect((await refusalOf('', '%2e%2e%2fquery')).status).toBe(400)
  })

  it('51: a filter by dimension neither groups nor shows', async () => {
    const answer = await api.get('/api/v1/meters/paths/query?filterGroupBy%5Bpath%5D=%2Fabout')
    expect(answer.json.data).toMatchObject([{ value: 110, groupBy: {}, subject: null }])
    expect((await api.get('/api/v1/meters/paths/query?filterGroupBy[path]=%2Fabout')).json).toEqual(answer.json)
  })

  it('54: advanced filters', async () => {
    const filtered = async (filter: unknown) =>
      (await rowsOf(`?advancedMeterGroupByFilters=${encodeURIComponent(JSON.stringify(filter))}`, 'paths')).map(
        ([, , value]) => value,
      )
    expect(await filtered({ path: { $like: '/a%' } })).toEqual([110])
    expect(await filtered({ path: { $nlike: '/a%' } })).toEqual([1])
    expect(await filtered({ path: { $ilike: '/A%' }, method: { $ne: 'POST' } })).toEqual([100])
    expect(await filtered({ method: { $or: [{ $eq: 'GET' }, { $in: ['POST'] }] } })).toEqual([11])
    expect(await filtered({ method: { $and: [{ $gte: 'G' }, { $lt: 'P' }] } })).toEqual([1])
    expect(await filtered({ method: { $nin: ['GET', ''] } })).toEqual([10])
    for (const wrong of [
      { path: {} },
      { path: { $eq: 'a', $ne: 'b' } },
      { path: { $like: 'a\\' } },
      { path: { $and: [{ $or: [] }] } },
    ]) {
      const refusal = await refusalOf(
        `?advancedMeterGroupByFilters=${encodeURIComponent(JSON.stringify(wrong))}`,
        'paths',
      )
      expect(refusal.status).toBe(400)
    }
  })

  it('55: usage without the dimension is grouped under the empty text', async () => {
    const answer = await api.get('/api/v1/meters/paths/query?groupBy=method')
    expect(answer.json.data.map((row: Row) => [row.groupBy, row.value])).toEqual([
      [{ method: '' }, 100],
      [{ method: 'GET' }, 1],
      [{ method: 'POST' }, 10],
    ])
  })

  it('57: an unknown customer is not found', async () => {
    expect(await refusalOf('?filterCustomerId=01HZZZ')).toEqual({
      status: 404,
      detail: 'customer with id 01HZZZ not found',
    })
  })

  it('parameters that nobody knows are ignored', async () => {
    expect(await rowsOf('?foo=bar&__proto__=x')).toEqual([[...WHOLE, 2000]])
  })
})

describe('a meter query by POST', () => {
  it('40: an empty question answers as GET does, with and without Accept', async () => {
    const expected = (await api.get('/api/v1/meters/query/query')).json
    expect((await api.post('/api/v1/meters/query/query', {})).json).toEqual(expected)
    expect((await api.post('/api/v1/meters/query/query', {}, { accept: 'application/json' })).json).toEqual(expected)
    expect((await api.send('POST', '/api/v1/meters/query/query')).json).toEqual(expected)
  })

  it('52: any of several values of a dimension, grouped by it', async () => {
    const answer = await api.post('/api/v1/meters/paths/query', {
      filterGroupBy: { method: ['GET', 'POST'], path: [] },
      groupBy: ['method'],
    })
    expect(answer.json.data.map((row: Row) => [row.groupBy.method, row.value])).toEqual([
      ['GET', 1],
      ['POST', 10],
    ])
  })

  it('53: plain and advanced filters together are refused', async () => {
    const answer = await api.post('/api/v1/meters/paths/query', {
      filterGroupBy: { path: ['/'] },
      advancedMeterGroupByFilters: { path: { $eq: '/' } },
    })
    expect(answer.status).toBe(400)
  })

  it('windows, subjects and bounds work in a body as in an address', async () => {
    const answer = await api.post('/api/v1/meters/query/query', {
      from: '2026-07-01T00:00:00.000Z',
      to: '2026-07-02T00:00:00.000Z',
      windowSize: 'DAY',
      windowTimeZone: 'UTC',
      subject: ['customer-3'],
    })
    expect(answer.json).toMatchObject({ windowSize: 'DAY', data: [{ subject: 'customer-3', value: 300 }] })
  })

  it('a body that is no question is refused with a problem', async () => {
    const post = (body: string, type = 'application/json') =>
      api.send('POST', '/api/v1/meters/query/query', { 'content-type': type }, body)
    expect((await post('{')).status).toBe(400)
    expect((await post('[]')).status).toBe(400)
    expect((await post('{"subject":"customer-1"}')).json.extensions.validationErrors).toMatchObject([
      { field: 'subject' },
    ])
    expect((await post('{}', 'text/xml')).status).toBe(415)
    expect((await post(`{"subject":["${'x'.repeat(5_000_000)}"]}`)).status).toBe(413)
  })
})

describe('CSV', () => {
  it('41: one column for the value, six digits, LF, and exactly text/csv', async () => {
    const answer = await api.post('/api/v1/meters/query/query', {}, { accept: 'text/csv' })
    expect(answer.text).toBe('window_start,window_end,value\n2026-07-01T00:00:00Z,2026-07-02T00:01:00Z,2000.000000\n')
    expect(answer.headers['content-type']).toBe('text/csv')
    expect(answer.headers['content-disposition']).toBe('attachment; filename=query.csv')
  })

  it('59: a subject filter adds the subject', async () => {
    const answer = await api.get('/api/v1/meters/query/query?subject=customer-1&to=2026-07-02T00:00:00Z', {
      accept: 'text/csv',
    })
    expect(answer.text).toBe(
      'window_start,window_end,subject,value\n2026-07-01T00:00:00Z,2026-07-02T00:00:00Z,customer-1,300.000000\n',
    )
  })

  it('60: a list of types is not a wish for CSV', async () => {
    for (const accept of ['text/csv, application/json', '*/*', 'text/*', 'application/json']) {
      const answer = await api.get('/api/v1/meters/query/query', { accept })
      expect(answer.headers['content-type']).toBe('application/json')
    }
    expect(
      (await api.get('/api/v1/meters/query/query', { accept: 'text/csv; header=present' })).headers['content-type'],
    ).toBe('text/csv')
  })

  it('columns follow the request, texts are quoted, and nothing is the header alone', async () => {
    await api.insert([
      { meter: 'paths', at: '2020-01-01T00:00:00Z', quantity: '0.0000005', dims: { path: 'a,"b"\nc' } },
    ])
    const old = '?to=2021-01-01T00:00:00Z&groupBy=path&groupBy=method'
    const answer = await api.get(`/api/v1/meters/paths/query${old}`, { accept: 'text/csv' })
    expect(answer.text).toBe(
      'window_start,window_end,path,method,value\n2020-01-01T00:00:00Z,2021-01-01T00:00:00Z,"a,""b""\nc",,0.000000\n',
    )
    const none = await api.get('/api/v1/meters/query/query?subject=nobody', { accept: 'text/csv' })
    expect(none.text).toBe('window_start,window_end,subject,value\n')
    const wrong = await api.get('/api/v1/meters/query/query?windowSize=WEEK', { accept: 'text/csv' })
    expect(wrong.headers['content-type']).toBe('application/problem+json')
  })
})
