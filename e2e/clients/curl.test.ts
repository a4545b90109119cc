import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTotal } from './read-total.ts'
import { type RunningSystem, startRunningSystem } from './running-system.ts'

const run = promisify(execFile)
let system: RunningSystem
const COUNTED_WITHIN_MS = 30_000
const BYTES_MAX = 16_000_000

beforeAll(async () => {
  system = await startRunningSystem()
})
afterAll(() => system?.stop())

test('a first event sent with curl is taken with 204 and counted', async () => {
  const key = system.keyOf('sprint-radar')
  const sent = await curl([
    ...post(key, 'application/cloudevents+json'),
    '-d',
    JSON.stringify({
      specversion: '1.0',
      id: '1',
      source: 'curl',
      type: 'request',
      data: { method: 'GET', route: '/hello' },
    }),
  ])
  expect(sent).toEqual({ status: 204, contentType: '', body: '' })
  await expect
    .poll(() => readTotal({ url: system.url, key, meter: 'requests' }), { timeout: COUNTED_WITHIN_MS, interval: 50 })
    .toBe(1)
})

test('with Prefer: wait, curl is told what became of each event', async () => {
  const key = system.keyOf('doc-relay')
  const event = { specversion: '1.0', id: 'a', source: 'curl', type: 'prompt', data: { tokens: 5 } }
  const events = [
    event,
    { ...event, time: '2026-10-01T00:00:00Z' },
    { ...event, data: { tokens: 6 } },
    { ...event, id: 'b', data: {} },
    { ...event, id: 'c', type: 'no.such.type' },
  ]
  const { status, body } = await curl([
    ...post(key, 'application/cloudevents-batch+json'),
    ...['-H', 'Prefer: return=representation, wait=20'],
    ...['-d', JSON.stringify(events)],
  ])
  expect(status).toBe(200)
  const verdicts = findVerdicts(JSON.parse(body))
  expect(verdicts).toEqual(['counted', 'duplicate', 'conflict', 'quarantined', 'quarantined'])
})

test('a body of a megabyte, gzip and one event a line, arrives whole though curl asks first whether to send it', async () => {
  const key = system.keyOf('triage-desk')
  const pad = 'x'.repeat(200)
  const lines = Array.from({ length: 8_000 }, (_, number) =>
    JSON.stringify({
      specversion: '1.0',
      id: String(number),
      source: 'curl',
      type: 'prompt',
      data: { tokens: 1, pad: pad + number },
    }),
  )
  const plain = Buffer.from(`${lines.join('\n')}\n`)
  expect(plain.length).toBeGreaterThan(1_100_000)
  expect(await curl([...post(key, 'application/x-ndjson'), '--data-binary', '@-'], plain)).toMatchObject({
    status: 204,
  })
  const zipped = [...post(key, 'application/x-ndjson'), '-H', 'Content-Encoding: gzip', '--data-binary', '@-']
  expect(await curl(zipped, gzipSync(plain))).toMatchObject({ status: 204 })
  await expect
    .poll(() => readTotal({ url: system.url, key, meter: 'tokens_total' }), {
      timeout: COUNTED_WITHIN_MS,
      interval: 50,
    })
    .toBe(8_000)
})

test('curl is told what is wrong: no key, another media type, no JSON, an event without its attributes', async () => {
  const key = system.keyOf('asset-ledger')
  const good = JSON.stringify({ specversion: '1.0', id: '1', source: 'curl', type: 'request' })
  const answers = [
    await curl([...post('', 'application/cloudevents+json'), '-d', good]),
    await curl([...post(key, 'text/html'), '-d', good]),
    await curl([...post(key, 'application/cloudevents+json'), '-d', '{']),
    await curl([...post(key, 'application/cloudevents+json'), '-d', '{"specversion":"1.0"}']),
  ]
  expect(answers.map((answer) => answer.status)).toEqual([401, 415, 400, 400])
  for (const { contentType, body, status } of answers) {
    expect(contentType).toBe('application/problem+json')
    expect(JSON.parse(body)).toMatchObject({ status, title: expect.any(String), detail: expect.stringMatching(/\S/) })
  }
})

function post(key: string, contentType: string): string[] {
  const authorization = key === '' ? [] : ['-H', `Authorization: Bearer ${key}`]
  return [`${system.url}/api/v1/events`, ...authorization, '-H', `Content-Type: ${contentType}`]
}

async function curl(args: string[], input?: Buffer): Promise<{ status: number; contentType: string; body: string }> {
  const trailer = '\n%{http_code}\n%{content_type}'
  const running = run('curl', ['-sS', '--max-time', '60', '-w', trailer, ...args], { maxBuffer: BYTES_MAX })
  running.child.stdin?.end(input)
  const { stdout } = await running
  const [contentType = '', status = '', ...body] = stdout.split('\n').reverse()
  return { status: Number(status), contentType, body: body.reverse().join('\n') }
}

/** The receipt's verdicts, by the index of the event. */
function findVerdicts(receipt: unknown): unknown[] {
  const { events } = receipt as { events: { index: number; verdict: string }[] }
  return [...events].sort((a, b) => a.index - b.index).map((event) => event.verdict)
}
