// The ingest as a process of its own: the same handler as in the web process, without Next. Run as `node ingest.ts`, any number beside it.
// Promises: SIGTERM refuses new events, then new connections, answers what has begun, and leaves nothing accepted unwritten.
// Does not know: pages, sessions, how usage is read.
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import { composeHandlers } from './src/server/compose.ts'
import { getDrain } from './src/server/drain.ts'
import { getWebEnv } from './src/server/env.ts'
import { createIngestServer, INGEST_PATH } from './src/server/ingest/index.ts'

const DRAIN_MS = 5_000
/** So long it still listens and answers 503: see server.ts. */
const HOLD_MS = 300

const log = pino({ base: { process: 'ingest' } })
const env = getWebEnv()
const handlers = composeHandlers(env)
const { healthz, livez, readyz, metrics } = handlers
const server = createIngestServer(handlers.ingest, {
  '/healthz': healthz,
  '/livez': livez,
  '/readyz': readyz,
  '/metrics': metrics,
})
for (const event of ['request', 'checkContinue'])
  server.prependListener(event, (request, response) => {
    handlers.requests.watch(request, response, request.url?.startsWith(INGEST_PATH) ? 'ingest' : 'probe')
    if (getDrain().signal.aborted) response.setHeader('Connection', 'close')
  })
server.listen(env.port, env.host)
await once(server, 'listening')
log.info({ host: env.host, port: env.port }, 'listening')

async function drain(): Promise<void> {
  getDrain().abort()
  await pause(HOLD_MS)
  server.close()
  server.closeIdleConnections()
  const hardStop = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
  await once(server, 'close')
  clearTimeout(hardStop)
  await handlers.close()
  process.exit(0)
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void drain())
