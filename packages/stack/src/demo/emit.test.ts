import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../wait.ts'
import { SPACES } from './cast.ts'
import { DoorRefusal, openDoor } from './door.ts'
import { emit } from './emit.ts'
import type { DemoEvent } from './event-shapes.ts'
import { historyOf, type Span } from './history.ts'
import { progressFile } from './progress.ts'
import { sendHistory } from './send-history.ts'

const APPS = SPACES.flatMap((space) => space.apps)
const SENDERS = APPS.map((app) => ({ app, key: `key of ${app.slug}` }))
const DAY_MS = 86_400_000
const TO_MS = Date.parse('2026-11-22T11:07:31.250Z')
const SPAN: Span = { fromMs: TO_MS - 1.5 * DAY_MS, toMs: TO_MS }

/** A server on the route, which does as the test says with each request: what it took is in `taken`. */
let server: http.Server
let url: string
let taken: { key: string; event: DemoEvent }[]
let answer: (request: number) => { status: number; headers?: Record<string, string>; isLost?: boolean; body?: string }
let home: string

beforeEach(async () => {
  taken = []
  answer = () => ({ status: 204 })
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-emit-test-'))
  let requests = 0
  server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { status, headers, isLost, body } = answer(requests++)
      if (request.url !== '/api/v1/events' || request.headers['content-encoding'] !== 'gzip') response.statusCode = 404
      else response.writeHead(status, headers)
      if (status === 204) {
        const key = request.headers.authorization?.replace('Bearer ', '') ?? ''
        for (const event of JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()) as DemoEvent[])
          taken.push({ key, event })
      }
      if (isLost) request.socket.destroy()
      else response.end(body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.close()
  server.closeAllConnections()
  fs.rmSync(home, { recursive: true, force: true })
})

test('a door that is away, asks for patience or loses its answer misses no event of the history', async () => {
  const trouble: ReturnType<typeof answer>[] = [
    { status: 503, headers: { 'retry-after': '0' } },
    { status: 429, headers: { 'retry-after': '0' } },
    { status: 204, isLost: true },
    { status: 500 },
    { status: 204, isLost: true },
  ]
  answer = (request) => trouble[request] ?? { status: 204 }
  const lines: string[] = []
  const door = openDoor({ url, signal: new AbortController().signal, log: () => {} })
  await sendHistory({ senders: SENDERS, span: SPAN, door, sentThrough: () => {}, log: (line) => lines.push(line) })
  for (const { app, key } of SENDERS) {
    const mine = taken.filter((one) => one.key === key).map(({ event }) => event)
    const byId = new Map(mine.map((event) => [event.source + event.id, event]))
    const expected = [...historyOf(app, SPAN)]
    expect(byId.size).toBe(expected.length)
    for (const event of expected) expect(byId.get(event.source + event.id)).toEqual(event)
    // The lost answers: the same events again, and only those.
    expect(mine.length).toBeGreaterThanOrEqual(expected.length)
  }
  const total = SENDERS.reduce((sum, { app }) => sum + [...historyOf(app, SPAN)].length, 0)
  expect(lines.slice(-2)).toEqual([`history ${total}/${total}`, 'history sent'])
})

test('a history with a refused event is not marked as sent', async () => {
  answer = (request) => ({ status: request < 2 ? 204 : 200 })
  const sentThrough: number[] = []
  const lines: string[] = []
  const door = openDoor({ url, signal: new AbortController().signal, log: () => {} })
  const sending = sendHistory({
    senders: SENDERS,
    span: SPAN,
    door,
    sentThrough: (ms) => sentThrough.push(ms),
    log: (line) => lines.push(line),
  })
  await expect(sending).rejects.toThrow(DoorRefusal)
  expect(sentThrough).toEqual([])
  expect(lines).toEqual([])
})

test('a wrong key ends the sending at once, and is not in the message', async () => {
  answer = () => ({ status: 401 })
  const door = openDoor({ url, signal: new AbortController().signal, log: () => {} })
  const sending = door.send({ key: 'mbk_prefix_secret', events: [] })
  await expect(sending).rejects.toThrow(/answered 401/)
  await expect(door.send({ key: 'mbk_prefix_secret', events: [] })).rejects.not.toThrow(/secret/)
})

test('a batch of nothing but malformed events is over and done with; any other 400 ends the sending', async () => {
  const bodies = [
    { extensions: { validationErrors: [{ field: 'id', code: 'required', message: '' }] } },
    { detail: 'no' },
  ]
  answer = (request) => ({ status: 400, body: JSON.stringify(bodies[request]) })
  const door = openDoor({ url, signal: new AbortController().signal, log: () => {} })
  expect(await door.send({ key: 'k', events: [{ type: 'request' }] })).toBe('some')
  await expect(door.send({ key: 'k', events: [{ type: 'request' }] })).rejects.toThrow(DoorRefusal)
})

test('a later start sends only what came since, goes on in the present, and leaves word of how far it came', async () => {
  const apps = APPS.map((app) => ({
    id: `id of ${app.slug}`,
    slug: app.slug,
    space: '',
    ingestKey: `key of ${app.slug}`,
  }))
  const progress = progressFile({ home, appIds: apps.map((app) => app.id) })
  const startMs = Date.now()
  const sinceMs = startMs - 3 * 3_600_000
  progress.write(sinceMs)
  const stop = new AbortController()
  const lines: string[] = []
  const emitting = emit({
    url,
    home,
    apps,
    now: Date.now,
    seed: 'a test',
    signal: stop.signal,
    log: (line) => lines.push(line),
  })
  const isLive = await until(() => taken.filter(({ event }) => event.source === '/demo/sprint-radar').length > 5, {
    withinMs: 30_000,
  })
  expect(isLive).toBe(true)
  stop.abort()
  await emitting
  const past = taken.filter(({ event }) => event.source.endsWith('/history'))
  expect(past.every(({ event }) => Date.parse(event.time) > sinceMs)).toBe(true)
  expect(past.length).toBeGreaterThan(50)
  expect(lines.at(-1)).toBe('history sent')
  expect(progress.read()).toBeGreaterThan(startMs)
  expect(progressFile({ home, appIds: ['of another database'] }).read()).toBeUndefined()
})
