// A collector of traces for tests: a plain HTTP server that keeps what OTLP in JSON brings it.
// Promises: every span it was sent, with the service that sent it.
// Does not know: who sends, and why.
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

export interface CollectedSpan {
  service: string
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: { key: string; value: Record<string, string> }[]
}

export interface Collector {
  url: string
  spans: CollectedSpan[]
  stop(): void
}

export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = []
  const server = http.createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    const { resourceSpans } = JSON.parse(Buffer.concat(pieces).toString())
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = resource.attributes.find(({ key }: { key: string }) => key === 'service.name').value.stringValue
      for (const scope of scopeSpans) spans.push(...scope.spans.map((span: object) => ({ ...span, service })))
    }
    response.end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
