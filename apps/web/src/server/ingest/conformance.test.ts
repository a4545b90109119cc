import { hash } from 'node:crypto'
import { contentDigest, EventReceipt, eventIdentity } from '@meterbook/core/event'
import { formatInstant } from '@meterbook/core/kernel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createIngestRig, type IngestRig, type JournalEntry } from './testing/ingest-rig.ts'
import { exchange, type RawAnswer, type RawRequest } from './testing/raw-http.ts'
import type { Step, Vector } from './testing/vector.ts'
import { ATTRIBUTE_VECTORS } from './vectors/attribute-vectors.ts'
import { BATCH_VECTORS } from './vectors/batch-vectors.ts'
import { DATA_VECTORS, TIME_VECTORS } from './vectors/data-vectors.ts'
import { IDENTITY_VECTORS, type IdentityVector } from './vectors/identity-vectors.ts'
import { LIMIT_VECTORS } from './vectors/limit-vectors.ts'
import { MODE_VECTORS } from './vectors/mode-vectors.ts'

const REQUEST_VECTORS: Vector[] = [
  ...MODE_VECTORS,
  ...ATTRIBUTE_VECTORS,
  ...DATA_VECTORS,
  ...TIME_VECTORS,
  ...BATCH_VECTORS,
  ...LIMIT_VECTORS,
]
/** How many numbered cases each letter of the conformance list has. */
const LIST = { A: 59, B: 40, C: 26, D: 25, E: 22, F: 30, G: 16 }

let rig: IngestRig
beforeAll(async () => {
  rig = await createIngestRig()
})
afterAll(() => rig?.close())

test('every numbered case of the conformance list is tested, each once', () => {
  const expected = Object.entries(LIST).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, i) => `${letter}${i + 1}`),
  )
  const tested = [...REQUEST_VECTORS, ...IDENTITY_VECTORS].map(({ id }) => id)
  expect(tested.toSorted()).toEqual(expected.toSorted())
  expect(REQUEST_VECTORS.every(({ steps }) => steps.length > 0)).toBe(true)
})

describe('CloudEvents over HTTP', () => {
  test.each(REQUEST_VECTORS)('$id $name', async ({ steps }) => {
    for (const step of steps) await take(step)
  })
})

describe('the same event is known again', () => {
  test.each(IDENTITY_VECTORS)('$id $name', async ({ sends, verdicts }) => {
    await rig.newEntries()
    await sendAll(sends)
    const entries = await rig.newEntries()
    expect(entries).toHaveLength(sends.length)
    expect(decide(entries)).toEqual(verdicts)
  })
})

async function take(step: Step): Promise<void> {
  await step.before?.(rig)
  await rig.newEntries()
  const request = typeof step.send === 'function' ? step.send(rig) : step.send
  const answer = await exchange(rig.port, { ...request, headers: [...(await credentials(step)), ...request.headers] })
  await step.after?.(rig)
  const stored = await rig.newEntries()
  expect(answer.status, answer.body).toBe(step.status)
  for (const [name, value] of Object.entries(step.headers ?? {})) expect(answer.headers[name], name).toMatch(value)
  if (step.status >= 400 && !step.isParserAnswer) expectProblem(answer, step)
  if (step.status === 204) expect(answer.body).toBe('')
  if (step.status === 200) expect(() => EventReceipt.parse(JSON.parse(answer.body))).not.toThrow()
  const count = stored.reduce((sum, { events }) => sum + events.length, 0)
  expect(count).toBe(step.stored ?? (step.status === 204 ? 1 : 0))
  if (step.event) expectEvent(stored, step.event)
  step.receipt?.(EventReceipt.parse(JSON.parse(answer.body)))
  step.also?.(answer, stored, rig)
}

async function credentials({ as = 'app' }: Step): Promise<[string, string][]> {
  if (as === 'nobody') return []
  const key = as === 'app' ? rig.app.key : as === 'service' ? rig.serviceKey : await as(rig)
  return [['Authorization', `Bearer ${key}`]]
}

function expectProblem(answer: RawAnswer, { status, errors = [] }: Step): void {
  expect(answer.headers['content-type']).toBe('application/problem+json')
  const problem = JSON.parse(answer.body) as Record<string, unknown>
  expect(problem).toMatchObject({
    type: expect.stringMatching(/\/docs\/errors\/[a-z-]+$/),
    title: expect.stringMatching(/./),
    status,
    detail: expect.stringMatching(/./),
    instance: expect.stringMatching(/^urn:request:./),
  })
  const { validationErrors = [] } = (problem.extensions ?? {}) as {
    validationErrors?: { field: string; code: string }[]
  }
  const found = validationErrors.map(({ field, code }) => [field, code])
  for (const error of errors) expect(found).toContainEqual([...error])
}

function expectEvent(stored: JournalEntry[], { time, ...members }: NonNullable<Step['event']>): void {
  const event = stored.at(-1)?.events.at(-1)
  expect(event).toMatchObject(members)
  if (time !== undefined) expect(event?.time == null ? null : formatInstant(event.time)).toBe(time)
}

async function sendAll(sends: IdentityVector['sends']): Promise<void> {
  const isParallel = sends.length > 100
  const send = async ({ as = 'app', yearsLater = 0, ...request }: (typeof sends)[number]) => {
    rig.clock.now += BigInt(yearsLater) * 31_536_000_000_000n
    const answer = await (isParallel ? throughFetch(request) : exchange(rig.port, withKey(request, rig[as].key)))
    expect(answer.status).toBe(204)
  }
  if (isParallel) await Promise.all(sends.map(send))
  else for (const each of sends) await send(each)
}

function throughFetch({ headers, body }: RawRequest): Promise<Response> {
  return fetch(`http://127.0.0.1:${rig.port}/api/v1/events`, {
    method: 'POST',
    headers: [
      ...headers.map(([name, value]): [string, string] => [name, value]),
      ['Authorization', `Bearer ${rig.app.key}`],
    ],
    body: String(body),
  })
}

function withKey(request: RawRequest, key: string): RawRequest {
  return { ...request, headers: [['Authorization', `Bearer ${key}`], ...request.headers] }
}

/** The rule that the pipeline applies in journal order: the first event of an identity stands. */
function decide(entries: JournalEntry[]): string[] {
  const sha256 = (text: string) => hash('sha256', text)
  const first = new Map<string, string>()
  return entries.flatMap(({ appId, events }) =>
    events.map((event) => {
      const identity = eventIdentity({ app: appId, source: event.source, id: event.id }, sha256)
      const digest = contentDigest({ ...event, app: appId }, sha256)
      const known = first.get(identity)
      if (known === undefined) first.set(identity, digest)
      return known === undefined ? 'counted' : known === digest ? 'duplicate' : 'conflict'
    }),
  )
}
