import { setTimeout as pause } from 'node:timers/promises'
import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectPromiseKept } from './check-promise.ts'
import { type OutageSystem, startOutageSystem } from './outage-system.ts'
import { type OwnServer, startOwnServer } from './own-server.ts'
import { startSteadyLoad } from './steady-load.ts'

/** Longer than it takes to call it an outage. */
const AWAY_MS = 9_000
const LIVELY_EVENTS = 500

let clickhouse: OwnServer
let system: OutageSystem
beforeAll(async () => {
  system = await startOutageSystem(async (others) => {
    clickhouse = await startOwnServer('clickhouse', others)
    return { clickhouse: clickhouse.servers.clickhouse }
  })
})
afterAll(async () => {
  await system?.stop()
  await clickhouse?.remove()
})

test('while ClickHouse is away nobody is refused, the lag shows, and after its return all of it is counted once and in order', async () => {
  const load = startSteadyLoad({ url: system.url, key: system.key, name: 'clickhouse-away' })
  const { told } = load
  expect(await until(() => told.acknowledged.size >= LIVELY_EVENTS, { withinMs: 30_000 })).toBe(true)

  await clickhouse.down()
  const takenBefore = told.acknowledged.size
  await pause(AWAY_MS)
  const takenAway = told.acknowledged.size - takenBefore
  expect(takenAway).toBeGreaterThan(LIVELY_EVENTS)

  const { status, components } = await system.readyz()
  expect(status).toBe('unready')
  expect(components.clickhouse.state).toBe('down')
  expect(components.postgres.state).toBe('up')
  expect(components.projection.lagSeconds).toBeGreaterThan(AWAY_MS / 2_000)
  expect(Number(components.projection.waitingEvents)).toBeGreaterThan(takenAway / 2)
  expect(components.projection.shards?.map(({ admission }) => admission)).toContain('stalled')
  const metrics = await system.metrics()
  expect(metrics.filter((line) => /^portal_admission_mode\{.*mode="stalled"\} 1$/.test(line))).not.toEqual([])

  await clickhouse.up()
  const isReady = async () => (await system.readyz()).status === 'ready'
  expect(await until(isReady, { withinMs: 60_000, everyMs: 100 })).toBe(true)
  await load.stop()
  expect([...told.refused]).toEqual([])
  await expectPromiseKept(system, 'clickhouse-away', told)
})
