import { createServer, type Server } from 'node:http'
import { holdContinue } from '../http/expect-continue.ts'
import { sendProblem } from '../http/problem.ts'
import type { IngestHandler } from './ingest-handler.ts'

export const INGEST_PATH = '/api/v1/events'

/** A server that does nothing but take events: for a process of its own beside the web app. Not yet listening. */
export function createIngestServer(handler: IngestHandler): Server {
  const listener: Parameters<typeof holdContinue>[0] = (req, res) => {
    const path = (req.url ?? '/').split('?', 1)[0]
    if (path === INGEST_PATH) void handler(req, res)
    else sendProblem(res, { status: 404, detail: `expected ${INGEST_PATH}` })
  }
  return createServer(listener).on('checkContinue', holdContinue(listener))
}
