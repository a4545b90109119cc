import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WebEnv } from './env.ts'

/** Answers one request by itself. A rejected promise is a bug: the server answers 500 and logs it. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

export type Handlers = {
  /** POST /api/v1/events: before Next, which is five to seven times slower on this path. */
  ingest: NodeHandler
  /** Every other /api/v1/ path. */
  api: NodeHandler
  healthz: NodeHandler
  livez: NodeHandler
  readyz: NodeHandler
  metrics: NodeHandler
  /** Called once on shutdown, after the last answer. */
  close: () => Promise<void>
}

/**
 * Puts the doors of the process together: the one place that knows both the handlers and what they need.
 *
 * TO BE WIRED: `ingest` and `api` when their handlers exist, `readyz` and `metrics` with what they have to look at. Until then they
 * say so with 503 and never with a 2xx.
 */
export function composeHandlers(_env: WebEnv): Handlers {
  return {
    ingest: notWired,
    api: notWired,
    healthz: alive,
    livez: alive,
    readyz: notWired,
    metrics: notWired,
    close: async () => {},
  }
}

const alive: NodeHandler = (_request, response) => {
  response.setHeader('Content-Type', 'text/plain')
  response.end('ok\n')
}

const notWired: NodeHandler = (request, response) => {
  const problem = {
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    detail: 'not served yet',
    instance: request.url,
  }
  response.statusCode = 503
  response.setHeader('Content-Type', 'application/problem+json')
  response.setHeader('Retry-After', '5')
  response.end(JSON.stringify(problem))
}
