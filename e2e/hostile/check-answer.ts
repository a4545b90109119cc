import type { HostileRequest } from './hostile-request.ts'
import type { RawAnswer } from './send-raw.ts'

/** What is documented: not built yet; more waits than can be taken on, or an event that cannot be told of yet. */
const DOCUMENTED = new Map([
  [501, () => true],
  [503, ({ headers }: RawAnswer) => headers.has('retry-after')],
])

/** What is wrong with an answer, in words; null if nothing is. */
export function faultOfAnswer(request: HostileRequest, answer: RawAnswer): string | null {
  const { status, headers, body } = answer
  if (status === 0) return 'no answer'
  if (status >= 500 && DOCUMENTED.get(status)?.(answer) !== true) return `status ${status}: ${body.slice(0, 300)}`
  if (status < 400) return status < 300 ? null : `status ${status}`
  const type = headers.get('content-type')
  if (type !== 'application/problem+json') return `status ${status} with content type ${type}: ${body.slice(0, 200)}`
  if (request.method === 'HEAD') return null
  const problem = parsed(body)
  if (problem === null) return `status ${status} with a body that is no JSON object: ${body.slice(0, 200)}`
  if (problem.status !== status) return `status ${status} with a problem that says ${problem.status}`
  for (const member of ['type', 'title', 'detail', 'instance']) {
    if (typeof problem[member] !== 'string' || problem[member] === '')
      return `status ${status} with a problem without ${member}`
  }
  // What is told must be told in words of ours, not in those of a store or a stack.
  if (/\bat .+:\d+:\d+|SELECT |clickhouse|postgres|node_modules/i.test(String(problem.detail))) {
    return `a detail from our inside: ${problem.detail}`
  }
  return null
}

function parsed(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
