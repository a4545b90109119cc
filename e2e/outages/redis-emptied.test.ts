import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '@meterbook/stack/wait'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectPromiseKept } from './check-promise.ts'
import { type OutageSystem, startOutageSystem } from './outage-system.ts'
import { type OwnServer, startOwnServer } from './own-server.ts'
import { startSteadyLoad } from './steady-load.ts'

const LIVELY_EVENTS = 300
const AWAY_MS = 2_000
const VISIBLE_MS_MAX = 5_000

let redis: OwnServer
let system: OutageSystem
beforeAll(async () => {
  system = await startOutageSystem(async (others) => {
    redis = await startOwnServer('redis', others)
    return { redis: redis.servers.redis }
  })
})
afterAll(async () => {
  await system?.stop()
  await redis?.remove()
})

test('Redis stopped, emptied, or out of memory: nobody is refused, and what is taken is counted all the while', async () => {
  const load = startSteadyLoad({ url: system.url, key: system.key, name: 'redis-emptied' })
  const { told } = load
  const goesOn = async () => {
    const { size } = told.acknowledged
    expect(await until(() => told.acknowledged.size >= size + LIVELY_EVENTS, { withinMs: 30_000 })).toBe(true)
  }
  /** Nothing that is older than this waits, whatever Redis does. */
  const isCounted = async () => {
    const { projection } = (await system.readyz()).components
    return projection.lagSeconds !== undefined && projection.lagSeconds * 1000 < VISIBLE_MS_MAX
  }
  const isReady = async () => (await system.readyz()).status === 'ready'
  await goesOn()

  await redis.down()
  await pause(AWAY_MS)
  await goesOn()
  expect(await isCounted()).toBe(true)
  expect(await system.readyz()).toMatchObject({ status: 'unready', components: { redis: { state: 'down' } } })
  fs.rmSync(path.join(redis.home, 'redis'), { recursive: true, force: true })
  await redis.up()
  expect(await until(isReady, { withinMs: 30_000, everyMs: 100 })).toBe(true)
  await goesOn()

  const operator = new Redis(redis.servers.redis.url)
  await operator.config('SET', 'maxmemory', '1')
  const isFull = async () => (await system.readyz()).components.redis.detail === 'OOM'
  expect(await until(isFull, { withinMs: 10_000, everyMs: 100 })).toBe(true)
  await goesOn()
  expect(await isCounted()).toBe(true)
  await operator.config('SET', 'maxmemory', '0')
  operator.disconnect()
  expect(await until(isReady, { withinMs: 30_000, everyMs: 100 })).toBe(true)
  await goesOn()

  await load.stop()
  expect([...told.refused]).toEqual([])
  await expectPromiseKept(system, 'redis-emptied', told)
})
