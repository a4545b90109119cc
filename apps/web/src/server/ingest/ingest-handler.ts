import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import {
  type EventVerdict,
  type JournalAppend,
  type JournalPosition,
  type KeyHolder,
  TEST_WRITE_SCOPE,
  USAGE_WRITE_SCOPE,
} from '@meterbook/core/event'
import { sendEarlyProblem } from '../http/early-problem.ts'
import { type Problem, requestId } from '../http/problem.ts'
import type { IngestDependencies } from './dependencies.ts'
import { appliedPreferences, type Preferences, readPreferences } from './preferences.ts'
import { BODY_LIMITS, type BodyLimits } from './read-body.ts'
import { readRequest } from './read-request.ts'
import { ClientGone, Refusal, refuseForNow } from './refusal.ts'
import { sampledTrace } from './request-traces.ts'
import { takeEvents } from './take-events.ts'
import { writeReceipt } from './write-receipt.ts'

export type IngestHandler = (req: IncomingMessage, res: ServerResponse) => Promise<void>

/** How long to wait before trying again when a store is down. */
const UNAVAILABLE_RETRY_SECONDS = 2
/** A body may take its time, and a key that ended meanwhile must not send it: after so long the key is looked at again. */
const KEY_BELIEVED_MS = 1_000

/**
 * Answers POST /api/v1/events as the public contract says, and any other method with 405. Always answers, unless the
 * client has gone; never rejects.
 */
export function createIngestHandler(deps: IngestDependencies, limits: BodyLimits = BODY_LIMITS): IngestHandler {
  return async (req, res) => {
    try {
      const answer = await ingest({ deps, limits, req, res })
      if (!res.destroyed) send(res, answer)
    } catch (error) {
      if (error instanceof ClientGone) return
      sendEarlyProblem(req, res, problemOf(error, deps.log, req))
    }
  }
}

type Answer = { status: number; headers: OutgoingHttpHeaders; body?: unknown }
type Request = { deps: IngestDependencies; limits: BodyLimits; req: IncomingMessage; res: ServerResponse }

async function ingest({ deps, limits, req, res }: Request): Promise<Answer> {
  if (req.method !== 'POST') {
    throw new Refusal({
      status: 405,
      detail: 'expected POST to send events, or GET to list them',
      headers: { Allow: 'GET, POST' },
    })
  }
  const begunAt = performance.now()
  const early = await authenticate(req, deps)
  const admission = deps.admit(early)
  if (!admission.ok) throw refuseForNow(admission)
  if (early.requestsPerSecond !== null) await countRequest(deps, early)
  const preferences = readPreferences(req)
  const trace = sampledTrace(req)
  const events = await readRequest(req, res, limits)
  deps.reached('body-read')
  const readAt = performance.now()
  const key = readAt - begunAt > KEY_BELIEVED_MS ? await authenticate(req, deps) : early
  const { receivedAt, assignment, appends, positions, headers } = await takeEvents(deps, { events, key })
  if (trace !== null) {
    deps.traced?.({
      ...{ trace, receivedAt, readMs: readAt - begunAt, commitMs: performance.now() - readAt },
      rows: positions.map(({ shard, number }, row) => ({ shard, number, events: appends[row]?.eventCount ?? 0 })),
    })
  }
  if (assignment.refused.size === 0 && !preferences.wantsReceipt) return { status: 204, headers }

  const verdicts = await awaitVerdicts({ deps, positions, appends, preferences })
  const applied = appliedPreferences(preferences)
  return {
    status: 200,
    headers: { ...headers, 'X-Request-Id': requestId(req), ...(applied && { 'Preference-Applied': applied }) },
    body: writeReceipt({ receivedAt, events: events.events, assignment, positions, verdicts, traceId: trace?.traceId }),
  }
}

