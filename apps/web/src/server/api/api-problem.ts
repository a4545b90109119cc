import { TooManyRows } from '@meterbook/db/clickhouse'
import type { Problem } from '../http/problem.ts'

/** A refusal on its way to the caller. */
export class ApiProblem extends Error {
  override name = 'ApiProblem'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

const RETRY_AFTER_SECONDS = 5

/** What the caller is told of an error: refusals in full, faults of ours as whether to try again, and nothing of their inside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiProblem) return error.problem
  if (error instanceof TooManyRows) return { status: 400, detail: error.message }
  if (isFault(error)) {
    return {
      status: 503,
      detail: 'usage cannot be read at the moment: try again',
      headers: { 'Retry-After': RETRY_AFTER_SECONDS },
    }
  }
  return { status: 500, detail: 'something went wrong on our side; it was noted under the id in `instance`' }
}

/**
 * A store that is not there, or gave up on the question: the same request may succeed later. Codes of sockets, of Postgres by class
 * (connection, resources, operator), of ClickHouse by number (time, memory, queries, network), and the composition's own word.
 */
const FAULT_CODE = /^(?:unavailable|ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|(?:08|53|57P)\w+|159|202|209|210|241)$/

function isFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: unknown }
  const isKnown = FAULT_CODE.test(String(code)) || error.message.startsWith('Timeout error')
  return isKnown || (error.cause !== undefined && isFault(error.cause))
}
