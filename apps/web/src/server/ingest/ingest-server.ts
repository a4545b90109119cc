import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { answerClientError, answerExpectation } from '../http/client-error.ts'
import { holdContinue } from '../http/expect-continue.ts'
import { sendProblem } from '../http/problem.ts'
import { REQUEST_TIMEOUTS } from '../http/request-timeouts.ts'
import type { IngestHandler } from './ingest-handler.ts'

type Probe = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>

export const INGEST_PATH = '/api/v1/events'

/**
 * A server that does nothing but take events, and answer how it is doing at the paths of `probes`: for a process of its own beside the
 * web app. Not yet listening.
 */
export function createIngestServer(handler: IngestHandler, probes: Readonly<Record<string, Probe>> = {}): Server {
  const listener: Parameters<typeof holdContinue>[0] = (req, res) => {
    const path = (req.url ?? '/').split('?', 1)[0] ?? '/'
    const probe = Object.hasOwn(probes, path) ? probes[path] : undefined
    if (path === INGEST_PATH) void handler(req, res)
    else if (probe === undefined) sendProblem(res, { status: 404, detail: `expected ${INGEST_PATH}` })
    else
      void Promise.resolve(probe(req, res)).catch(() => sendProblem(res, { status: 500, detail: 'the probe failed' }))
  }
  return createServer(REQUEST_TIMEOUTS, listener)
    .on('checkContinue', holdContinue(listener))
    .on('clientError', answerClientError)
    .on('checkExpectation', answerExpectation)
}
