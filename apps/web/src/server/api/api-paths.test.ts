import { OpenMeter } from '@openmeter/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  APP_KEY,
  type ApiTestServer,
  meterOf,
  OTHER_APP_KEY,
  PLATFORM_KEY,
  SENDING_PLATFORM_KEY,
  STAGING_KEY,
  startApiTestServer,
  USELESS_KEY,
} from './api-on-test-database.ts'

const ID = '0197c4a2-7a51-7d3c-8000-0000000000aa'
let api: ApiTestServer
beforeAll(async () => {
  api = await startApiTestServer({
    now: '2026-07-03T00:00:00Z',
    meters: [
      meterOf({
        id: ID,
        slug: 'tokens_total',
        aggregation: 'SUM',
        valueProperty: '$.tokens',
        groupBy: { model: '$.model' },
        description: 'Tokens',
      }),
      meterOf({ slug: 'requests', aggregation: 'COUNT' }),
    ],
  })
  await api.insert([
    { meter: 'tokens_total', at: '2026-07-01T00:00:00Z', quantity: '1', dims: { model: 'gpt-4' } },
    { meter: 'tokens_total', at: '2026-07-01T00:00:00Z', quantity: '10', environment: 'staging' },
    { meter: 'tokens_total', at: '2026-07-01T00:00:00Z', quantity: '100', app: 'other' },
  ])
})
afterAll(() => api.close())

const totalFor = async (key: string, query = '') => {
  const answer = await api.get(`/api/v1/meters/tokens_total/query${query}`, { authorization: `Bearer ${key}` })
  return answer.json.data.map((row: { value: number }) => row.value)
}

describe('who may read what', () => {
  it('an app’s key reads its own app, a key of one environment that one, the platform’s key everything', async () => {
    expect(await totalFor(APP_KEY)).toEqual([11])
    expect(await totalFor(OTHER_APP_KEY)).toEqual([100])
    expect(await totalFor(STAGING_KEY)).toEqual([10])
    expect(await totalFor(PLATFORM_KEY)).toEqual([111])
  })

  it('records say the same as rollups, for each key', async () => {
    const dimension = '?advancedMeterGroupByFilters=%7B%22model%22%3A%7B%22%24ne%22%3A%22x%22%7D%7D'
    expect([
      await totalFor(APP_KEY, dimension),
      await totalFor(OTHER_APP_KEY, dimension),
      await totalFor(STAGING_KEY, dimension),
    ]).toEqual([[11], [100], [10]])
  })

  it('without a key, with an unknown one, or in another scheme: 401 with a challenge', async () => {
    for (const authorization of ['', 'Bearer', 'Bearer nobody', `Basic ${APP_KEY}`, `Bearer ${APP_KEY} ${APP_KEY}`]) {
      const answer = await api.get('/api/v1/meters/tokens_total/query', { authorization })
      expect([answer.status, answer.headers['www-authenticate'], answer.headers['content-type']]).toEqual([
        401,
        'Bearer',
        'application/problem+json',
      ])
      expect(answer.text).not.toContain(APP_KEY)
    }
  })

  it('a key without the right is told so: 403', async () => {
    for (const key of [SENDING_PLATFORM_KEY, USELESS_KEY]) {
      const answer = await api.get('/api/v1/meters', { authorization: `Bearer ${key}` })
      expect([answer.status, answer.json.detail]).toEqual([403, expect.stringContaining('usage:read')])
    }
  })
})

describe('meters', () => {
  it('are listed by slug, and found by slug or id', async () => {
    const meters = (await api.get('/api/v1/meters')).json
    expect(meters.map((meter: { slug: string }) => meter.slug)).toEqual(['requests', 'tokens_total'])
    expect(meters[0]).not.toHaveProperty('groupBy')
    const meter = {
      id: ID,
      slug: 'tokens_total',
      name: 'tokens_total',
      description: 'Tokens',
      aggregation: 'SUM',
      eventType: 'tokens_total',
      valueProperty: '$.tokens',
      groupBy: { model: '$.model' },
      capability: 'tokens_total',
      unit: 'unit',
      createdAt: '2018-01-01T00:00:00.000Z',
      updatedAt: '2018-01-01T00:00:00.000Z',
    }
    expect((await api.get('/api/v1/meters/tokens_total')).json).toEqual(meter)
    expect((await api.get(`/api/v1/meters/${ID.toUpperCase()}`)).json).toEqual(meter)
    expect((await api.get('/api/v1/meters/nope')).status).toBe(404)
    expect((await api.get('/api/v1/meters/A-b')).status).toBe(400)
  })
})

describe('paths', () => {
  it.each([
    ['POST', '/api/v1/meters'],
    ['DELETE', '/api/v1/meters/requests'],
    ['POST', '/api/v1/subjects'],
    ['GET', '/api/v1/customers/a/entitlements/b/value'],
    ['GET', '/api/v1/info/currencies'],
    ['GET', '/api/v1/debug/metrics'],
    ['GET', '/api/v1/notification/channels'],
    ['GET', '/api/v1/marketplace/listings'],
    ['POST', '/api/v1/stripe/checkout/sessions'],
    ['GET', '/api/v2/customers/a/entitlements'],
    ['GET', '/api/v2/grants'],
    ['GET', '/api/v1/plans'],
    ['POST', '/api/v1/billing/invoices/1/void'],
    ['GET', '/api/v1/portal/tokens'],
    ['GET', '/api/v2/events'],
  ])('%s %s is known and says that it is not built: 501', async (method, path) => {
    const answer = await api.send(method, path)
    expect([answer.status, answer.headers['content-type']]).toEqual([501, 'application/problem+json'])
    expect(answer.json.detail).toContain('not implemented')
  })

  it.each(['/api/v1/', '/api/v1', '/api/v1/nothing', '/api/v1/meters/', '/api/v1/meters/a/b/c', '/api/v2/plans'])(
    '%s is unknown: 404, never HTML',
    async (path) => {
      const answer = await api.get(path)
      expect([answer.status, answer.headers['content-type']]).toEqual([404, 'application/problem+json'])
    },
  )

  it('a known path with another method: 405, naming those it knows', async () => {
    const answer = await api.send('DELETE', '/api/v1/meters/requests/query')
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, POST'])
    expect((await api.send('PATCH', '/api/v1/meters')).status).toBe(405)
  })

  it('sending events and everything outside the interface is left to others', async () => {
    expect((await api.send('POST', '/api/v1/events')).text).toBe('left to others')
    expect((await api.get('/apps')).text).toBe('left to others')
    expect((await api.get('/api/v10/x')).text).toBe('left to others')
  })
})

describe('the OpenMeter client', () => {
  it('reads a query’s rows with dates, a refusal with its detail, and the list of meters', async () => {
    const client = new OpenMeter({ baseUrl: api.url, apiKey: APP_KEY })
    const from = new Date('2026-07-01T00:00:00Z')
    const answer = await client.meters.query('tokens_total', {
      from,
      to: new Date('2026-07-02T00:00:00Z'),
      windowSize: 'DAY',
      groupBy: ['model'],
      filterGroupBy: { model: 'gpt-4' },
    })
    expect(answer).toMatchObject({ from, data: [{ value: 1, windowStart: from, groupBy: { model: 'gpt-4' } }] })
    await expect(client.meters.query('tokens_total', { groupBy: ['nope'] })).rejects.toThrow(
      '[400]: invalid group by: nope',
    )
    await expect(client.plans.list()).rejects.toMatchObject({ status: 501 })
    expect((await client.meters.list())?.map((meter) => meter.slug)).toEqual(['requests', 'tokens_total'])
  })
})
