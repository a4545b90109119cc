import { randomUUID } from 'node:crypto'
import type { KeyHolder } from '@meterbook/core/event'
import { appendCorrection, listMeters } from '@meterbook/db/postgres'
import { OpenMeter } from '@openmeter/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEventsTestDatabase, type EventsTestDatabase } from '../events/events-test-database.ts'
import { createApiHandler } from './create-api-handler.ts'
import { serveOnTestPort } from './serve-handler-on-test-port.ts'

const NOW = '2026-07-02T12:00:00Z'
const RECEIVED = BigInt(Date.parse('2026-07-01T12:00:05Z')) * 1000n
const prompt = (id: string, data: object | null, more: object = {}) => ({
  specversion: '1.0',
  id,
  source: '/a/b',
  type: 'prompt',
  subject: 'ann',
  time: '2026-07-01T12:00:00Z',
  data,
  ...more,
})

let database: EventsTestDatabase
let origin = ''
let stop: () => Promise<void> = async () => {}
beforeAll(async () => {
  database = await createEventsTestDatabase()
  const { pool, clickhouse, ids } = database
  const holder = (more: Partial<KeyHolder>): KeyHolder => ({
    keyId: 'k',
    kind: 'ingest',
    app: null,
    scopes: ['events:write'],
    eventTypes: null,
    environments: null,
    eventsPerSecond: null,
    requestsPerSecond: null,
    ...more,
  })
  const keys = new Map<string, KeyHolder>([
    ['one', holder({ app: { id: ids.one, slug: 'one', shard: 1 } })],
    ['far', holder({ app: { id: ids.far, slug: 'far', shard: 1 } })],
    ['staging', holder({ app: { id: ids.one, slug: 'one', shard: 1 }, environments: ['staging'] })],
    ['platform', holder({ kind: 'service', scopes: ['usage:read'] })],
    ['sender', holder({ kind: 'service' })],
  ])
  const failures: unknown[] = []
  const handle = createApiHandler({
    authenticate: async (key) => keys.get(key) ?? null,
    people: { personOf: async () => null, spaceAccess: async () => null },
    meters: { listMeters: () => listMeters(pool) },
    clickhouse,
    pool,
    log: { error: (context) => failures.push(context.err) },
    now: () => BigInt(Date.parse(NOW)) * 1000n,
  })
  const server = await serveOnTestPort(handle)
  origin = server.origin
  stop = async () => {
    await server.close()
    await database.drop()
    expect(failures).toEqual([])
  }
})
afterAll(() => stop())

interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of the body member by member
  json: any
  text: string
  link: string | null
}

async function get(path: string, key = 'one'): Promise<Answer> {
  const answer = await fetch(`${origin}${path}`, { headers: { authorization: `Bearer ${key}` } })
  const text = await answer.text()
  return { status: answer.status, json: JSON.parse(text), text, link: answer.headers.get('link') }
}
const life = (id: string, key = 'one', search = '') =>
  get(`/api/v1/events/${encodeURIComponent('/a/b')}/${encodeURIComponent(id)}${search}`, key)

