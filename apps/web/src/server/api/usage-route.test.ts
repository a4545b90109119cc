import { readCsv } from '@meterbook/core/csv'
import { addDecimals } from '@meterbook/core/kernel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  APP_KEY,
  type ApiTestServer,
  meterOf,
  OTHER_APP_KEY,
  PLATFORM_KEY,
  STAGING_KEY,
  startApiTestServer,
} from './api-on-test-database.ts'

const NOW = '2026-07-03T12:00:00Z'
const APP = '0197c4a2-7a51-7d3c-8000-00000000a001'
const OTHER = '0197c4a2-7a51-7d3c-8000-00000000a002'
const SPACE = '0197c4a2-7a51-7d3c-8000-00000000b001'

let api: ApiTestServer
beforeAll(async () => {
  const meters = [
    meterOf({ slug: 'reads', capability: 'kvs.reads', aggregation: 'SUM', unit: 'GB', groupBy: { model: '$.model' } }),
    meterOf({ slug: 'people', capability: 'people', aggregation: 'UNIQUE_COUNT' }),
  ]
  api = await startApiTestServer({ now: NOW, meters, appIds: { app: APP, other: OTHER } })
  await api.pool.query(`INSERT INTO developer_space (id, slug, name) VALUES ($1, 'ours', 'Ours')`, [SPACE])
  await api.pool.query(`INSERT INTO app (id, slug, name, shard) VALUES ($1, 'one', 'One', 0), ($2, 'two', 'Two', 1)`, [
    APP,
    OTHER,
  ])
  const reads = (at: string, quantity: string, more: object = {}) => {
    return { app: APP, space: SPACE, meter: 'reads', at, quantity, ...more }
  }
  await api.insert([
    reads('2026-06-29T10:00:00Z', '1.000000000000000000001', { subject: 'b' }),
    reads('2026-06-29T23:30:00Z', '2', { subject: 'a', dims: { model: '=1+1' } }),
    reads('2026-06-30T00:30:00Z', '4', { installation: '=site' }),
    reads('2026-07-02T00:30:00Z', '8', { environment: 'staging', dims: { model: 'heron' } }),
    reads('2026-07-03T11:00:00Z', '16', { app: OTHER }),
    { ...reads('2026-07-03T11:00:00Z', '0'), meter: 'people', uniqueValue: 'ann' },
    { ...reads('2026-07-03T11:01:00Z', '0'), meter: 'people', uniqueValue: 'ann' },
  ])
})
afterAll(() => api.close())

interface Row {
  day: string
  app: string
  meter: string
  environment: string
  installation: string | null
  quantity: string
  state: string
}

async function usage(search: string, key = APP_KEY) {
  const answer = await api.get(`/api/v1/usage${search}`, { authorization: `Bearer ${key}` })
  return { ...answer, rows: (answer.json?.data ?? []) as Row[] }
}
const days = (rows: Row[]) => rows.map((row) => [row.day, row.meter, row.environment, row.installation, row.quantity])

