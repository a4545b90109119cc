import type { Problem } from '../http/problem.ts'

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
export function refuseForNow({ status, retryAfterSeconds }: { status: 429 | 503; retryAfterSeconds: number }): Refusal {
  return new Refusal({
    status,
    detail: 'expected less to be waiting to be counted; nothing of this request was taken, send it again later',
    headers: { 'Retry-After': Math.max(1, Math.ceil(retryAfterSeconds)) },
  })
}
