import { TEST_INSTALLATION } from '@meterbook/core/event'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createIngestRig, type IngestRig } from './testing/ingest-rig.ts'
import { exchange, type RawRequest } from './testing/raw-http.ts'
import { batch, event, structured } from './testing/vector.ts'

let rig: IngestRig
let original: IngestRig['deps']
beforeAll(async () => {
  rig = await createIngestRig({ limits: { bytesMax: 1024 * 1024, idleMs: 5_000, totalMs: 10_000 } })
  original = { ...rig.deps }
})
afterEach(() => void Object.assign(rig.deps, original))
afterAll(() => rig?.close())

const send = (request: RawRequest, key = rig.app.key) =>
  exchange(rig.port, { ...request, headers: [['Authorization', `Bearer ${key}`], ...request.headers] })
const bodyOf = ({ body }: { body: string }) => JSON.parse(body)

describe('what is outside the scope of a key', () => {
  test('is refused with 403, saying what was expected and what was found, and nothing of it is stored', async () => {
    await rig.newEntries()
    const key = await rig.insertKey({ eventTypes: ['request', 'prompt'], environments: ['staging'] })
    const type = await send(structured(event({ environment: 'staging', type: 'sign"in' })), key)
    expect(type.status).toBe(403)
    expect(type.headers['content-type']).toBe('application/problem+json')
    expect(bodyOf(type).detail).toContain('expected the type "request", "prompt"')
    expect(bodyOf(type).detail).toContain('found "sign\\"in"')
    const environment = await send(structured(event({ type: 'prompt' })), key)
    expect(environment.status).toBe(403)
    expect(bodyOf(environment).detail).toContain('expected the environment "staging"')
    expect(bodyOf(environment).detail).toContain('found "production"')
    const app = await send(structured(event({ app: 'blog' })), key)
    expect(app.status).toBe(403)
    expect(bodyOf(app).detail).toContain('shop')
    const reading = await send(structured(event()), await rig.insertKey({ scopes: ['usage:read'] }))
    expect(reading.status).toBe(403)
    expect(bodyOf(reading).detail).toBe('expected a key with the right events:write, found usage:read')
    expect(await rig.newEntries()).toEqual([])
  })

  test('in a part of a batch is refused event by event, and the rest is taken; a batch of nothing else is 403', async () => {
    await rig.newEntries()
    const key = await rig.insertKey({ eventTypes: ['request'] })
    const [inside, outside] = [event(), event({ id: 'e2', type: 'prompt' })]
    const mixed = await send(batch(`[${outside},${inside}]`), key)
    expect(mixed.status).toBe(200)
    expect(bodyOf(mixed).events).toMatchObject([
      { verdict: 'refused', validationErrors: [{ field: 'type', code: 'forbidden' }] },
      { verdict: 'taken' },
    ])
    const none = await send(batch(`[${outside},${outside}]`), key)
    expect(none.status).toBe(403)
    expect(bodyOf(none).extensions.validationErrors).toMatchObject([
      { index: 0, field: 'type', code: 'forbidden' },
      { index: 1, field: 'type', code: 'forbidden' },
    ])
    expect((await send(batch(`[${outside},{}]`), key)).status).toBe(400)
    expect((await rig.newEntries()).map(({ body }) => body)).toEqual([`[${inside}]`])
  })

  test('cannot become free by calling itself a test: only a key for tests may, and it may send nothing else', async () => {
    await rig.newEntries()
    const testKey = await rig.insertKey({ scopes: ['events:test'] })
    const flagged = event({ installation: TEST_INSTALLATION })
    const free = await send(structured(flagged))
    expect(free.status).toBe(403)
    expect(bodyOf(free).detail).toContain('events:test')
    expect((await send(structured(flagged), rig.serviceKey)).status).toBe(400)
    const forAny = event({ installation: TEST_INSTALLATION, app: 'shop' })
    expect((await send(structured(forAny), rig.serviceKey)).status).toBe(403)
    const real = await send(structured(event()), testKey)
    expect(real.status).toBe(403)
    expect(bodyOf(real).detail).toContain(`expected the installation ${TEST_INSTALLATION}, found none`)
    expect((await send(structured(flagged), testKey)).status).toBe(204)
    expect((await rig.newEntries()).map(({ events }) => events[0]?.installation)).toEqual([TEST_INSTALLATION])
  })
})

describe('a key’s own limits', () => {
  test('in events: what is over is 429 with when to come again, is not stored, and is not held against the key', async () => {
    await rig.newEntries()
    const key = await rig.insertKey({ eventsPerSecond: 1 })
    const many = (count: number) => batch(`[${Array.from({ length: count }, () => event()).join(',')}]`)
    const taken = await send(many(40), key)
    expect(taken.status).toBe(204)
    expect(taken.headers['ratelimit-policy']).toBe('"events";q=60;w=60')
    expect(taken.headers.ratelimit).toMatch(/^"events";r=20;t=\d+$/)
    const over = await send(many(21), key)
    expect(over.status).toBe(429)
    expect(bodyOf(over).detail).toContain('at most 60 events a minute')
    expect(Number(over.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect((await send(many(20), key)).status).toBe(204)
    expect((await send(many(1))).status).toBe(204)
    expect((await rig.newEntries()).map(({ events }) => events.length)).toEqual([40, 20, 1])
  })

  test('in requests: counted before the body is read', async () => {
    const key = await rig.insertKey({ requestsPerSecond: 1 })
    const small = () => send(structured(event()), key)
    const answers = await Promise.all(Array.from({ length: 60 }, small))
    expect(answers.every(({ status }) => status === 204)).toBe(true)
    const over = await send(
      {
        headers: [
          ['Content-Type', 'application/json'],
          ['Content-Length', '60000'],
        ],
        sendOnly: 0,
      },
      key,
    )
    expect(over.status).toBe(429)
    expect(over.headers['ratelimit-policy']).toBe('"requests";q=60;w=60')
    expect(bodyOf(over).detail).toContain('at most 60 requests a minute')
  })
})

test('a key that is revoked while its body trickles in does not send it', async () => {
  await rig.newEntries()
  const key = await rig.insertKey({})
  const body = event()
  let tellLetIn = () => {}
  const isLetIn = new Promise<void>((resolve) => {
    tellLetIn = resolve
  })
  rig.deps.authenticate = async (secret) => {
    const holder = await original.authenticate(secret)
    tellLetIn()
    return holder
  }
  const slow = send({ headers: [['Content-Type', 'application/json']], body, trickleMs: 25 }, key)
  await isLetIn
  await rig.pool.query('UPDATE ingest_key SET revoked_at = now() WHERE prefix = $1', [key.split('_')[1]])
  expect((await slow).status).toBe(401)
  expect(await rig.newEntries()).toEqual([])
})
