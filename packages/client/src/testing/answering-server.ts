import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

export interface Asked {
  headers: IncomingHttpHeaders
  events: { id: string; type: string; time: string; data?: unknown }[]
  atMs: number
}

export interface AnsweringServer {
  url: string
  asked: Asked[]
  close(): Promise<void>
}

/** A real HTTP server that says what the test tells it to; `answer` is asked per request, in order. */
export async function startAnsweringServer(
  answer: (asked: Asked, count: number) => { status: number; headers?: Record<string, string>; body?: object },
): Promise<AnsweringServer> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString()
    const one = { headers: request.headers, events: JSON.parse(text) as Asked['events'], atMs: performance.now() }
    asked.push(one)
    const { status, headers, body: said } = answer(one, asked.length)
    response.writeHead(status, headers)
    response.end(said && JSON.stringify(said))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
