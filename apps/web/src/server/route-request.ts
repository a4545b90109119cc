import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Handlers, NodeHandler } from './compose.ts'
import { sendContinue } from './http/expect-continue.ts'
import { FILE_HEADERS, securityHeaders } from './security-headers.ts'

/** Tells the page its own address, which Next keeps to itself: without it nobody could be led back after signing in. */
export const ASKED_PATH_HEADER = 'x-meterbook-path'

export type RouteInput = {
  handlers: Handlers
  /** Next's own handler: everything that is not ours. */
  page: NodeHandler
  isHttps: boolean
  trustsProxy: boolean
}

/** Decides which door a request goes through. */
export function createRouter({ handlers, page, isHttps, trustsProxy }: RouteInput): NodeHandler {
  return (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    if (path === '/api/v1/events' && request.method === 'POST') return handlers.ingest(request, response)
    // Only the ingest looks at a request before its body is sent; everybody else takes it as it comes.
    sendContinue(request, response)
    const probe = probeOf(path, handlers)
    if (probe) return probe(request, response)
    if (/^\/api\/v[12]\//.test(path)) {
      response.setHeader('X-Content-Type-Options', 'nosniff')
      return handlers.api(request, response)
    }
    if (path.startsWith('/_next/static/')) setHeaders(response, FILE_HEADERS)
    else preparePage(request, response, { isHttps, trustsProxy })
    return page(request, response)
  }
}

function probeOf(path: string, handlers: Handlers): NodeHandler | undefined {
  if (path === '/healthz') return handlers.healthz
  if (path === '/livez') return handlers.livez
  if (path === '/readyz') return handlers.readyz
  if (path === '/metrics') return handlers.metrics
}

/** Next reads the nonce for its own scripts from the policy on the request; the browser reads the same policy from the answer. */
function preparePage(
  request: IncomingMessage,
  response: ServerResponse,
  { isHttps, trustsProxy }: { isHttps: boolean; trustsProxy: boolean },
) {
  const headers = securityHeaders({ nonce: randomBytes(16).toString('base64'), isHttps })
  setHeaders(response, headers)
  request.headers['content-security-policy'] = headers['Content-Security-Policy']
  request.headers[ASKED_PATH_HEADER] = (request.url ?? '/').replace(/[?&]_rsc=[^&]*/, '')
  if (!trustsProxy) request.headers['x-forwarded-for'] = request.socket.remoteAddress ?? ''
}

function setHeaders(response: ServerResponse, headers: Record<string, string>) {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
}