describe('daily usage', () => {
  it('is a row for each day, app, meter, environment and installation that has some, with every digit', async () => {
    const { status, json, rows } = await usage('?from=2026-06-29&to=2026-07-04')
    expect(status).toBe(200)
    expect(days(rows)).toEqual([
      ['2026-06-29', 'reads', 'production', null, '3.000000000000000000001'],
      ['2026-06-30', 'reads', 'production', '=site', '4'],
      ['2026-07-02', 'reads', 'staging', null, '8'],
      ['2026-07-03', 'people', 'production', null, '1'],
    ])
    expect(rows[0]).toMatchObject({ app: 'one', capability: 'kvs.reads', unit: 'GB' })
    expect(json).toMatchObject({ from: '2026-06-29T00:00:00Z', to: '2026-07-04T00:00:00Z', next: null })
  })

  it('says of each day whether it may still change', async () => {
    const { rows } = await usage('?from=2026-06-29&to=2026-07-04&meter=reads')
    expect(rows.map(({ state }) => state)).toEqual(['final', 'final', 'settling'])
    expect((await usage('?from=2026-07-03&meter=people')).rows).toMatchObject([{ state: 'open' }])
  })

  it('falls on the days of the zone that is asked for', async () => {
    const { rows } = await usage('?from=2026-06-29&to=2026-07-01&windowTimeZone=Europe%2FBudapest')
    expect(days(rows)).toEqual([
      ['2026-06-29', 'reads', 'production', null, '1.000000000000000000001'],
      ['2026-06-30', 'reads', 'production', null, '2'],
      ['2026-06-30', 'reads', 'production', '=site', '4'],
    ])
    expect(rows[0]).toMatchObject({ windowStart: '2026-06-28T22:00:00Z', windowEnd: '2026-06-29T22:00:00Z' })
  })

  it('can be asked of a capability, a meter and an environment', async () => {
    expect(days((await usage('?from=2026-06-29&capability=people')).rows)).toHaveLength(1)
    expect(days((await usage('?from=2026-06-29&capability=people&capability=kvs.reads')).rows)).toHaveLength(4)
    expect(days((await usage('?from=2026-06-29&environment=staging')).rows)).toEqual([
      ['2026-07-02', 'reads', 'staging', null, '8'],
    ])
    expect((await usage('?from=2026-06-29&meter=nothing')).rows).toEqual([])
  })

  it('comes in pages that hold every row once, whatever is counted meanwhile', async () => {
    let path: string | null = '/api/v1/usage?from=2026-06-29&limit=1'
    const found: Row[] = []
    while (path !== null) {
      const answer = await api.get(path)
      found.push(...answer.json.data)
      expect(answer.headers.link).toBe(answer.json.next === null ? undefined : `<${answer.json.next}>; rel="next"`)
      path = answer.json.next
      // before the place of the page: it moves nothing
      await api.insert([{ app: APP, space: SPACE, meter: 'reads', at: '2026-06-29T01:00:00Z', environment: 'later' }])
    }
    expect(days(found).map(([day]) => day)).toEqual(['2026-06-29', '2026-06-30', '2026-07-02', '2026-07-03'])
  })

  it('is CSV where nothing else is wanted, with formulas guarded and the same digits', async () => {
    const { text, headers } = await api.get('/api/v1/usage?from=2026-06-30&to=2026-07-03', { accept: 'text/csv' })
    expect(headers['content-type']).toBe('text/csv')
    const [header, ...records] = readCsv(text)
    expect(header).toEqual(
      'day,window_start,window_end,app,capability,meter,environment,installation,quantity,unit,x_bucket_state'.split(
        ',',
      ),
    )
    expect(text).toContain(",'=site,4,")
    expect(records.reduce((sum, record) => addDecimals(sum, record[8] ?? '0'), '0')).toBe('12')
  })

  it('of an app is for its key, of any for a platform key that names it, and of a space for one that names that', async () => {
    expect((await usage('?from=2026-07-01', OTHER_APP_KEY)).rows).toMatchObject([{ app: 'two', quantity: '16' }])
    expect((await usage(`?from=2026-07-01&app=two`)).status).toBe(404)
    expect((await usage('?from=2026-07-01', PLATFORM_KEY)).status).toBe(400)
    expect((await usage('?from=2026-07-01&app=two', PLATFORM_KEY)).rows).toMatchObject([{ app: 'two' }])
    expect((await usage('?from=2026-07-01&space=ours', PLATFORM_KEY)).rows).toHaveLength(3)
    expect((await usage('?from=2026-07-01&space=nobody', PLATFORM_KEY)).rows).toEqual([])
    expect((await usage('?from=2026-07-01&app=nobody', PLATFORM_KEY)).status).toBe(404)
  })

  it('of other environments than the key’s is not shown, even by name', async () => {
    const from = '?from=2026-06-29'
    expect((await usage(from, STAGING_KEY)).rows).toMatchObject([{ environment: 'staging' }])
    expect((await usage(`${from}&environment=production`, STAGING_KEY)).rows).toEqual([])
  })

  it.each([
    ['from=2026-02-30', 'day that exists'],
    ['from=yesterday', 'from'],
    ['from=2026-07-02&to=2026-07-01', 'from must be before to'],
    ['from=2026-07-01&to=2026-07-01', 'cannot be equal'],
    ['from=2020-01-01', 'at most 400 days'],
    ['windowTimeZone=Mars%2FBase', 'invalid time zone'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['cursor=%25', 'cursor'],
  ])('refuses %s with a reason', async (search, reason) => {
    const { status, headers, json } = await usage(`?${search}`)
    expect([status, headers['content-type']]).toEqual([400, 'application/problem+json'])
    expect(json.detail).toContain(reason)
  })
})

describe('what a meter was used by', () => {
  it('is its subjects, sorted, each once, of all time or of a range', async () => {
    expect((await api.get('/api/v1/meters/reads/subjects')).json).toEqual(['a', 'b'])
    expect((await api.get('/api/v1/meters/reads/subjects?from=2026-06-29T12:00:00Z')).json).toEqual(['a'])
    expect((await api.get('/api/v1/meters/reads/subjects?to=2026-06-29T12:00:00Z')).json).toEqual(['b'])
    expect((await api.get('/api/v1/meters/nope/subjects')).status).toBe(404)
    expect((await api.get('/api/v1/meters/reads/subjects', { authorization: 'Bearer nobody' })).status).toBe(401)
    expect((await api.get('/api/v1/meters/reads/subjects', { authorization: `Bearer ${OTHER_APP_KEY}` })).json).toEqual(
      [],
    )
  })

  it('is the values of a dimension, of the last day unless a range is given', async () => {
    const values = '/api/v1/meters/reads/group-by/model/values'
    expect((await api.get(values)).json).toEqual([])
    expect((await api.get(`${values}?from=2026-07-01T00:00:00Z`)).json).toEqual(['heron'])
    expect((await api.get(`${values}?to=2026-07-01T00:00:00Z`)).json).toEqual(['', '=1+1'])
    expect((await api.get('/api/v1/meters/reads/group-by/constructor/values')).status).toBe(400)
  })
})
