import { until } from '@meterbook/stack/wait'
import { type Event, HTTPError, OpenMeter } from '@openmeter/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningSystem, startRunningSystem } from './running-system.ts'

/**
 * The cases of our notes on the OpenMeter wire that begin with an event (1–26), from its sending to its sums, by the real client against a running system; and the
 * steps of its quickstart. Case 1 and 4 are in openmeter.test.ts, queries (31–72) and refusals in the tests of the public interface; docs/openmeter.md says where each is.
 */
let system: RunningSystem
beforeAll(async () => {
  system = await startRunningSystem()
})
afterAll(() => system?.stop())

const DAY_MS = 86_400_000
/** Every case has an app of its own or a source of its own: nothing of one is in the sums of another. */
const APPS = ['sprint-radar', 'doc-relay', 'triage-desk', 'billing-sync', 'chart-embed', 'asset-ledger'] as const
const clientOf = (app: (typeof APPS)[number]) => new OpenMeter({ baseUrl: system.url, apiKey: system.keyOf(app) })
/** Freshness as their own suite polls it: each second, ten times. */
const counted = (read: () => Promise<unknown>, value: unknown) =>
  expect.poll(read, { timeout: 10_000, interval: 50 }).toEqual(value)
const rowsOf = async (client: OpenMeter, meter: string, query = {}) =>
  (await client.meters.query(meter, query))?.data ?? []
const valuesOf = async (client: OpenMeter, meter: string, query = {}) =>
  (await rowsOf(client, meter, query)).map(({ value }) => value)

const prompt = (more: Partial<Event>): Event => ({
  ...{ specversion: '1.0', id: crypto.randomUUID(), source: '/cases', type: 'prompt', subject: 'customer-1' },
  ...more,
})

