import { spawn } from 'node:child_process'
import { createClickHouse } from '@meterbook/db/clickhouse'
import { createRedis } from '@meterbook/db/redis'
import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningSystem, startRunningSystem } from '../clients/running-system.ts'
import { meterValue, type SentEvent, sendBatch } from '../events.ts'

const COMMAND = new URL('../../workers/src/operator/main.ts', import.meta.url).pathname
const APPS = 2
const EVENTS_PER_APP = 400
const FROM = '2026-03-27T00:00:00Z'
const TO = '2026-04-02T00:00:00Z'
const PROJECTED_MS_MAX = 60_000

let system: RunningSystem
beforeAll(async () => {
  system = await startRunningSystem()
})
afterAll(() => system?.stop())

describe('with ClickHouse and Redis wiped', () => {
  test('`meterbook rebuild` gives every query the same bytes as before, while events keep coming', async () => {
    for (const app of system.demo.apps.slice(0, APPS)) {
      for (let batch = 0; batch < 4; batch++) {
        const events = Array.from({ length: EVENTS_PER_APP / 4 }, (_, index) => eventOf(batch * 100 + index, app.slug))
        // Some again, and some with other content: duplicates and conflicts.
        const again = events
          .slice(0, 5)
          .map((event, index) => (index % 2 === 0 ? event : { ...event, subject: 'other' }))
        expect(await sendBatch({ url: system.url, key: app.ingestKey, events: [...events, ...again] })).toBe(204)
      }
    }
    await projected()
    const before = await answers()
    expect(before.size).toBeGreaterThan(100)
    expect([...before.values()].filter((answer) => answer.includes('"valueExact"')).length).toBeGreaterThan(30)

    await wipe()
    const sending = keepSending()
    const { code, output } = await meterbook('rebuild', '--json')
    const sent = await sending.stop()
    expect(output).toMatch(/"isDone":true/)
    expect(code).toBe(0)
    await projected()
    const after = await answers()
    for (const [question, answer] of before) expect(after.get(question), question).toBe(answer)
    expect(sent).toBeGreaterThan(0)
    const late = {
      url: system.url,
      key: system.demo.apps[0]?.ingestKey ?? '',
      meter: 'requests',
      query: { subject: 'late' },
    }
    expect(await meterValue(late)).toBe(String(sent))
  }, 180_000)
})

const TYPES = [
  (n: number) => ({ type: 'request', data: { method: n % 2 ? 'GET' : 'POST', route: `/r${n % 5}` } }),
  (n: number) => ({ type: 'prompt', data: { tokens: `${n}.${n % 10}`, model: `m${n % 3}`, type: 'input' } }),
  (n: number) => ({ type: 'signin', data: { user: `u${n % 17}` } }),
  (n: number) => ({ type: 'connections', data: { open: (n * 37) % 101, region: n % 2 ? 'eu' : 'us' } }),
  (n: number) => ({
    type: 'function.invoked',
    data: { durationMs: n, memoryMiB: 128 * (1 + (n % 4)), outcome: n % 9 ? 'ok' : 'crash', timeoutMs: 50 },
  }),
  (n: number) => ({ type: 'kvs.read', data: { bytes: n % 4 ? n * 1000 : 0 } }),
  (n: number) => ({ type: 'sql.level', subject: `db-${n % 3}`, data: { bytes: n * 1_000_003 } }),
  (n: number) => ({ type: 'container.level', subject: `c-${n % 3}`, data: { vcpu: n % 5, memoryMiB: n * 16 } }),
  (n: number) => ({ type: n % 2 ? 'unheard.of' : 'prompt', data: { tokens: 'many' } }),
]

/** Spread over six days with a change of clocks in them. */
function eventOf(n: number, app: string): SentEvent {
  const shape = TYPES[n % TYPES.length]?.(n)
  const time = new Date(Date.parse(FROM) + ((n * 1_237_001) % 518_400_000)).toISOString()
  const base = { specversion: '1.0', id: `${app}-${n}`, source: '/e2e/rebuild', time, subject: `s-${n % 7}` } as const
  return { ...base, ...shape } as SentEvent
}

/** What every meter answers to every app's key, by window and zone, as JSON and CSV, whole and by subject. */
async function answers(): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const app of system.demo.apps.slice(0, APPS)) {
    const ask = async (path: string, accept = 'application/json') => {
      const headers = { authorization: `Bearer ${app.ingestKey}`, accept }
      const answer = await fetch(`${system.url}${path}`, { headers })
      found.set(`${app.slug} ${accept} ${path}`, `${answer.status} ${await answer.text()}`)
    }
    const listed = await fetch(`${system.url}/api/v1/meters`, { headers: { authorization: `Bearer ${app.ingestKey}` } })
    const meters = (await listed.json()) as { slug: string }[]
    for (const { slug } of meters) {
      const range = `from=${FROM}&to=${TO}`
      const path = `/api/v1/meters/${slug}/query?${range}`
      await ask(path)
      await ask(`${path}&windowSize=HOUR`)
      await ask(`${path}&windowSize=DAY&windowTimeZone=Europe/Berlin`)
      await ask(`${path}&windowSize=DAY&windowTimeZone=Asia/Kathmandu&groupBy=subject`, 'text/csv')
    }
  }
  return found
}

/** Until nothing waits any more. */
async function projected(): Promise<void> {
  const isDone = async () => {
    const answer = await fetch(`${system.url}/readyz`).catch(() => null)
    const { components } = ((await answer?.json()) ?? {}) as {
      components?: { projection?: { waitingBatches?: string } }
    }
    return answer?.status === 200 && components?.projection?.waitingBatches === '0'
  }
  expect(await until(isDone, { withinMs: PROJECTED_MS_MAX })).toBe(true)
}

/** Everything that both hold, as after the loss of a disk. */
async function wipe(): Promise<void> {
  const { clickhouse, redis } = system.stores
  const url = new URL(clickhouse.url)
  const database = url.pathname.slice(1)
  url.pathname = '/'
  const client = createClickHouse(url.href)
  await client.command({ query: 'DROP DATABASE {database:Identifier} SYNC', query_params: { database } })
  await client.close()
  const connection = createRedis(redis.url)
  const flush = () =>
    connection.flushdb().then(
      () => true,
      () => false,
    )
  expect(await until(flush, { withinMs: 5_000 })).toBe(true)
  connection.disconnect()
}

/** One event after another until it is stopped; resolves with how many were acknowledged. */
function keepSending(): { stop(): Promise<number> } {
  let isStopped = false
  let sent = 0
  const key = system.demo.apps[0]?.ingestKey ?? ''
  const sending = (async () => {
    while (!isStopped) {
      const event = { ...eventOf(0, 'late'), id: `late-${sent}`, subject: 'late', time: new Date().toISOString() }
      if ((await sendBatch({ url: system.url, key, events: [event] })) === 204) sent++
    }
  })()
  return {
    async stop() {
      isStopped = true
      await sending
      return sent
    },
  }
}

/** Runs the operator's command line as an operator would, on this system's stores. */
function meterbook(...args: string[]): Promise<{ code: number; output: string }> {
  const { postgres, clickhouse, redis } = system.stores
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: postgres.url,
    CLICKHOUSE_URL: clickhouse.url,
    REDIS_URL: redis.url,
  }
  const child = spawn(process.execPath, [COMMAND, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((resolve) => child.on('exit', (code) => resolve({ code: code ?? 1, output })))
}
