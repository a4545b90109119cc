import type { EventError } from '@meterbook/core/event'
import type { FieldError, Problem } from '../http/problem.ts'

/** Errors listed in the answer to a batch of which nothing was taken. */
const LISTED_ERRORS_MAX = 1_000

/** Ends the handling of a request with a problem: the sender's doing, or a fault of the world that they are told of. */
export class Refusal extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

/** The client went away before it had sent everything: nothing is stored and nobody is left to answer. */
export class ClientGone extends Error {}

/** The whole body is at fault: one validation error without a field says how. */
export function refuseBody(status: number, code: string, message: string): Refusal {
  return new Refusal({ status, detail: message, validationErrors: [{ field: '', code, message }] })
}

/** More is waiting to be counted than can be taken on. To be thrown before anything of the request went to the journal. */
export function refuseForNow(refused: { status: 429 | 503; retryAfterSeconds: number; reason?: string }): Refusal {
  const { status, retryAfterSeconds, reason } = refused
  const why = reason === 'draining' ? 'this process is about to end' : 'expected less to be waiting to be counted'
  return new Refusal({
    status,
    detail: `${why}; nothing of this request was taken, send it again later`,
    headers: { 'Retry-After': Math.max(1, Math.ceil(retryAfterSeconds)) },
  })
}

/**
 * Nothing was taken. For a request that is one event, its fault is the request's; for a batch, all are listed with their index. 403 only where
 * nothing but the key's scope stood in the way: another key would do, and no change of the events.
 */
export function allRefused(
  { isBatch, events }: { isBatch: boolean; events: readonly unknown[] },
  refused: ReadonlyMap<number, readonly EventError[]>,
): Refusal {
  if (!isBatch) {
    const validationErrors = refused.get(0) ?? []
    const codes = validationErrors.map(({ code }) => code)
    const status = codes.includes('size') ? 413 : codes.includes('forbidden') ? 403 : 400
    return new Refusal({
      status,
      ...(status === 400 && { type: 'invalid-events' as const }),
      detail: summary(validationErrors),
      validationErrors,
    })
  }
  const validationErrors: FieldError[] = []
  for (const [index, errors] of refused) {
    for (const error of errors) {
      if (validationErrors.length < LISTED_ERRORS_MAX) validationErrors.push({ index, ...error })
    }
  }
  const first = summary(validationErrors.slice(0, 1))
  const isForbidden = [...refused.values()].every((errors) => errors.every(({ code }) => code === 'forbidden'))
  return isForbidden
    ? new Refusal({
        status: 403,
        detail: `expected at least one event within the scope of this key, found ${events.length} outside it; first: ${first}`,
        validationErrors,
      })
    : new Refusal({
        status: 400,
        type: 'invalid-events',
        detail: `expected at least one valid event, found ${events.length} that are not; first: ${first}`,
        validationErrors,
      })
}

/** One sentence for people who only see the detail. */
export function summary(errors: readonly { field: string; message: string }[]): string {
  const [first] = errors
  if (first === undefined) return 'the event is not valid'
  const rest = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return `${first.field === '' ? 'event' : first.field}: ${first.message}${rest}`
}
