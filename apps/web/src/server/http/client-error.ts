import { IncomingMessage, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { type Problem, problemMessage, sendProblem } from './problem.ts'

/**
 * For `server.on('clientError', answerClientError)`: what cannot be read as HTTP is told so as every other refusal is, and the connection closed.
 * Node's own answer has no body, and one that came too slowly would get none at all.
 */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: NodeJS.WritableStream & { destroy?(): void },
): void {
  // A connection that was reset, or on which an answer is under way already: there is nobody to tell, or no place for it.
  if (error.code === 'ECONNRESET' || !socket.writable || hasAnswered(socket)) {
    socket.destroy?.()
    return
  }
  const problem = problemOf(error.code)
  const { headers, body } = problemMessage(new IncomingMessage(new Socket()), problem)
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`)
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS[problem.status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
}

/** For `server.on('checkExpectation', …)`: `Expect` may say 100-continue, which is another event, and nothing else. */
export function answerExpectation(_request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Connection', 'close')
  sendProblem(response, { status: 417, detail: 'expected Expect: 100-continue, or no Expect' })
}

const STATUS: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
}

function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return { status: 431, detail: 'expected headers of at most 16 KiB in all' }
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return { status: 413, detail: 'expected chunks without long extensions' }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { status: 408, detail: 'expected the request sooner' }
  return { status: 400, detail: 'expected an HTTP/1.1 request' }
}

/** Node's own socket of a server remembers the answer that is being written on it. */
function hasAnswered(socket: object): boolean {
  return (socket as { _httpMessage?: { headersSent?: boolean } })._httpMessage?.headersSent === true
}