describe('the life of one event', () => {
  it('tells from receipt to window what a counted event became, and by which facts', async () => {
    const text =
      '{"specversion":"1.0","id":"whole","source":"/a/b","type":"prompt","time":"2026-07-01T12:00:00Z","data":{"tokens":0.10000000000000000001}}'
    const number = await database.journal('one', [text], RECEIVED)
    await database.project()
    const { status, json } = await life('whole')
    expect(status).toBe(200)
    expect(json).toMatchObject({
      app: { id: database.ids.one, slug: 'one' },
      state: 'counted',
      content: text,
      received: {
        at: '2026-07-01T12:00:05Z',
        key: { kind: 'ingest', name: 'The test key', prefix: database.keyPrefix },
        journal: { shard: 1, number: number.toString(), position: 0, events: 1 },
      },
      attribution: {
        space: { slug: 'ours' },
        ownership: { spaceId: database.ids.ours, from: '2020-01-01T00:00:00Z', to: null },
        isExempt: false,
        entitlements: [{ meter: 'tokens', capability: 'tokens', from: '2020-01-01T00:00:00Z', to: null }],
      },
      usage: [
        {
          meter: 'tokens',
          meterVersion: 1,
          base: '0.10000000000000000001',
          quantity: '0.10000000000000000001',
          unit: 'tokens unit',
        },
      ],
      secondsLate: '5',
      repeats: { count: 0, named: [] },
      acts: [],
    })
    expect(json.received.journal.digest).toMatch(/^[0-9a-f]{64}$/)
    expect(json.windows).toEqual([
      expect.objectContaining({
        size: 'minute',
        start: '2026-07-01T12:00:00Z',
        end: '2026-07-01T12:01:00Z',
        state: 'settling',
        stateAtReceipt: 'open',
      }),
      expect.objectContaining({ size: 'hour', start: '2026-07-01T12:00:00Z', end: '2026-07-01T13:00:00Z' }),
      expect.objectContaining({ size: 'day', start: '2026-07-01T00:00:00Z', end: '2026-07-02T00:00:00Z' }),
      expect.objectContaining({
        size: 'month',
        start: '2026-07-01T00:00:00Z',
        end: '2026-08-01T00:00:00Z',
        state: 'open',
      }),
    ])
  })

  it('names what is wrong with a held one and the next step, and its repetitions with their places', async () => {
    const first = await database.journal(
      'one',
      [prompt('held', {}), prompt('held', {}, { time: '2026-07-01T12:00:09Z' })],
      RECEIVED,
    )
    const second = await database.journal('one', [prompt('held', { tokens: 1 })], RECEIVED)
    await database.project()
    const { json } = await life('held')
    expect(json).toMatchObject({
      state: 'quarantined',
      verdict: { reason: 'value_missing', detail: 'tokens: expected a number at $.tokens, found none' },
      usage: [],
      repeats: { count: 2 },
    })
    expect(json.verdict.cure).toContain('Edit a copy')
    expect(
      json.repeats.named.map((repeat: { verdict: string; journal: object }) => [repeat.verdict, repeat.journal]),
    ).toEqual([
      ['conflict', { shard: 1, number: second.toString(), position: 0 }],
      ['duplicate', { shard: 1, number: first.toString(), position: 1 }],
    ])
  })

  it('shows every act upon it: who, why, when, and what it was before and after', async () => {
    const number = await database.journal('one', [prompt('acted', { tokens: 7 })], RECEIVED)
    await database.project()
    const event = JSON.stringify(prompt('acted', { tokens: 9 }))
    const act = (name: 'amend' | 'cancel', target: object) =>
      appendCorrection(database.pool, {
        request: {
          id: randomUUID(),
          act: name,
          app: { id: database.ids.one, shard: 1 },
          actor: { id: 'p', name: 'Pat' },
          reason: `to ${name}`,
          filter: {},
          targets: [{ batch: number, pos: 0, ...target }],
        },
        receivedAt: RECEIVED,
      })
    const amended = await act('amend', { event })
    const cancelled = await act('cancel', {})
    await database.project()
    const { json } = await life('acted')
    expect(json.state).toBe('cancelled')
    expect(json.content).toBe(event)
    expect(json.acts).toMatchObject([
      {
        act: 'amend',
        correctionId: amended.id,
        actor: 'Pat',
        reason: 'to amend',
        at: '2026-07-01T12:00:05Z',
        before: { verdict: 'counted', space: 'ours', usage: [{ meter: 'tokens', quantity: '7' }] },
        after: { verdict: 'counted', usage: [{ meter: 'tokens', quantity: '9' }] },
      },
      {
        act: 'cancel',
        correctionId: cancelled.id,
        before: { verdict: 'counted', usage: [{ meter: 'tokens', quantity: '9' }] },
        after: { verdict: 'cancelled', usage: [] },
      },
    ])
  })

  it('is known as taken before its turn has come, with what waits before it', async () => {
    await database.journal('one', [prompt('before', { tokens: 1 })])
    await database.journal('one', [prompt('other', { tokens: 1 }), prompt('waiting', { tokens: 1 })])
    const { status, json } = await life('waiting')
    expect([status, json.state, json.waiting.rowsBefore, json.received.journal.position]).toEqual([
      200,
      'taken',
      '1',
      1,
    ])
    expect(JSON.parse(json.content)).toEqual(prompt('waiting', { tokens: 1 }))
    expect((await life('waiting', 'far')).status).toBe(404)
    await database.project()
    expect((await life('waiting')).json.state).toBe('counted')
  })

  it('is not found for another app, another environment, or a key that may not read', async () => {
    await database.journal('far', [prompt('theirs', { tokens: 1 })])
    await database.project()
    expect((await life('theirs', 'far')).status).toBe(200)
    for (const [id, key] of [
      ['theirs', 'one'],
      ['nothing', 'one'],
      ['whole', 'staging'],
    ] as const) {
      const { status, json } = await life(id, key)
      expect([status, json.detail]).toEqual([404, 'event not found: no event of this source and id was taken'])
    }
    expect((await life('whole', 'sender')).status).toBe(403)
    expect((await life('whole', 'nobody')).status).toBe(401)
  })

  it('a platform service names the app, or is told which apps have that event', async () => {
    await database.journal('far', [prompt('whole', { tokens: 3 })])
    await database.project()
    expect((await life('whole', 'platform')).json.detail).toMatch(/named by app=.* one of far, one/)
    expect((await life('whole', 'platform', '?app=far')).json.usage[0].quantity).toBe('3')
    expect((await life('whole', 'platform', `?app=${database.ids.one}`)).json.app.slug).toBe('one')
    expect((await life('theirs', 'platform')).json.app.slug).toBe('far')
    expect((await life('theirs', 'platform', '?app=none')).status).toBe(404)
    expect((await life('whole', 'one', '?app=far')).status).toBe(404)
  })

  it('takes any source and id: slashes, quotes, percent signs, and what is no UTF-8 is refused', async () => {
    const source = "https://x.example/a b?c=%2F&d='); DROP TABLE event_index --"
    const id = '100% {id:String} ünïcödé \\ " /'
    await database.journal('one', [prompt(id, { tokens: 1 }, { source })])
    await database.project()
    const { status, json } = await get(`/api/v1/events/${encodeURIComponent(source)}/${encodeURIComponent(id)}`)
    expect([status, json.source, json.id]).toEqual([200, source, id])
    expect((await get('/api/v1/events/%ff/x')).status).toBe(400)
    expect((await get('/api/v1/events/a/b/c')).status).toBe(404)
  })
})

