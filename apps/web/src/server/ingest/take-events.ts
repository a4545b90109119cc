import type { OutgoingHttpHeaders } from 'node:http'
import { type JournalAppend, type JournalPosition, type KeyHolder, writeJournalBody } from '@meterbook/core/event'
import { type Assignment, assignEvents } from './assign-events.ts'
import type { IngestDependencies } from './dependencies.ts'
import type { RequestEvents } from './read-request.ts'
import { allRefused, Refusal } from './refusal.ts'

export interface TakenEvents {
  /** The moment of receipt, in microseconds since 1970. */
  receivedAt: bigint
  assignment: Assignment
  appends: JournalAppend[]
  /** One for each of `appends`: all of them are on disk. */
  positions: JournalPosition[]
  /** The RateLimit fields. */
  headers: OutgoingHttpHeaders
}

/** From events that were read to rows of the journal: who may send what, how much of it, and the commit. Throws a Refusal if none is taken. */
export async function takeEvents(
  deps: IngestDependencies,
  { events, key }: { events: RequestEvents; key: KeyHolder },
): Promise<TakenEvents> {
  const receivedAt = deps.now()
  const assignment = await assignEvents(events.events, key, deps.resolveApp)
  if (assignment.groups.length === 0 && events.events.length > 0) {
    deps.took?.({ accepted: 0, refused: assignment.refused.size })
    throw allRefused(events, assignment.refused)
  }
  const headers = await takeFromQuota(deps, key, events.events.length - assignment.refused.size)
  const appends = journalAppends({ events, assignment, key, receivedAt })
  deps.reached('commit-next')
  const positions = appends.length === 0 ? [] : await deps.append(appends, key)
  deps.reached('committed')
  deps.took?.({ accepted: events.events.length - assignment.refused.size, refused: assignment.refused.size })
  return { receivedAt, assignment, appends, positions, headers }
}

async function takeFromQuota(deps: IngestDependencies, key: KeyHolder, events: number): Promise<OutgoingHttpHeaders> {
  if (events === 0) return {}
  const quota = await deps.consume(key, events)
  if (quota.ok) return quota.headers
  throw new Refusal({
    status: 429,
    detail: `expected at most ${quota.perMinute} events a minute from this key; nothing of this request was taken`,
    violatedPolicies: [quota.policy],
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
