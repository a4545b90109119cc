import type { IncomingMessage } from 'node:http'
import { ApiProblem } from './api-problem.ts'

export const BODY_BYTES_MAX = 1_048_576

/** The request's body as JSON; nothing at all is an empty object. Throws ApiProblem 400, 413 or 415. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type']
  if (type !== undefined && !/^application\/(?:[\w.-]+\+)?json *(?:;|$)/i.test(type)) {
    throw new ApiProblem({
      status: 415,
      detail: `expected the content type application/json, found ${type.slice(0, 100)}`,
    })
  }
  const text = (await readBytes(request)).toString('utf8')
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiProblem({ status: 400, detail: 'expected a JSON body' })
  }
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  // not destroyed when we stop reading: the answer still has to go out on the same socket
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length
    if (size > BODY_BYTES_MAX) {
      throw new ApiProblem({
        status: 413,
        detail: `expected a body of at most ${BODY_BYTES_MAX} bytes`,
        headers: { connection: 'close' },
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
