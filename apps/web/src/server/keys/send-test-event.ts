import { randomUUID } from 'node:crypto'
import { type KeyHolder, TEST_INSTALLATION, TEST_WRITE_SCOPE } from '@meterbook/core/event'
import { appendAudit, inTransaction, type Pool, portalTestKey } from '@meterbook/db/postgres'
import { z } from 'zod'
import type { FieldError } from '../http/problem.ts'
import { testDoor } from '../ingest/test-door.ts'
import type { KeyActor } from './manage-keys.ts'

const DATA_LENGTH_MAX = 60_000
/** Test events have an environment of their own as well, so that nobody looking at production sees them. */
const TEST_ENVIRONMENT = 'test'
const TEST_SOURCE = '/meterbook/portal'
/** For people who press a button; a program has a key. */
const EVENTS_PER_SECOND = 5

export const TestEventInput = z.object({
  type: z.string().min(1).max(200),
  subject: z.string().max(200).default(''),
  /** As typed: numbers keep every digit. */
  data: z.string().max(DATA_LENGTH_MAX),
})

export type SentTest = { ok: true; source: string; id: string } | { ok: false; detail: string; errors: FieldError[] }

/**
 * Sends one event for an app by the way of all events, flagged as a test: measured, held or refused as any other, shown at cost 0 and never
 * billed. `ok: false`: the door did not take it, and says why.
 */
export async function sendTestEvent(
  pool: Pool,
  input: {
    app: { id: string; slug: string; shard: number }
    spaceId: string
    event: z.output<typeof TestEventInput>
    actor: KeyActor
  },
): Promise<SentTest> {
  const { event } = input
  const data = event.data.trim() === '' ? 'null' : event.data
  const fault = faultOfData(data)
  if (fault !== null) return { ok: false, detail: `data: ${fault.message}`, errors: [fault] }
  const door = testDoor()
  if (door === null) throw new Error('expected a process that takes events')
  const id = `test-${randomUUID()}`
  const head = {
    specversion: '1.0',
    id,
    source: TEST_SOURCE,
    type: event.type,
    ...(event.subject !== '' && { subject: event.subject }),
    time: new Date().toISOString(),
    environment: TEST_ENVIRONMENT,
    installation: TEST_INSTALLATION,
  }
  // The text as typed, because a double would not keep its digits.
  const text = `${JSON.stringify(head).slice(0, -1)},"data":${data}}`
  const answer = await door({ text, key: await holderOf(pool, input) })
  if (answer.ok) return { ok: true, source: TEST_SOURCE, id }
  const { detail, validationErrors = [] } = answer.problem
  return { ok: false, detail, errors: [...validationErrors] }
}

/** It must be JSON by itself: then it cannot end its member and begin another. */
function faultOfData(data: string): FieldError | null {
  try {
    JSON.parse(data)
    return null
  } catch (error) {
    const found = error instanceof SyntaxError ? error.message : 'something else'
    return { field: 'data', code: 'json', message: `expected JSON such as {"tokens": 1}: ${found}` }
  }
}

async function holderOf(
  pool: Pool,
  { app, spaceId, actor }: { app: { id: string; slug: string; shard: number }; spaceId: string; actor: KeyActor },
): Promise<KeyHolder> {
  const keyId = await inTransaction(pool, async (tx) => {
    const { id, made } = await portalTestKey(tx, { appId: app.id, createdBy: actor.id })
    if (made === null) return id
    await appendAudit(tx, {
      actorId: actor.id,
      act: 'key.create',
      targetType: 'ingest_key',
      targetId: id,
      spaceId,
      after: { name: made.name, scopes: made.scopes, appId: app.id, prefix: made.prefix },
      requestId: actor.requestId,
    })
    return id
  })
  return {
    keyId,
    kind: 'ingest',
    app: { id: app.id, slug: app.slug, shard: app.shard },
    scopes: [TEST_WRITE_SCOPE],
    eventTypes: null,
    environments: null,
    eventsPerSecond: EVENTS_PER_SECOND,
    requestsPerSecond: null,
  }
}