describe('the list of events', () => {
  const list = (search: string, key = 'one') => get(`/api/v1/events?${search}`, key)

  it('gives newest first, each with its verdict, and in OpenMeter’s words why it was not counted', async () => {
    const at = (second: number) => ({ subject: 'listed', time: `2026-07-01T10:00:0${second}Z` })
    await database.journal('one', [
      prompt('l0', null, at(0)),
      prompt('l1', {}, at(1)),
      prompt('l2', { tokens: 'NaN' }, at(2)),
      prompt('l3', { tokens: 'Inf' }, at(3)),
      prompt('l4', { tokens: null }, at(4)),
      prompt('l5', { tokens: 'not a number' }, at(5)),
      `{"specversion":"1.0","id":"l6","source":"/a/b","type":"prompt","subject":"listed","time":"2026-07-01T10:00:06Z","data":{"tokens":"100","n":12345678901234567890}}`,
      prompt('l7', { tokens: 1 }, { ...at(7), type: 'nobody.measures' }),
    ])
    await database.project()
    const { json, text } = await list('subject=listed')
    expect(
      json.map((item: { event: { id: string }; verdict: string; validationError?: string }) => [
        item.event.id,
        item.verdict,
        item.validationError,
      ]),
    ).toEqual([
      ['l7', 'quarantined', 'no meter found for event type: nobody.measures'],
      ['l6', 'counted', undefined],
      ['l5', 'quarantined', 'invalid event: value cannot be parsed as float64: not a number'],
      ['l4', 'quarantined', 'invalid event: value cannot be null'],
      ['l3', 'quarantined', 'invalid event: value cannot be infinity'],
      ['l2', 'quarantined', 'invalid event: value cannot be NaN'],
      ['l1', 'quarantined', 'invalid event: missing value property: "$.tokens"'],
      ['l0', 'quarantined', 'invalid event: null and missing value property'],
    ])
    expect(text).toContain('"n":12345678901234567890')
    expect(json[1].event).toMatchObject({
      specversion: '1.0',
      type: 'prompt',
      subject: 'listed',
      time: '2026-07-01T10:00:06Z',
      datacontenttype: 'application/json',
    })
    expect(json[7].event).not.toHaveProperty('data')
  })

  it('pages without a gap or a repetition, though all happened at once and more arrive meanwhile', async () => {
    const all = Array.from({ length: 25 }, (_, index) => prompt(`p${index}`, { tokens: 1 }, { subject: 'paged' }))
    await database.journal('one', all)
    await database.project()
    const seen: string[] = []
    let path: string | null = '/api/v1/events?subject=paged&limit=10&from=2026-06-01T00:00:00Z'
    const sizes: number[] = []
    while (path !== null) {
      const { json, link } = await get(path)
      sizes.push(json.length)
      seen.push(...json.map((item: { event: { id: string } }) => item.event.id))
      if (sizes.length === 1) {
        await database.journal('one', [
          prompt('newer', { tokens: 1 }, { subject: 'paged', time: '2026-07-01T13:00:00Z' }),
        ])
        await database.project()
      }
      path = /^<([^>]+)>; rel="next"$/.exec(link ?? '')?.[1] ?? null
    }
    expect(sizes).toEqual([10, 10, 5])
    expect([...seen].sort()).toEqual(all.map(({ id }) => id).sort())
  })

  it('shows a key its own app’s events, and a platform service the app it names', async () => {
    expect((await list('id=theirs')).json).toEqual([])
    expect((await list('id=theirs', 'far')).json).toHaveLength(1)
    expect((await list('id=theirs', 'platform')).json).toHaveLength(1)
    expect((await list('id=theirs&app=one', 'platform')).json).toEqual([])
    expect((await list('', 'staging')).json).toEqual([])
    expect((await list('app=far')).status).toBe(404)
    expect((await list('', 'sender')).status).toBe(403)
  })

  it('is what the OpenMeter client lists, with its times as dates', async () => {
    const client = new OpenMeter({ baseUrl: origin, apiKey: 'one' })
    const items = await client.events.list({ subject: 'listed', limit: 2, from: new Date('2026-07-01T00:00:00Z') })
    expect(items).toMatchObject([
      {
        event: { id: 'l7', time: new Date('2026-07-01T10:00:07Z') },
        validationError: 'no meter found for event type: nobody.measures',
      },
      { event: { id: 'l6', data: { tokens: '100' } }, ingestedAt: expect.any(Date), storedAt: expect.any(Date) },
    ])
    await expect(client.events.list({ limit: 101 })).rejects.toMatchObject({ status: 400 })
  })

  it('holds its bounds: from inclusive, to exclusive, id by any part of it, limits refused in words', async () => {
    const ids = async (search: string) =>
      (await list(search)).json.map((item: { event: { id: string } }) => item.event.id)
    expect(await ids('subject=listed&from=2026-07-01T10:00:02Z&to=2026-07-01T10:00:04Z')).toEqual(['l3', 'l2'])
    expect(await ids('id=l1')).toEqual(['l1'])
    expect(await ids('id=L1')).toEqual([])
    for (const search of [
      'limit=0',
      'limit=101',
      'from=yesterday',
      'cursor=%%%',
      'cursor=AAAA',
      'from=2026-07-02T00:00:00Z&to=2026-07-01T00:00:00Z',
      'customerId=x',
    ]) {
      expect((await list(search)).status, search).toBe(400)
    }
  })
})

