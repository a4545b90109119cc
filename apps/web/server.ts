// The web process: our own HTTP server, with Next behind it. Run as `node server.ts` after `next build`.
// Promises: ingest and the public API never pass through Next; SIGTERM answers what has begun and ends within DRAIN_MS.
// Does not know: what any route does.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import next from 'next'
import pino from 'pino'
import { personOfRequest } from './src/server/auth/person-of-request.ts'
import { composeHandlers } from './src/server/compose.ts'
import { getDrain } from './src/server/drain.ts'
import { getWebEnv } from './src/server/env.ts'
import { answerClientError, answerExpectation } from './src/server/http/client-error.ts'
import { holdContinue } from './src/server/http/expect-continue.ts'
import { loggedFault } from './src/server/http/log-fault.ts'
import { requestId } from './src/server/http/problem.ts'
import { REQUEST_TIMEOUTS } from './src/server/http/request-timeouts.ts'
import { createRouter } from './src/server/route-request.ts'

const DRAIN_MS = 3000
/** So long it still listens: ingest and /readyz answer 503, and whoever spreads requests over processes sees it before it meets a closed port. */
const HOLD_MS = 300
const SWEEP_MS = 50

const log = pino({ base: { process: 'web' } })
const env = getWebEnv()
const handlers = composeHandlers(env)
const app = next({ dev: false, dir: import.meta.dirname, hostname: env.host, port: env.port })
await app.prepare()
const page = app.getRequestHandler()
const route = createRouter({
  handlers,
  page: (request, response) => page(request, response),
  isHttps: env.url.startsWith('https://'),
  trustsProxy: env.trustsProxy,
  watch: (request, response, door) => handlers.requests.watch(request, response, door),
  personOf: personOfRequest,
})

let isDraining = false
const listener = (request: IncomingMessage, response: ServerResponse) => {
  if (isDraining) response.setHeader('Connection', 'close')
  Promise.resolve(route(request, response)).catch((error: unknown) => {
    const where = { requestId: requestId(request), method: request.method, path: loggedPath(request.url) }
    log.error({ ...where, ...loggedFault(error) }, 'request failed')
    if (response.headersSent) return void response.destroy()
    response.statusCode = 500
    response.end()
  })
}
const server = createServer(REQUEST_TIMEOUTS, listener)
server.on('checkContinue', holdContinue(listener))
server.on('clientError', answerClientError)
server.on('checkExpectation', answerExpectation)

server.listen(env.port, env.host)
await once(server, 'listening')
log.info({ url: env.url, port: env.port }, 'listening')

/** A path for the log: no query, and not the token of an invitation. */
function loggedPath(url = ''): string {
  return url.split('?', 1)[0]?.replace(/^\/invite\/.*/, '/invite/…') ?? ''
}

/** New events are refused at once, event streams are told to end, then new connections; whatever is still open after DRAIN_MS is cut. */
async function drain() {
  if (isDraining) return
  isDraining = true
  getDrain().abort()
  setTimeout(() => process.exit(1), DRAIN_MS).unref()
  await pause(HOLD_MS)
  server.close()
  // a stream that has ended leaves its connection open and idle, for a next request that will never be answered here
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
  const hardStop = setTimeout(() => server.closeAllConnections(), DRAIN_MS - HOLD_MS - 500)
  await once(server, 'close')
  clearTimeout(hardStop)
  clearInterval(sweep)
  await handlers.close()
  await app.close()
  process.exit(0)
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void drain())
