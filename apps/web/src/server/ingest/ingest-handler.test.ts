import type { EventVerdict } from '@meterbook/core/event'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createIngestRig, type IngestRig } from './testing/ingest-rig.ts'
import { exchange, type RawRequest } from './testing/raw-http.ts'
import { batch, event, receiptWanted, structured } from './testing/vector.ts'

let rig: IngestRig
let original: IngestRig['deps']
beforeAll(async () => {
  rig = await createIngestRig({ limits: { bytesMax: 1024 * 1024, idleMs: 300, totalMs: 1_500 } })
  original = { ...rig.deps }
})
afterEach(() => void Object.assign(rig.deps, original))
afterAll(() => rig?.close())

const send = (request: RawRequest, key = rig.app.key) =>
  exchange(rig.port, { ...request, headers: [['Authorization', `Bearer ${key}`], ...request.headers] })
const receiptOf = ({ body }: { body: string }) => JSON.parse(body)

test('one request of a service key becomes one journal row for each app, and the receipt says which event is where', async () => {
  await rig.newEntries()
  const events = [
    event({ id: '0', app: 'shop' }),
    event({ id: '1', app: rig.otherApp.id }),
    event({ id: '2', app: 'nowhere' }),
    event({ id: '3', app: 'shop' }),
  ]
  const answer = await send(batch(`[${events.join(',')}]`), rig.serviceKey)
  expect(answer.status).toBe(200)
  expect(receiptOf(answer)).toMatchObject({
    taken: 3,
    refused: 1,
    journal: [
      { shard: 0, events: 2 },
      { shard: 1, events: 1 },
    ],
    events: [
      { verdict: 'taken', journal: 0, position: 0 },
      { verdict: 'taken', journal: 1, position: 0 },
      { verdict: 'refused', validationErrors: [{ field: 'app', code: 'forbidden' }] },
      { verdict: 'taken', journal: 0, position: 1 },
    ],
  })
  const entries = await rig.newEntries()
  expect(entries.map(({ appId, body }) => [appId, body])).toEqual([
    [rig.app.id, `[${events[0]},${events[3]}]`],
    [rig.otherApp.id, `[${events[1]}]`],
  ])
})

test('a key that is restricted to types and environments sends nothing else', async () => {
  const key = await rig.insertKey({ eventTypes: ['request'], environments: ['staging'] })
  const allowed = event({ environment: 'staging' })
  expect((await send(structured(allowed), key)).status).toBe(204)
  const other = await send(structured(event({ environment: 'staging', type: 'prompt' })), key)
  expect(other.status).toBe(403)
  expect(receiptOf(other).extensions.validationErrors).toMatchObject([{ field: 'type', code: 'forbidden' }])
  const mixed = await send(batch(`[${allowed},${event()}]`), key)
  expect(receiptOf(mixed).events).toMatchObject([
    { verdict: 'taken' },
    { verdict: 'refused', validationErrors: [{ field: 'environment', code: 'forbidden' }] },
  ])
})

test('waiting brings the final verdicts, and without them the receipt still says that the events are on disk', async () => {
  const asked: { counts: number[]; waitMs: number }[] = []
  const verdicts: EventVerdict[][] = [
    [{ verdict: 'counted' }, { verdict: 'quarantined', reason: 'value-missing', detail: 'no tokens' }],
  ]
  const request = batch(`[${event()},${event({ id: 'e2' })}]`, ['Prefer', 'return=representation, wait=3600'])
  rig.deps.awaitVerdicts = async ({ counts, waitMs }) => {
    asked.push({ counts, waitMs })
    return verdicts
  }
  const answer = await send(request)
  expect(asked).toEqual([{ counts: [2], waitMs: 30_000 }])
  expect(answer.headers['preference-applied']).toBe('return=representation, wait=30')
  expect(receiptOf(answer).events).toEqual([
    { index: 0, verdict: 'counted', journal: 0, position: 0 },
    { index: 1, verdict: 'quarantined', reason: 'value-missing', detail: 'no tokens', journal: 0, position: 1 },
  ])
  for (const awaitVerdicts of [async () => null, () => Promise.reject(new Error('gone'))]) {
    rig.deps.awaitVerdicts = awaitVerdicts
    expect(receiptOf(await send(request)).events).toMatchObject([{ verdict: 'taken' }, { verdict: 'taken' }])
  }
})

test('a backlog that is too old closes the door before the body is read', async () => {
  rig.deps.admit = () => ({ ok: false, status: 429, retryAfterSeconds: 1.2 })
  const answer = await send({
    headers: [
      ['Content-Type', 'application/json'],
      ['Content-Length', '60000'],
    ],
    sendOnly: 0,
  })
  expect(answer.status).toBe(429)
  expect(answer.headers['retry-after']).toBe('2')
})

test('a key store that is away is 503, and a fault of ours 500; neither stores anything or logs a secret or payload', async () => {
  await rig.newEntries()
  rig.logged.length = 0
  const secret = event({ subject: 'payload-4711' })
  rig.deps.authenticate = () =>
    Promise.reject(Object.assign(new Error(`payload-4711 ${rig.app.key}`), { code: 'unavailable' }))
  const away = await send(structured(secret))
  expect(away.status).toBe(503)
  expect(away.headers['retry-after']).toMatch(/^[1-9]/)
  rig.deps.authenticate = original.authenticate
  rig.deps.append = () => Promise.reject(new TypeError(`payload-4711 ${rig.app.key}`))
  const fault = await send(structured(secret))
  expect(fault.status).toBe(500)
  expect(fault.headers['content-type']).toBe('application/problem+json')
  expect(rig.logged).toHaveLength(2)
  const words = JSON.stringify(rig.logged) + away.body + fault.body
  expect(words).not.toContain('payload-4711')
  expect(words).not.toContain(rig.app.key)
  expect(await rig.newEntries()).toEqual([])
})

test('a body that stalls or trickles in is cut off with 408', async () => {
  const headers: [string, string][] = [
    ['Content-Type', 'application/json'],
    ['Content-Length', '500'],
  ]
  const stalled = await send({ headers, body: event(), sendOnly: 10 })
  expect(stalled.status).toBe(408)
  expect(stalled.headers.connection).toBe('close')
  const trickle = await send({ headers, body: ' '.repeat(500), trickleMs: 100 })
  expect(trickle.status).toBe(408)
})

test('a connection is used again after a refusal of a small body, and events keep their order on it', async () => {
  await rig.newEntries()
  const url = `http://127.0.0.1:${rig.port}/api/v1/events`
  for (const [key, status] of [
    ['mbk_x', 401],
    [rig.app.key, 204],
  ] as const) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: event(),
    })
    expect(answer.status).toBe(status)
    await answer.text()
  }
  expect(await rig.newEntries()).toHaveLength(1)
})

test('preferences in any spelling, and unknown ones, do no harm', async () => {
  for (const prefer of ['return="representation"', 'RETURN=representation; x=y, foo', 'wait=0']) {
    expect((await send(structured(event(), ['Prefer', prefer]))).status, prefer).toBe(200)
  }
  for (const prefer of ['return=minimal', 'respond-async', ',,;=']) {
    expect((await send(structured(event(), ['Prefer', prefer]))).status, prefer).toBe(204)
  }
  expect((await send(structured(event(), receiptWanted))).status).toBe(200)
})
