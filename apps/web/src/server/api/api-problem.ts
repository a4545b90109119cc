import { TooManyRows } from '@meterbook/db/clickhouse/usage'
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

/** A store that is not there, or gave up on the question: the same request may succeed later. */
const FAULT_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  '159',
  '202',
  '241',
  '209',
  '210',
])

function isFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: unknown }
  return (
    FAULT_CODES.has(String(code)) ||
    error.message.startsWith('Timeout error') ||
    (error.cause !== undefined && isFault(error.cause))
  )
}
