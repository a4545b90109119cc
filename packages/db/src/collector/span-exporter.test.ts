import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Span } from '@meterbook/core/trace'
import { until } from '@meterbook/stack/wait'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readCollectorSettings, SpanExporter } from './index.ts'

const WITHIN = { withinMs: 20_000, everyMs: 20 }

let server: http.Server
let url: string
let answers: number[]
let posts: { headers: http.IncomingHttpHeaders; path: string; names: string[] }[]

beforeEach(async () => {
  answers = []
  posts = []
  server = http.createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    const body = JSON.parse(Buffer.concat(pieces).toString())
    const { spans } = body.resourceSpans[0].scopeSpans[0]
    const names = spans.map(({ name }: { name: string }) => name)
    posts.push({ headers: request.headers, path: request.url ?? '', names })
    response.statusCode = answers.shift() ?? 200
    response.end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const span = (name: string): Span => ({
  ...{ traceId: '1'.repeat(32), spanId: '2'.repeat(16), parentId: null, name, kind: 'internal', start: 1n, end: 2n },
})
const exporterTo = (endpoint: string, onDropped: (spans: number) => void = () => undefined) => {
  const settings = readCollectorSettings({
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20abc, x-tenant=one',
  })
  if (settings === null) throw new Error('expected settings')
  return new SpanExporter(settings, { resource: { 'service.name': 'test' }, onDropped })
}

describe('a collector', () => {
  test('gets the spans in lots, with the headers it wants, and the last ones before the process ends', async () => {
    const exporter = exporterTo(`${url}/`)
    exporter.add(Array.from({ length: 600 }, (_, index) => span(String(index))))
    expect(await until(() => posts.length === 2, WITHIN)).toBe(true)
    expect(posts.map(({ names }) => names.length)).toEqual([512, 88])
    expect(posts[0]).toMatchObject({ path: '/v1/traces', headers: { authorization: 'Bearer abc', 'x-tenant': 'one' } })
    expect(posts[0]?.headers['content-type']).toBe('application/json')
    exporter.add([span('last')])
    await exporter.close()
    expect(posts.at(-1)?.names).toEqual(['last'])
  })

  test('that answers 503 is asked again with the same spans; one that refuses them is not', async () => {
    answers = [503, 200, 400]
    let dropped = 0
    const exporter = exporterTo(url, (spans) => {
      dropped += spans
    })
    exporter.add([span('again')])
    expect(await until(() => posts.length === 2, WITHIN)).toBe(true)
    expect(posts.map(({ names }) => names)).toEqual([['again'], ['again']])
    exporter.add([span('refused')])
    expect(await until(() => dropped === 1, WITHIN)).toBe(true)
    await exporter.close()
    expect(posts.length).toBe(3)
  })

  test('that is away holds nobody up: what there is no room for is dropped and counted', async () => {
    server.closeAllConnections()
    server.close()
    let dropped = 0
    const exporter = exporterTo(url, (spans) => {
      dropped += spans
    })
    for (let lot = 0; lot < 50; lot += 1) exporter.add(Array.from({ length: 100 }, () => span('lost')))
    expect(dropped).toBe(5_000 - 4_096)
    await exporter.close()
  })
})

describe('the settings', () => {
  test('are OpenTelemetry’s own variables: none of them, no collector', () => {
    expect(readCollectorSettings({})).toBeNull()
    expect(readCollectorSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318/' })?.url).toBe(
      'http://otel:4318/v1/traces',
    )
    const traces = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://otel/custom' }
    expect(readCollectorSettings({ ...traces, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://other' })?.url).toBe(
      'https://otel/custom',
    )
  })

  test('that cannot be meant end the start, and their value is in no message', () => {
    const bad = [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'secret-place:4318' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://o', OTEL_EXPORTER_OTLP_HEADERS: 'secret-place' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://o', OTEL_EXPORTER_OTLP_PROTOCOL: 'secret-place' },
    ]
    for (const variables of bad) {
      expect(() => readCollectorSettings(variables)).toThrow(/^expected OTEL_/)
      expect(() => readCollectorSettings(variables)).not.toThrow(/secret-place/)
    }
  })
})
