import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Sent } from './mishaps.ts'

const compress = promisify(gzip)

/** What a request may hold; the route itself takes ten times as much. */
export const EVENTS_MAX = 1_000
const REQUEST_TIMEOUT_MS = 30_000
const RETRY_MIN_MS = 200
const RETRY_MAX_MS = 10_000
/** A Retry-After beyond this is asked again sooner: the demo should come back with its server. */
const RETRY_AFTER_MAX_MS = 60_000
const DETAIL_CHARACTERS_MAX = 300

/** The door will not take this however often it is sent: a wrong key, a wrong request. Its message holds no key. */
export class DoorRefusal extends Error {
  override readonly name = 'DoorRefusal'
}

export interface Door {
  /**
   * Sends up to 1,000 events of one app. `all`: every one is taken. `some`: at least one was refused, the others are taken. While the
   * door is away or asks for patience, the same bytes are sent again, as long as it takes: their ids make that safe. Throws
   * DoorRefusal, or the signal's reason.
   */
  send(input: { key: string; events: readonly Sent[] }): Promise<'all' | 'some'>
}

/** The public route for events at an origin, as any client sees it. */
export function openDoor(input: { url: string; signal: AbortSignal; log: (line: string) => void }): Door {
  const { signal } = input
  const target = new URL('/api/v1/events', input.url)
  const complain = onceInAWhile(input.log)
  return {
    async send({ key, events }) {
      if (events.length > EVENTS_MAX)
        throw new RangeError(`expected at most ${EVENTS_MAX} events, found ${events.length}`)
      const body = await compress(JSON.stringify(events), { level: 1 })
      for (let tries = 0; ; tries++) {
        signal.throwIfAborted()
        const answer = await attempt({ target, key, body })
        if (answer.kind === 'taken') return answer.taken
        if (answer.kind === 'refused') throw new DoorRefusal(answer.reason)
        complain(`demo: ${answer.reason}; the same events will be sent again`)
        await pause(answer.afterMs ?? backoff(tries), undefined, { signal })
      }
    },
  }
}

type Answer =
  | { kind: 'taken'; taken: 'all' | 'some' }
  | { kind: 'refused'; reason: string }
  | { kind: 'later'; reason: string; afterMs?: number }

async function attempt({ target, key, body }: { target: URL; key: string; body: Buffer }): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(target, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/cloudevents-batch+json',
        'content-encoding': 'gzip',
      },
      // Not the stop signal: a request under way is let finish, so that what it sent is known to be taken.
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    if (response.status === 204) return { kind: 'taken', taken: 'all' }
    const text = await response.text()
    // 400 on a batch means that every single event was malformed: then nothing is left to send.
    if (response.status === 200 || (response.status === 400 && isAboutEvents(text)))
      return { kind: 'taken', taken: 'some' }
    const reason = `${target.origin} answered ${response.status}: ${text.slice(0, DETAIL_CHARACTERS_MAX)}`
    const isPassing = response.status === 429 || response.status === 408 || response.status >= 500
    if (!isPassing) return { kind: 'refused', reason }
    return { kind: 'later', reason, ...retryAfter(response.headers.get('retry-after')) }
  } catch (error) {
    // No answer: it may have been taken or not.
    const cause = error instanceof Error ? (error.cause ?? error) : error
    const said = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause)
    return { kind: 'later', reason: `${target.origin} gave no answer (${said})` }
  }
}

function isAboutEvents(text: string): boolean {
  try {
    const problem = JSON.parse(text) as { extensions?: { validationErrors?: unknown[] } }
    return (problem.extensions?.validationErrors?.length ?? 0) > 0
  } catch {
    return false
  }
}

/** Seconds, or a date; anything else is no advice. */
function retryAfter(header: string | null): { afterMs?: number } {
  if (header === null) return {}
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? { afterMs: Math.min(Math.max(ms, 0), RETRY_AFTER_MAX_MS) } : {}
}

function backoff(tries: number): number {
  return Math.min(RETRY_MIN_MS * 2 ** Math.min(tries, 10), RETRY_MAX_MS)
}

/** The first complaint at once, then one a minute: an outage is one thing, not thousands. */
function onceInAWhile(log: (line: string) => void): (line: string) => void {
  let quietUntil = 0
  return (line) => {
    if (performance.now() < quietUntil) return
    quietUntil = performance.now() + 60_000
    log(line)
  }
}
