import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from 'cloudevents'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTotal } from './read-total.ts'
import { type RunningSystem, startRunningSystem } from './running-system.ts'

/** The real npm package of the CloudEvents project, with its own HTTP transport. */
let system: RunningSystem
const COUNTED_WITHIN_MS = 30_000

beforeAll(async () => {
  system = await startRunningSystem()
})
afterAll(() => system?.stop())

test.each([
  ['structured', Mode.STRUCTURED, 'sprint-radar'],
  ['binary', Mode.BINARY, 'doc-relay'],
] as const)('what the cloudevents SDK emits in %s mode is accepted and counted', async (_name, mode, app) => {
  const key = system.keyOf(app)
  const emit = emitterFor(httpTransport(new URL('/api/v1/events', system.url)), { binding: HTTP, mode })
  for (let number = 1; number <= 5; number++) {
    const event = new CloudEvent({
      type: 'prompt',
      source: '//shop.example/checkout',
      subject: 'customer-1',
      environment: 'staging',
      data: { tokens: number * 10, model: 'plover', type: 'output', note: 'grüße 🦊' },
    })
    expect(await emit(event, { headers: { authorization: `Bearer ${key}` } })).toMatchObject({ body: '' })
  }
  await expect
    .poll(() => readTotal({ url: system.url, key, meter: 'tokens_total' }), {
      timeout: COUNTED_WITHIN_MS,
      interval: 50,
    })
    .toBe(150)
})

test('one event sent by the SDK in both modes is one event', async () => {
  const key = system.keyOf('triage-desk')
  const transport = httpTransport(new URL('/api/v1/events', system.url))
  const first = new CloudEvent({
    id: 'both-ways',
    type: 'request',
    source: '/shop',
    data: { method: 'GET', route: '/cart' },
  })
  const headers = { authorization: `Bearer ${key}` }
  await emitterFor(transport, { binding: HTTP, mode: Mode.BINARY })(first, { headers })
  await emitterFor(transport, { binding: HTTP, mode: Mode.STRUCTURED })(first, { headers })
  await emitterFor(transport, { binding: HTTP, mode: Mode.STRUCTURED })(first.cloneWith({ id: 'the last' }), {
    headers,
  })
  await expect
    .poll(() => readTotal({ url: system.url, key, meter: 'requests' }), { timeout: COUNTED_WITHIN_MS, interval: 50 })
    .toBe(2)
})
