import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Handlers, NodeHandler } from './compose.ts'
import { ASKED_PATH_HEADER, createRouter } from './route-request.ts'

/** Says which door it is, and what it was told. */
const door =
  (name: string): NodeHandler =>
  (request, response) => {
    const { [ASKED_PATH_HEADER]: path, 'content-security-policy': policy, 'x-forwarded-for': from } = request.headers
    response.end(JSON.stringify({ name, path, policy, from }))
  }

let server: Server
let origin: string
beforeAll(async () => {
  const names = ['ingest', 'api', 'healthz', 'livez', 'readyz', 'metrics', 'board'] as const
  const handlers = { ...Object.fromEntries(names.map((name) => [name, door(name)])), close: async () => {} } as Handlers
  const route = createRouter({
    handlers,
    page: door('page'),
    isHttps: false,
    trustsProxy: false,
    personOf: async ({ 'x-test-right': right }) =>
      right === undefined ? null : { isPlatformAdmin: right === 'platform' },
  })
  server = createServer((request, response) => void route(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

const ask = async (path: string, init?: RequestInit) => {
  const response = await fetch(origin + path, init)
  return {
    headers: response.headers,
    ...((await response.json()) as { name: string; path?: string; policy?: string; from?: string }),
  }
}

describe('the doors', () => {
  it('events go to ingest, with or without a query, and only when they are sent', async () => {
    expect((await ask('/api/v1/events', { method: 'POST' })).name).toBe('ingest')
    expect((await ask('/api/v1/events?x=1', { method: 'POST' })).name).toBe('ingest')
    expect((await ask('/api/v1/events')).name).toBe('api')
    expect((await ask('/api/v1/events/extra', { method: 'POST' })).name).toBe('api')
  })
  it('probes are answered before everything else', async () => {
    for (const name of ['healthz', 'livez', 'readyz', 'metrics']) expect((await ask(`/${name}`)).name).toBe(name)
  })
  it('the board of the queues, its files and its calls are there for those who run the platform, and for nobody else', async () => {
    for (const path of [
      '/admin/queues/board',
      '/admin/queues/board/static/js/main.js',
      '/admin/queues/board/api/queues',
    ]) {
      expect((await ask(path, { headers: { 'x-test-right': 'platform' } })).name).toBe('board')
      expect((await ask(path, { headers: { 'x-test-right': 'none' } })).name).toBe('page')
      expect((await ask(path)).name).toBe('page')
    }
    expect((await ask('/admin/queues/boards', { headers: { 'x-test-right': 'platform' } })).name).toBe('page')
  })
  it('all else is a page', async () => {
    for (const path of ['/', '/s/fernline', '/api/trpc/spaces', '/api/v1events'])
      expect((await ask(path)).name).toBe('page')
  })
})

describe('a page', () => {
  it('hears the nonce that the browser hears, another one each time', async () => {
    const [first, second] = [await ask('/'), await ask('/')]
    expect(first.headers.get('content-security-policy')).toBe(first.policy)
    expect(first.policy).not.toBe(second.policy)
  })
  it('learns its own address, without the router’s own parameter', async () => {
    expect((await ask('/s/x?range=7d&_rsc=abc')).path).toBe('/s/x?range=7d')
  })
  it('is told where a request came from by the socket, not by the caller', async () => {
    const { from, path } = await ask('/', {
      headers: { 'x-forwarded-for': '203.0.113.9', [ASKED_PATH_HEADER]: '/evil' },
    })
    expect(from).toBe('127.0.0.1')
    expect(path).toBe('/')
  })
  it('sends no policy with its files, which are many', async () => {
    const { headers } = await ask('/_next/static/chunks/x.js')
    expect(headers.get('content-security-policy')).toBeNull()
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })
})
