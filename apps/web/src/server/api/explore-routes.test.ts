import { readCsv } from '@meterbook/core/csv'
import { addDecimals } from '@meterbook/core/kernel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAddress } from '../../features/usage/view-address.ts'
import type { CurrentPerson } from '../auth/current-person.ts'
import { findSpaceAccess } from '../portal/stores.ts'
import {
  createStatementsTestDatabase,
  instant,
  type StatementsTestDatabase,
  seedMonths,
} from '../statements/statements-test-database.ts'
import type { Caller } from '../trpc/caller-on-test-database.ts'
import { createApiHandler } from './create-api-handler.ts'
import { serveOnTestPort } from './serve-handler-on-test-port.ts'

const NOW = instant('2026-07-20T12:00:00Z')

let database: StatementsTestDatabase
let origin: string
let stop: () => Promise<void>
let admin: Caller
const people = new Map<string, CurrentPerson>()
beforeAll(async () => {
  database = await createStatementsTestDatabase()
  await seedMonths(database)
  // a name that a spreadsheet would take for a formula
  await database.pool.query(`UPDATE app SET name = '=HYPERLINK("x")' WHERE id = $1`, [database.ids.two])
  people.set('admin', await database.personOf({ space: 'ours', role: 'admin' }))
  people.set('developer', await database.personOf({ space: 'ours', role: 'developer', apps: ['one'] }))
  people.set('stranger', await database.personOf({ space: 'theirs', role: 'admin' }))
  admin = await database.callerOf({ space: 'ours', role: 'admin' })
  const handle = createApiHandler({
    authenticate: async () => null,
    people: { personOf: async ({ cookie }) => people.get(cookie ?? '') ?? null, spaceAccess: findSpaceAccess },
    meters: { listMeters: async () => [] },
    clickhouse: database.clickhouse,
    pool: database.pool,
    log: { error: () => {} },
    now: () => NOW,
  })
  const server = await serveOnTestPort(handle)
  origin = server.origin
  stop = async () => {
    await server.close()
    await database.drop()
  }
})
afterAll(() => stop())

async function get(path: string, as = 'admin', headers: Record<string, string> = {}) {
  const answer = await fetch(`${origin}/api/v1/explore/${path}`, { headers: { cookie: as, ...headers } })
  const text = await answer.text()
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of the body member by member
  const json: any = answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : null
  return { status: answer.status, headers: answer.headers, text, json }
}

const JUNE = 'month=2026-06&cmp=none'
const sum = (texts: (string | null | undefined)[]) =>
  texts.reduce<string>((all, text) => addDecimals(all, text || '0'), '0')

describe('the explorers’ views as data', () => {
  it('are what the pages are made of, to the last digit', async () => {
    const answer = await get(`cost?space=ours&${JUNE}&by=app`)
    expect(answer.status).toBe(200)
    const address = readAddress({ range: 'month', month: '2026-06', cmp: 'none', by: 'app' }, 'month')
    const page = await admin.explore.cost({ space: 'ours', address })
    expect(answer.json.total).toEqual(page.total)
    expect(answer.json.rows).toEqual(page.rows)
    const { rows } = await database.pool.query<{ total: string }>(
      `SELECT trim_scale(exact_total)::text AS total FROM statement WHERE id = '2026-06-ours'`,
    )
    expect(answer.json.total.total).toBe(rows[0]?.total)
  })

  it('as CSV have a record for each row and bucket that has begun, with its state, and no formula', async () => {
    for (const [format, headers] of [
      ['', { accept: 'text/csv' }],
      ['&format=csv', {}],
    ] as const) {
      const csv = await get(`usage?space=ours&${JUNE}&m=tokens&by=app,environment${format}`, 'admin', headers)
      expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8')
      expect(csv.headers.get('content-disposition')).toContain('usage-2026-06-01-2026-07-01.csv')
      const [names = [], ...records] = readCsv(csv.text)
      expect(names).toEqual([
        ...['app', 'app_name', 'environment', 'environment_name', 'window_start', 'window_end', 'time_zone'],
        ...['quantity_tokens_unit', 'x_bucket_state'],
      ])
      expect(sum(records.map((record) => record[7]))).toBe('4250.5')
      expect(new Set(records.map((record) => record[8]))).toEqual(new Set(['final']))
      expect(csv.text).toContain(`"'=HYPERLINK(""x"")"`)
    }
    const july = await get('cost?space=ours&month=2026-07&by=all&cmp=none&format=csv')
    const [names = [], ...records] = readCsv(july.text)
    expect(names).toEqual([
      ...['window_start', 'window_end', 'time_zone', 'net_USD', 'x_bucket_state', 'x_amended_from', 'x_marks'],
    ])
    // the 20th has begun, and no later one
    expect(records).toHaveLength(20)
  })

  it('show a developer their own apps, and no money', async () => {
    const mine = await get(`usage?space=ours&${JUNE}&m=tokens&by=app`, 'developer')
    expect(mine.json.rows.map(({ keys }: { keys: string[] }) => keys[0])).toEqual(['one'])
    expect(mine.json.total.money).toBeNull()
    expect((await get(`cost?space=ours&${JUNE}`, 'developer')).status).toBe(403)
    const all = await get(`usage?space=ours&${JUNE}&m=tokens&by=app`)
    expect(all.json.total.money.net).toBe((await get(`cost?space=ours&${JUNE}&by=app`)).json.total.money.net)
    for (const kind of ['usage', 'cost']) expect((await get(`${kind}?space=ours`, 'stranger')).status).toBe(404)
  })

  it('are refused where a page would show something else than was asked', async () => {
    for (const [query, field] of [
      ['tz=Mars/Olympus', 'tz'],
      ['range=fortnight', 'range'],
      ['range=custom', 'from'],
      ['from=2026-07-01', 'from'],
      ['from=2026-07-02&to=2026-07-01', 'from'],
      ['from=2020-01-01&to=2026-07-01', 'from'],
      ['from=2026-13-01&to=2026-07-01', 'from'],
      ['month=2026-7', 'month'],
      ['month=2026-07&g=minute', 'g'],
      ['by=app,app', 'by'],
      ['by=planet', 'by'],
      ['by=installation', 'by'],
      ['f=app:is:one', 'f'],
      ['f=subject:in:ann', 'by'],
      ['asof=yesterday', 'asof'],
      ['format=xlsx', 'format'],
    ] as const) {
      const { status, json } = await get(`cost?space=ours&${query}`)
      expect(`${query} ${status} ${json.extensions?.validationErrors?.[0]?.field.split('.')[0]}`).toBe(
        `${query} 400 ${field}`,
      )
    }
    expect((await get('usage?space=ours&m=nothing')).status).toBe(404)
    expect((await get('usage')).status).toBe(400)
    expect((await get(`cost?space=ours&asof=0197c4a2-7a51-7d3c-8000-00000000a001`)).status).toBe(404)
  })
})