/** Before the body is asked for, so that strangers cannot make us read. */
async function authenticate(req: IncomingMessage, deps: IngestDependencies): Promise<KeyHolder> {
  const secret = /^Bearer +([\x21-\x7e]+) *$/i.exec(req.headers.authorization ?? '')?.[1]
  if (secret === undefined) {
    throw new Refusal({
      status: 401,
      detail: 'expected an ingest key in the Authorization header, as Bearer <key>',
      headers: { 'WWW-Authenticate': 'Bearer' },
    })
  }
  const key = await deps.authenticate(secret)
  if (key === null) {
    throw new Refusal({
      status: 401,
      detail: 'expected a valid key: this one is unknown, revoked or expired',
      headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
    })
  }
  if (!key.scopes.includes(USAGE_WRITE_SCOPE) && !key.scopes.includes(TEST_WRITE_SCOPE)) {
    const found = key.scopes.length === 0 ? 'none' : key.scopes.join(', ')
    throw new Refusal({ status: 403, detail: `expected a key with the right ${USAGE_WRITE_SCOPE}, found ${found}` })
  }
  return key
}

/** Before the body is read too: a limit in requests is there to spare us the work. */
async function countRequest(deps: IngestDependencies, key: KeyHolder): Promise<void> {
  const quota = await deps.countRequest(key)
  if (quota.ok) return
  throw new Refusal({
    status: 429,
    detail: `expected at most ${quota.perMinute} requests a minute from this key; nothing of this one was taken`,
    violatedPolicies: [quota.policy],
    headers: { ...quota.headers, 'Retry-After': Math.max(1, Math.ceil(quota.retryAfterSeconds)) },
  })
}

/** The events are on disk whatever happens here: if their verdicts cannot be had, the receipt says `taken`. */
async function awaitVerdicts(input: {
  deps: IngestDependencies
  positions: JournalPosition[]
  appends: readonly JournalAppend[]
  preferences: Preferences
}): Promise<EventVerdict[][] | null> {
  const { deps, positions, appends, preferences } = input
  if (preferences.waitSeconds === 0 || positions.length === 0) return null
  try {
    return await deps.awaitVerdicts({
      positions,
      counts: appends.map(({ eventCount }) => eventCount),
      waitMs: preferences.waitSeconds * 1000,
    })
  } catch (error) {
    deps.log.warn({ error: nameOf(error) }, 'verdicts could not be read for a receipt')
    return null
  }
}

function problemOf(error: unknown, log: IngestDependencies['log'], req: IncomingMessage): Problem {
  if (error instanceof Refusal) return error.problem
  if ((error as { code?: unknown } | null)?.code === 'unavailable') {
    log.warn({ requestId: requestId(req), error: nameOf(error) }, 'a store did not answer')
    return {
      status: 503,
      // A commit whose answer was lost may have happened, so this must not say that nothing was taken.
      detail: 'it is not certain that the events were made durable; send them again later, each is counted once',
      headers: { 'Retry-After': UNAVAILABLE_RETRY_SECONDS },
    }
  }
  // Only where it broke: a message could quote what was sent.
  log.error(
    { requestId: requestId(req), error: nameOf(error), at: firstFrame(error) },
    'a request to send events failed',
  )
  return { status: 500, detail: 'the request failed for a reason of ours; the events may be sent again' }
}

/** A name and a code say what broke; the message could quote what was sent. */
function nameOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  const name = error instanceof Error ? error.name : typeof error
  return typeof code === 'string' ? `${name} ${code}` : name
}

function firstFrame(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  return error.stack
    ?.split('\n')
    .find((line) => line.trimStart().startsWith('at '))
    ?.trim()
}

function send(res: ServerResponse, { status, headers, body }: Answer): void {
  if (body === undefined) {
    res.writeHead(status, headers)
    res.end()
    return
  }
  const text = Buffer.from(JSON.stringify(body))
  res.writeHead(status, { ...headers, 'Content-Type': 'application/json', 'Content-Length': text.length })
  res.end(text)
}
