import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createClickHouse } from '@meterbook/db/clickhouse'
import { migrateClickhouse } from '@meterbook/db/clickhouse/migrate'
import { migratePostgres } from '@meterbook/db/postgres/migrate'
import { createRedis } from '@meterbook/db/redis'
import { seedDemo } from '@meterbook/stack/demo'
import { freePort } from '@meterbook/stack/ports'
import { type StackProcesses, startProcesses } from '@meterbook/stack/processes'
import { type LocalServers, startServers } from '@meterbook/stack/servers'
import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { meterValue, requestEvent, type SentEvent, sendBatch } from '../events.ts'

const SEND_MS = 8_000
const SENDERS = 4
const BATCH_EVENTS = 20
const COUNTED_WITHIN_MS = 90_000

let home: string
let servers: LocalServers
let processes: StackProcesses
let key: string

beforeAll(async () => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-chaos-'))
  servers = await startServers({ home, env: { PATH: process.env.PATH }, log: () => undefined })
  await migratePostgres({ ownerUrl: servers.postgres.ownerUrl, appUrl: servers.postgres.url })
  await migrateClickhouse({ url: servers.clickhouse.url })
  const port = await freePort()
  const demo = await seedDemo({
    databaseUrl: servers.postgres.url,
    home,
    url: `http://127.0.0.1:${port}`,
    shardCount: 4,
    log: () => undefined,
  })
  key = demo.apps[0]!.ingestKey
  processes = await startProcesses({ servers, home, port })
})
afterAll(async () => {
  await processes?.stop()
  await servers?.stop()
  fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

describe('every event answered with 204 is counted exactly once', () => {
  test('with Redis emptied and killed in mid-stream', async () => {
    await sendThrough('redis', async () => {
      const redis = createRedis(servers.redis.url)
      await until(
        () =>
          redis.flushall().then(
            () => true,
            () => false,
          ),
        { withinMs: 5_000 },
      )
      redis.disconnect()
      return killNow(pidOf('redis'))
    })
  })

  test('with the worker killed -9 in mid-stream', async () => {
    await sendThrough('worker', async () => {
      const pid = processes.workers[0]?.pid
      return pid !== undefined && killNow(pid)
    })
  })

  test('with ClickHouse killed -9 in mid-stream', async () => {
    await sendThrough('clickhouse', async () => killNow(pidOf('clickhouse')))
  })

  test('with Postgres killed -9 in mid-stream', async () => {
    await sendThrough('postgres', async () => killNow(pidOf('postgres')))
  })
})

/** Sends for SEND_MS, one kill every second and a half, each event again until it is answered; then compares with what is counted. */
async function sendThrough(name: string, kill: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + SEND_MS
  const acknowledged = new Set<string>()
  let kills = 0
  const killer = (async () => {
    while (performance.now() < end - 1_000) {
      await pause(1_500)
      if (await kill()) kills++
    }
  })()
  await Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(sender)))
  await killer
  expect(kills).toBeGreaterThanOrEqual(3)
  expect(acknowledged.size).toBeGreaterThan(100)

  const expected = acknowledged.size.toString()
  const value = () =>
    meterValue({ url: processes.url, key, meter: 'requests', query: { subject: name } }).catch(() => null)
  await until(async () => (await value()) === expected, { withinMs: COUNTED_WITHIN_MS })
  expect(await value()).toBe(expected)
  expect(await countedIds(name)).toEqual([...acknowledged].sort())

  async function send(sender: number): Promise<void> {
    for (let batch = 0; performance.now() < end; batch++) {
      const events: SentEvent[] = Array.from({ length: BATCH_EVENTS }, (_, index) =>
        requestEvent(`${name}-${sender}-${batch}-${index}`, { subject: name }),
      )
      // What was not acknowledged is sent again, as an honest client does: it may or may not have been taken.
      while ((await sendBatch({ url: processes.url, key, events })) !== 204) await pause(50)
      for (const { id } of events) acknowledged.add(id)
    }
  }
}

/** Ids that are counted, one row each: a double would show as a repeated id. */
async function countedIds(subject: string): Promise<string[]> {
  const clickhouse = createClickHouse(servers.clickhouse.url)
  try {
    const result = await clickhouse.query({
      query: `SELECT event_id FROM event_index WHERE subject = {subject:String} AND verdict = 'counted' ORDER BY event_id`,
      query_params: { subject },
      format: 'JSONEachRow',
    })
    return (await result.json<{ event_id: string }>()).map((row) => row.event_id).sort()
  } finally {
    await clickhouse.close()
  }
}

/** False if it is down already: the last kill's victim is not back yet. */
function killNow(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

function pidOf(server: 'redis' | 'clickhouse' | 'postgres'): number {
  return (JSON.parse(fs.readFileSync(path.join(home, 'run', `${server}.json`), 'utf8')) as { pid: number }).pid
}
