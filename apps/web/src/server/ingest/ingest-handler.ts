import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import {
  type EventVerdict,
  type JournalAppend,
  type JournalPosition,
  type KeyHolder,
  USAGE_WRITE_SCOPE,
  writeJournalBody,
} from '@meterbook/core/event'
import { sendEarlyProblem } from '../http/early-problem.ts'
import { type FieldError, type Problem, requestId } from '../http/problem.ts'
import { type Assignment, assignEvents } from './assign-events.ts'
import type { IngestDependencies } from './dependencies.ts'
import { appliedPreferences, type Preferences, readPreferences } from './preferences.ts'
import { BODY_LIMITS, type BodyLimits } from './read-body.ts'
import { type RequestEvents, readRequest, summary } from './read-request.ts'
import { ClientGone, Refusal, refuseForNow } from './refusal.ts'
import { writeReceipt } from './write-receipt.ts'

export type IngestHandler = (req: IncomingMessage, res: ServerResponse) => Promise<void>

/** How long to wait before trying again when a store is down. */
const UNAVAILABLE_RETRY_SECONDS = 2
/** Errors listed in a 400 for a batch of nothing but malformed events. */
const LISTED_ERRORS_MAX = 1_000

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
  const key = await authenticate(req, deps)
  const admission = deps.admit(key)
  if (!admission.ok) throw refuseForNow(admission)
  const preferences = readPreferences(req)
  const events = await readRequest(req, res, limits)
  deps.reached('body-read')
  const receivedAt = deps.now()
  const assignment = await assignEvents(events.events, key, deps.resolveApp)
  if (assignment.groups.length === 0 && events.events.length > 0) throw allRefused(events, assignment)

  const headers = await takeFromQuota(deps, key, events.events.length - assignment.refused.size)
  const appends = journalAppends({ events, assignment, key, receivedAt })
  deps.reached('commit-next')
  const positions = appends.length === 0 ? [] : await deps.append(appends)
  deps.reached('committed')
  if (assignment.refused.size === 0 && !preferences.wantsReceipt) return { status: 204, headers }

  const verdicts = await awaitVerdicts({ deps, positions, appends, preferences })
  const applied = appliedPreferences(preferences)
  return {
    status: 200,
    headers: { ...headers, 'X-Request-Id': requestId(req), ...(applied && { 'Preference-Applied': applied }) },
    body: writeReceipt({ receivedAt, events: events.events, assignment, positions, verdicts }),
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
  if (!key.scopes.includes(USAGE_WRITE_SCOPE)) {
    throw new Refusal({ status: 403, detail: `expected a key with the right ${USAGE_WRITE_SCOPE}` })
  }
  return key
}

async function takeFromQuota(deps: IngestDependencies, key: KeyHolder, events: number): Promise<OutgoingHttpHeaders> {
  if (events === 0) return {}
  const quota = await deps.consume(key, events)
  if (quota.ok) return quota.headers
  throw new Refusal({
    status: 429,
    detail: 'expected fewer events from this key for now; nothing of this request was taken',
    headers: { ...quota.headers, 'Retry-After': Math.max(1, Math.ceil(quota.retryAfterSeconds)) },
  })
}

function journalAppends(input: {
  events: RequestEvents
  assignment: Assignment
  key: KeyHolder
  receivedAt: bigint
}): JournalAppend[] {
  const { events, assignment, key, receivedAt } = input
  return assignment.groups.map(({ app, indexes }) => {
    // The common case by far: everything in the request's array is taken, for one app, and the array is the body.
    const isWhole = events.arrayText !== undefined && indexes.length === events.events.length
    const body = isWhole ? events.arrayText : undefined
    return {
      shard: app.shard,
      appId: app.id,
      keyId: key.keyId,
      receivedAt,
      eventCount: indexes.length,
      body: body ?? writeJournalBody(indexes.map((index) => events.events[index]?.text ?? '')),
    }
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

/** Nothing was taken: for a request that is one event, its fault is the request's; for a batch, all are listed with their index. */
function allRefused({ isBatch, events }: RequestEvents, { refused }: Assignment): Refusal {
  if (!isBatch) {
    const validationErrors = refused.get(0) ?? []
    const codes = validationErrors.map(({ code }) => code)
    const status = codes.includes('size') ? 413 : codes.includes('forbidden') ? 403 : 400
    return new Refusal({ status, detail: summary(validationErrors), validationErrors })
  }
  const validationErrors: FieldError[] = []
  for (const [index, errors] of refused) {
    for (const error of errors) {
      if (validationErrors.length < LISTED_ERRORS_MAX) validationErrors.push({ index, ...error })
    }
  }
  const detail = `expected at least one valid event, found ${events.length} that are not; first: ${summary(validationErrors.slice(0, 1))}`
  return new Refusal({ status: 400, detail, validationErrors })
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
