import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningSystem, startRunningSystem } from '../clients/running-system.ts'
import { type CollectedSpan, type Collector, startCollector } from './collector.ts'

const run = promisify(execFile)
const MAIN = path.resolve(import.meta.dirname, '..', '..', 'workers/src/operator/main.ts')
const WITHIN = { withinMs: 60_000, everyMs: 50 }
const SENDER = '00f067aa0ba902b7'
const STEPS = [
  'request begun',
  'received',
  'journalled',
  'projection begun',
  'identities looked up',
  'attributed and measured',
  'insert begun',
  'inserted',
  'in rollups',
]

let collector: Collector
let system: RunningSystem
let key: string
beforeAll(async () => {
  collector = await startCollector()
  system = await startRunningSystem({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
  key = system.keyOf('sprint-radar')
})
afterAll(async () => {
  await system?.stop()
  collector?.stop()
})

const eventOf = (id: string, more: object = {}) => ({
  ...{ specversion: '1.0', id, source: '/traced', type: 'request', data: { method: 'GET', route: '/' } },
  ...more,
})

async function send(events: object[], headers: Record<string, string> = {}) {
  return fetch(`${system.url}/api/v1/events`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${key}`,
      'Content-Type': 'application/cloudevents-batch+json',
      ...headers,
    },
    body: JSON.stringify(events),
  })
}

const spansOf = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId)
const named = (spans: readonly CollectedSpan[], name: string) => spans.find((span) => span.name === name)
const lengthOf = (span: CollectedSpan | undefined) =>
  span === undefined ? Number.NaN : Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6

async function lifeOf(id: string) {
  const address = `${system.url}/api/v1/events/${encodeURIComponent('/traced')}/${id}`
  const answer = await fetch(address, { headers: { Authorization: `Bearer ${key}` } })
  return (await answer.json()) as {
    trace: { id: string; givenBy: string | null; steps: { step: string; at: string; seconds: number }[] }
  }
}

function meterbook(...args: string[]) {
  const { postgres, clickhouse, redis } = system.stores
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: postgres.url,
    CLICKHOUSE_URL: clickhouse.url,
    REDIS_URL: redis.url,
  }
  return run(process.execPath, [MAIN, ...args], { env: env as NodeJS.ProcessEnv })
}

describe('a trace of one event, from its POST to the rollups', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const WORK = [
    'wait',
    'look up identities',
    'attribute and measure',
    'wait for the group before',
    'write the event index',
    'write usage and rollups',
    'make visible',
  ]

  test('reaches the collector from web and worker as one tree, with the time of every step', async () => {
    const traceparent = `00-${traceId}-${SENDER}-01`
    const answer = await send([eventOf('by-header')], { traceparent, Prefer: 'return=representation, wait=20' })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ traceId, events: [{ verdict: 'counted' }] })
    expect(await until(() => named(spansOf(traceId), 'make visible') !== undefined, WITHIN)).toBe(true)
    const spans = spansOf(traceId)
    const parentOf = ({ parentSpanId }: CollectedSpan) =>
      spans.find(({ spanId }) => spanId === parentSpanId)?.name ?? null
    const tree = Object.fromEntries(spans.map((span) => [span.name, [span.service, parentOf(span)]]))
    expect(tree).toEqual({
      'POST /api/v1/events': ['meterbook-web', null],
      'read the body': ['meterbook-web', 'POST /api/v1/events'],
      'commit to the journal': ['meterbook-web', 'POST /api/v1/events'],
      project: ['meterbook-worker', 'commit to the journal'],
      ...Object.fromEntries(WORK.map((name) => [name, ['meterbook-worker', 'project']])),
    })
    expect(named(spans, 'POST /api/v1/events')?.parentSpanId).toBe(SENDER)
    for (const span of spans) expect(lengthOf(span), span.name).toBeGreaterThanOrEqual(0)
    for (const name of ['commit to the journal', 'write the event index', 'write usage and rollups', 'make visible'])
      expect(lengthOf(named(spans, name)), name).toBeGreaterThan(0)
  })

  test('is on the receipt of the event, and the command line prints it', async () => {
    expect(await until(async () => (await lifeOf('by-header')).trace.givenBy === 'request', WITHIN)).toBe(true)
    const { trace } = await lifeOf('by-header')
    expect(trace.id).toBe(traceId)
    expect(trace.steps.map(({ step }) => step)).toEqual(STEPS)
    const times = trace.steps.map(({ at }) => at)
    expect(times).toEqual([...times].sort())
    const json = JSON.parse(
      (await meterbook('trace', '--app', 'sprint-radar', '/traced', 'by-header', '--json')).stdout,
    )
    expect(json).toMatchObject({ ok: true, trace: traceId, givenBy: 'request', verdict: 'counted', steps: trace.steps })
    const { stdout } = await meterbook('trace', '--app', 'sprint-radar', '/traced', 'by-header')
    for (const step of STEPS) expect(stdout).toContain(`\n${step}`)
    expect(stdout).toMatch(/\n\d+\.\d ms from request begun to in rollups\n$/)
  })
})

test('a traceparent of the event itself comes before that of its request', async () => {
  const [own, ofRequest] = ['a'.repeat(32), 'b'.repeat(32)]
  const events = [eventOf('own', { traceparent: `00-${own}-${SENDER}-01` }), eventOf('with-it')]
  expect((await send(events, { traceparent: `00-${ofRequest}-${SENDER}-01` })).status).toBe(204)
  expect(await until(() => named(spansOf(ofRequest), 'make visible') !== undefined, WITHIN)).toBe(true)
  expect(await until(() => named(spansOf(own), 'make visible') !== undefined, WITHIN)).toBe(true)
  expect((await lifeOf('own')).trace).toMatchObject({ id: own, givenBy: 'event' })
  expect((await lifeOf('with-it')).trace).toMatchObject({ id: ofRequest, givenBy: 'request' })
  const event = named(spansOf(own), 'usage event')
  expect(event).toMatchObject({ service: 'meterbook-worker', parentSpanId: SENDER })
  expect(event?.attributes).toContainEqual({ key: 'meterbook.verdict', value: { stringValue: 'counted' } })
})

test('what its sender does not keep is sent nowhere and kept nowhere', async () => {
  const [unsampled, marker] = ['c'.repeat(32), 'd'.repeat(32)]
  const traceparent = `00-${unsampled}-${SENDER}-00`
  expect((await send([eventOf('unsampled')], { traceparent })).status).toBe(204)
  expect((await send([eventOf('broken')], { traceparent: 'not a trace' })).status).toBe(204)
  // Whatever is sent for those would be sent before this.
  expect((await send([eventOf('marker')], { traceparent: `00-${marker}-${SENDER}-01` })).status).toBe(204)
  expect(await until(() => named(spansOf(marker), 'make visible') !== undefined, WITHIN)).toBe(true)
  expect(spansOf(unsampled)).toEqual([])
  expect((await lifeOf('unsampled')).trace.givenBy).toBeNull()
  expect((await lifeOf('broken')).trace.givenBy).toBeNull()
  // Without a request's notes, the steps of the worker are told all the same.
  const steps = (await lifeOf('unsampled')).trace.steps.map(({ step }) => step)
  expect(steps).toEqual(STEPS.filter((step) => step !== 'request begun' && step !== 'journalled'))
})