/** What the client has no word for: another content type, or a body that is not an array. */
function post(app: (typeof APPS)[number], contentType: string, body: unknown) {
  return fetch(`${system.url}/api/v1/events`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${system.keyOf(app)}`, 'Content-Type': contentType },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

describe('what is sent', () => {
  test('2, 17: a batch of 1,000 at times over two months is one row with its sum, within their ten seconds', async () => {
    const client = clientOf('sprint-radar')
    const events = Array.from({ length: 1_000 }, (_, number) =>
      prompt({ time: new Date(Date.now() + ((number % 61) - 30) * DAY_MS), data: { tokens: String(number % 100) } }),
    )
    expect(await client.events.ingest(events)).toBeUndefined()
    await counted(() => valuesOf(client, 'tokens_total'), [49_500])
  })

  test('3: application/json takes one event, and an array of them', async () => {
    const client = clientOf('doc-relay')
    const event = () => prompt({ data: { tokens: 100 } })
    expect((await post('doc-relay', 'application/json', event())).status).toBe(204)
    expect((await post('doc-relay', 'application/json', [event(), event()])).status).toBe(204)
    await counted(() => valuesOf(client, 'tokens_total'), [300])
  })

  test.each([
    ['5: XML', { datacontenttype: 'application/xml', data: undefined, data_base64: 'PHhtbC8+' }],
    ['6: a text as data', { data: 'string' }],
    ['6: a list as data', { data: [1] }],
  ])('%s is refused with 400, and the client’s user is told why', async (_, more) => {
    const event = prompt({ data: { tokens: 1 }, ...(more as Partial<Event>) })
    const error = await clientOf('chart-embed')
      .events.ingest(event)
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(HTTPError)
    const { status, title, message } = error as HTTPError
    expect({ status, title }).toEqual({ status: 400, title: 'Bad Request' })
    // 15, 16: with a charset behind the content type their message would end in undefined.
    expect(message).toMatch(/\[400\]: \S/)
    expect(message).not.toContain('undefined')
    expect((error as HTTPError).getField('extensions')).toMatchObject({
      validationErrors: [{ code: expect.any(String) }],
    })
  })

  test.each([
    ['no type', { type: undefined }],
    ['an empty id', { id: '' }],
    ['another version', { specversion: '0.3' }],
  ])('%s, which the client would fill in, is refused with a problem that it can read', async (_, more) => {
    const event = { ...prompt({ data: { tokens: 1 } }), ...more }
    const answer = await post('chart-embed', 'application/cloudevents+json', event)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/problem+json'])
  })

  test('9, 10, 11: nothing to send is 204, and a parameter on the content type is no reason to refuse', async () => {
    const client = clientOf('chart-embed')
    expect(await client.events.ingest([])).toBeUndefined()
    expect((await post('chart-embed', 'application/json', [])).status).toBe(204)
    const event = prompt({ data: { tokens: 1 } })
    const answer = await post('chart-embed', 'application/cloudevents-batch+json; charset=utf-8', [event])
    expect(answer.status).toBe(204)
    await counted(() => valuesOf(client, 'tokens_total'), [1])
    expect((await post('chart-embed', 'text/plain', 'hello')).status).toBe(415)
  })

  test('8, 12, 13: id, source and time are filled in; no subject and no time are no fault', async () => {
    const client = clientOf('asset-ledger')
    const before = Date.now()
    await client.events.ingest({ type: 'request', subject: 'filled-in', data: {} })
    const { subject: _, ...nobody } = prompt({ type: 'request', data: {} })
    for (const time of [undefined, null]) {
      const event = { ...nobody, id: `at-receipt-${time}`, time }
      expect((await post('asset-ledger', 'application/cloudevents+json', event)).status).toBe(204)
    }
    await counted(() => valuesOf(client, 'requests'), [3])
    const [filled] = (await client.events.list({ subject: 'filled-in' })) ?? []
    expect(filled?.event).toMatchObject({ source: '@openmeter/sdk', specversion: '1.0', time: expect.any(Date) })
    expect(filled?.event.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    for (const id of ['at-receipt-undefined', 'at-receipt-null']) {
      const [found] = (await client.events.list({ id })) ?? []
      expect(found?.event.time).toEqual(found?.ingestedAt)
      expect(Number(found?.event.time)).toBeGreaterThanOrEqual(before)
    }
  })

  test('14: a receipt that is asked for reaches the caller, with its times as dates', async () => {
    const headers = { Prefer: 'return=representation, wait=10' }
    const client = new OpenMeter({ baseUrl: system.url, apiKey: system.keyOf('asset-ledger'), headers })
    const receipt = await client.events.ingest(prompt({ type: 'connections', data: { open: 3, region: 'eu' } }))
    expect(receipt).toMatchObject({
      ...{ receivedAt: expect.any(Date), taken: 1, refused: 0 },
      events: [{ verdict: 'counted' }],
    })
  })
})

describe('values', () => {
  const VALUES: [data: Event['data'], error: string | undefined][] = [
    [null, 'invalid event: null and missing value property'],
    [undefined, 'invalid event: null and missing value property'],
    [{}, 'invalid event: missing value property: "$.tokens"'],
    [{ tokens: 'NaN' }, 'invalid event: value cannot be NaN'],
    [{ tokens: 'Inf' }, 'invalid event: value cannot be infinity'],
    [{ tokens: null } as unknown as Event['data'], 'invalid event: value cannot be null'],
    [{ tokens: 'not a number' }, 'invalid event: value cannot be parsed as float64: not a number'],
    [{ tokens: '100' }, undefined],
  ]

  test('7, 18, 19, 20, 21: what cannot be counted is taken and listed with its reason, newest first; the rest is summed', async () => {
    const client = clientOf('triage-desk')
    const began = Date.now() - 60_000
    for (const [index, [data]] of VALUES.entries())
      expect(
        await client.events.ingest(prompt({ subject: 'values', time: new Date(began + index), data })),
      ).toBeUndefined()
    await client.events.ingest(
      prompt({ subject: 'values', type: 'nobody.measures', time: new Date(began + VALUES.length), data: {} }),
    )
    await counted(() => valuesOf(client, 'tokens_total'), [100])
    const wanted = [...VALUES.map(([, error]) => error), 'no meter found for event type: nobody.measures'].reverse()
    expect(
      await until(async () => (await client.events.list({ subject: 'values' }))?.length === wanted.length, {
        withinMs: 10_000,
        everyMs: 50,
      }),
    ).toBe(true)
    const items = (await client.events.list({ subject: 'values' })) ?? []
    expect(items.map(({ validationError }) => validationError)).toEqual(wanted)
  })

  test('24, 26: old times may be asked for, and an id is found by any part of it, as it is written', async () => {
    const client = clientOf('triage-desk')
    for (const id of ['xaby', 'AB', 'a-b'])
      await client.events.ingest(prompt({ id, source: '/parts', type: 'request', subject: 'parts', data: {} }))
    await counted(() => valuesOf(client, 'requests'), [3])
    const found = (await client.events.list({ id: 'ab', subject: 'parts' })) ?? []
    expect(found.map(({ event }) => event.id)).toEqual(['xaby'])
    const from = new Date(Date.now() - 33 * DAY_MS)
    expect((await client.events.list({ subject: 'parts', from }))?.length).toBe(3)
  })
})

test('the steps of their quickstart work as written: ingest two, the same once more, list, query by hour and subject', async () => {
  const openmeter = new OpenMeter({ baseUrl: system.url, apiKey: system.keyOf('billing-sync') })
  const event = (id: string, time: string, route: string): Event => ({
    specversion: '1.0',
    type: 'request',
    id,
    time: new Date(time),
    source: 'service-0',
    subject: 'customer-1',
    data: { method: 'GET', route },
  })
  await openmeter.events.ingest(event('00001', '2026-11-01T00:00:00.001Z', '/hello'))
  await openmeter.events.ingest(event('00002', '2026-11-01T00:00:00.001Z', '/hello'))
  await openmeter.events.ingest(event('00002', '2026-11-01T00:00:00.001Z', '/hello'))
  await openmeter.events.ingest(event('00003', '2026-11-01T00:00:00.001Z', '/world'))
  await counted(() => valuesOf(openmeter, 'requests', { windowSize: 'HOUR' }), [3])

  const meter = await openmeter.meters.get('requests')
  expect(meter).toMatchObject({ slug: 'requests', aggregation: 'COUNT', eventType: 'request' })
  const window = { windowStart: new Date('2026-11-01T00:00:00Z'), windowEnd: new Date('2026-11-01T01:00:00Z') }
  const usage = await openmeter.meters.query('requests', {
    ...{ windowSize: 'HOUR', groupBy: ['method', 'route'], subject: ['customer-1'] },
    ...{ from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-11-02T00:00:00Z') },
  })
  expect(usage?.data).toMatchObject([
    { ...window, value: 2, subject: 'customer-1', groupBy: { method: 'GET', route: '/hello' } },
    { ...window, value: 1, subject: 'customer-1', groupBy: { method: 'GET', route: '/world' } },
  ])
  const listed = (await openmeter.events.list({ subject: 'customer-1', from: new Date('2026-11-01T00:00:00Z') })) ?? []
  expect([...new Set(listed.map(({ event: { id } }) => id))].sort()).toEqual(['00001', '00002', '00003'])
})
