// server/api: the public interface for reading, in node:http, beside Next and not through it.
// Promises: what a path answers is JSON, a file or a problem, never HTML; a key sees its own app and nothing else, a person what they see in the portal.
// Does not know: how usage is stored or measured, who issues keys, how events come in.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { KeyHolder } from '@meterbook/core/event'
import type { Instant } from '@meterbook/core/kernel'
import type { ClickHouseClient } from '@meterbook/db/clickhouse'
import type { Pool } from '@meterbook/db/postgres'
import type { EvidenceMaker } from '../evidence/make-evidence.ts'
import { requestId, sendProblem } from '../http/problem.ts'
import { answerRoute } from './answer-route.ts'
import { ApiProblem, problemOf } from './api-problem.ts'
import type { MeterDirectory } from './meter-directory.ts'
import { matchRoute } from './route-table.ts'
import type { ApiPeople } from './session-access.ts'

export interface ApiDeps {
  /** Who holds a key; null if nobody does. */
  authenticate(key: string): Promise<KeyHolder | null>
  /** Who is signed in: money is people's to read. */
  people: ApiPeople
  meters: MeterDirectory
  clickhouse: ClickHouseClient
  /** The journal and the catalogue. */
  pool: Pool
  /** Makes the evidence of charges; left out: in this thread. */
  evidence?: EvidenceMaker
  log: ApiLog
  /** Now, in microseconds since the epoch. */
  now(): Instant
}

export interface ApiLog {
  error(context: Record<string, unknown>, message: string): void
}

/** Resolves to true once the request is answered, to false if the path is not one of this interface's (POST /api/v1/events is not). */
export type ApiHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>

/** Answers every path under /api/v1/ and /api/v2/ but the sending of events; rejects never. */
export function createApiHandler(deps: ApiDeps): ApiHandler {
  return async (request, response) => {
    const url = urlOf(request)
    if (!/^\/api\/v[12](\/|$)/.test(url.pathname)) return false
    if (url.pathname === '/api/v1/events' && request.method === 'POST') return false
    try {
      const route = matchRoute(url.pathname)
      if (route === null)
        throw new ApiProblem({ status: 404, detail: `expected a path of this interface, found ${url.pathname}` })
      const method = request.method ?? ''
      const endpoint = route.methods[method]
      if (endpoint === undefined) {
        const allow = Object.keys(route.methods).join(', ')
        throw new ApiProblem({
          status: 405,
          detail: `expected ${allow} on ${url.pathname}, found ${method}`,
          headers: { Allow: allow },
        })
      }
      if (endpoint === 'later') {
        throw new ApiProblem({
          status: 501,
          detail: `${method} ${url.pathname} is part of the interface, but not implemented yet`,
        })
      }
      const { parameter, parameters } = route
      await answerRoute(endpoint, { request, response, url, parameter, parameters, deps })
    } catch (error) {
      const problem = problemOf(error)
      // What we turn down in so many words is no failure of ours: not built yet, not known yet.
      if (problem.status >= 500 && !(error instanceof ApiProblem)) {
        deps.log.error({ err: error, requestId: requestId(request), path: url.pathname }, 'an API request failed')
      }
      sendProblem(response, problem)
    }
    return true
  }
}

/** The path and query as sent; the host is of no concern. */
function urlOf(request: IncomingMessage): URL {
  try {
    return new URL(`http://origin${request.url ?? '/'}`)
  } catch {
    return new URL('http://origin/')
  }
}