describe('the trace of one event', () => {
  it('leads from its receipt to the rollups, under the id that the event brought, or one that stays', async () => {
    const given = '4bf92f3577b34da6a3ce929d0e0e4736'
    const traceparent = `00-${given}-00f067aa0ba902b7-01`
    const received = BigInt(Date.now()) * 1000n
    const sent = [
      prompt('traced', { tokens: 1 }, { traceparent }),
      prompt('untraced', { tokens: 1 }),
      prompt('mistraced', { tokens: 1 }, { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }),
    ]
    await database.journal('one', sent, received)
    await database.project()
    const traces = await Promise.all(sent.map(async ({ id }) => (await life(id)).json.trace))
    expect(traces.map(({ isGiven }) => isGiven)).toEqual([true, false, false])
    expect(traces[0].id).toBe(given)
    for (const { id } of traces) expect(id).toMatch(/^[0-9a-f]{32}$/)
    expect(new Set(traces.map(({ id }) => id)).size).toBe(3)
    expect((await life('untraced')).json.trace).toEqual(traces[1])
    const [{ steps }] = traces
    // The fixture projects by itself and notes no more.
    expect(steps.map(({ step }: { step: string }) => step)).toEqual(['received', 'projection begun', 'in rollups'])
    expect(steps[0].seconds).toBe(0)
    const times = steps.map(({ at }: { at: string }) => Date.parse(at))
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(steps[2].seconds).toBeGreaterThan(0)
  })
})

describe('what is not known yet', () => {
  it('is never called unknown while it may be among what waits', async () => {
    await Promise.all(
      Array.from({ length: 501 }, (_, index) => database.journal('far', [prompt(`w${index}`, { tokens: 1 })])),
    )
    const answer = await life('not among the first', 'far')
    expect(answer.status).toBe(503)
    expect(answer.json.detail).toContain('501 journal rows wait')
    expect((await life('w1', 'far')).json.state).toBe('taken')
    // Another app of the same shard has nothing waiting: there it can be told.
    expect((await life('not among the first')).status).toBe(404)
  })

  it('while the projections are being rebuilt is taken, and has its turn again', async () => {
    await database.clickhouse.command({ query: 'TRUNCATE TABLE event_index' })
    await database.pool.query('UPDATE projection_progress SET replay_through = through, through = 0')
    const { status, json } = await life('whole')
    expect([status, json.state, json.waiting]).toEqual([200, 'taken', { rowsBefore: '0', isRebuilding: true }])
  })
})
