import type { IncomingMessage, ServerResponse } from 'node:http'
import { isAwaitingContinue } from './expect-continue.ts'
import { type Problem, problemMessage, sendProblem } from './problem.ts'

/** A declared body up to this size is swallowed, so that the connection can be used again. */
const SWALLOWED_BYTES_MAX = 65_536
/** How long, and how much, a client may go on sending after it was told no. Closing at once would reset the connection, and most clients then never see the answer. */
const LINGER_MS = 1_000
const LINGER_BYTES_MAX = 64 * 1024 * 1024

/**
 * Answers with a problem while the request's body has not been read, or not to its end. A large body is not waited for:
 * the answer leaves at once, what still arrives is thrown away for a moment, then the connection closes.
 */
export function sendEarlyProblem(req: IncomingMessage, res: ServerResponse, problem: Problem): void {
  if (res.headersSent || res.destroyed) return
  const declared = declaredLength(req)
  const isSmall = declared !== undefined && declared <= SWALLOWED_BYTES_MAX && !isAwaitingContinue(req)
  if (req.complete || isSmall) {
    sendProblem(res, problem)
    return
  }
  const { headers, body } = problemMessage(req, problem)
  res.writeHead(problem.status, { ...headers, connection: 'close' })
  if (isAwaitingContinue(req)) {
    res.end(body)
    return
  }
  res.write(body)
  linger(req, () => res.end())
}

/** Bytes of the body as the headers say; 0 for no body, undefined if only its end will tell. */
export function declaredLength(req: IncomingMessage): number | undefined {
  if (req.headers['transfer-encoding'] !== undefined) return undefined
  return Number(req.headers['content-length'] ?? 0)
}

function linger(req: IncomingMessage, done: () => void): void {
  let bytes = 0
  const finish = () => {
    clearTimeout(timer)
    req.off('data', count)
    done()
  }
  const count = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > LINGER_BYTES_MAX) finish()
  }
  const timer = setTimeout(finish, LINGER_MS)
  req.once('end', finish)
  req.once('close', finish)
  req.on('data', count)
  req.resume()
}
