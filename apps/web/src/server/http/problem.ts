// server/http: what every answer of the public HTTP interface has in common.
// Promises: an error is RFC 9457, with a content type that real clients recognise and a detail that says what to do.
// Does not know: events, meters, sessions.
import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http'
import { getOrigin } from '../env.ts'
import { type ProblemTypeName, problemTypeOf } from './problem-types.ts'

/** One thing that was wrong with what was sent. `field`: an attribute's name, or a JSON pointer; `index`: which event of a batch. */
export type FieldError = { field: string; code: string; message: string; index?: number }

export type Problem = {
  /** An HTTP status of 400 or above. */
  status: number
  /** What was expected and what was found, for the person who sent it; never a secret or a payload. */
  detail: string
  /** Default: the status' standard text. */
  title?: string
  /** Default: what the status means. Its page is what the `type` of the answer leads to. */
  type?: ProblemTypeName
  validationErrors?: readonly FieldError[]
  /** The limits that were reached, by the names in `RateLimit-Policy`: the member that the draft of those headers gives a problem. */
  violatedPolicies?: readonly string[]
  /** Further members of `extensions`. */
  extensions?: Readonly<Record<string, unknown>>
  headers?: OutgoingHttpHeaders
}

/**
 * Clients parse an error only if the type is exactly this; with `; charset=utf-8` behind it, real ones drop the detail.
 */
export const PROBLEM_CONTENT_TYPE = 'application/problem+json'

/**
 * Answers with a problem, once: does nothing if an answer has begun. `instance` is `urn:request:<id>`, also sent as
 * `X-Request-Id`, so that a complaint can be found in the logs.
 */
export function sendProblem(res: ServerResponse, problem: Problem): void {
  if (res.headersSent || res.destroyed) return
  const { headers, body } = problemMessage(res.req, problem)
  res.writeHead(problem.status, headers)
  res.end(body)
}

/** The text and headers of a problem, for those who write the answer in another way. */
export function problemMessage(
  req: IncomingMessage | undefined,
  problem: Problem,
): { headers: OutgoingHttpHeaders; body: Buffer } {
  const id = requestId(req)
  const extensions = {
    ...problem.extensions,
    ...(problem.validationErrors && { validationErrors: problem.validationErrors }),
  }
  const body = Buffer.from(
    JSON.stringify({
      type: problemTypeUrl(problem.type ?? problemTypeOf(problem.status)),
      title: problem.title ?? STATUS_CODES[problem.status] ?? 'Error',
      status: problem.status,
      detail: problem.detail,
      instance: `urn:request:${id}`,
      ...(problem.violatedPolicies && { 'violated-policies': problem.violatedPolicies }),
      ...(Object.keys(extensions).length > 0 && { extensions }),
    }),
  )
  const headers: OutgoingHttpHeaders = {
    ...problem.headers,
    'content-type': PROBLEM_CONTENT_TYPE,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-request-id': id,
  }
  return { headers, body }
}

/** Absolute, so that whoever finds it in a log can open it. */
export function problemTypeUrl(name: ProblemTypeName): string {
  return `${getOrigin()}/docs/errors/${name}`
}

const requestIds = new WeakMap<IncomingMessage, string>()

/** One id for each request: the caller's `X-Request-Id` if it is plain (and at most 128 characters), else a new one. */
export function requestId(req: IncomingMessage | undefined): string {
  if (req === undefined) return randomUUID()
  let id = requestIds.get(req)
  if (id === undefined) {
    const given = req.headers['x-request-id']
    id = typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID()
    requestIds.set(req, id)
  }
  return id
}
