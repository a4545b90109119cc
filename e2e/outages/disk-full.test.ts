import { setTimeout as pause } from 'node:timers/promises'
import { until } from '@meterbook/stack/wait'
import { afterEach, describe, expect, test } from 'vitest'
import { expectHonest, expectPromiseKept } from './check-promise.ts'
import { type OutageSystem, startOutageSystem } from './outage-system.ts'
import { canHaveOwnDisk, type OwnDisk, startOnOwnDisk } from './own-disk.ts'
import type { Store } from './own-server.ts'
import { startSteadyLoad } from './steady-load.ts'

const LIVELY_EVENTS = 300
const FULL_MS = 3_000

let disk: OwnDisk | undefined
let system: OutageSystem | undefined
afterEach(async () => {
  await system?.stop()
  await disk?.remove()
  system = undefined
  disk = undefined
})
async function start(store: Store, mib: number) {
  const running = await startOutageSystem(async (others) => {
    disk = await startOnOwnDisk(store, others, mib)
    return { [store]: disk.servers[store] }
  })
  system = running
  if (disk === undefined) throw new Error('expected a disk')
  const load = startSteadyLoad({ url: running.url, key: running.key, name: `${store}-full` })
  const goesOn = async () => {
    const { size } = load.told.acknowledged
    expect(await until(() => load.told.acknowledged.size >= size + LIVELY_EVENTS, { withinMs: 60_000 })).toBe(true)
  }
  const isReady = async () => (await running.readyz().catch(() => null))?.status === 'ready'
  return { disk, system: running, load, goesOn, isReady }
}

// A machine that refuses mounts says so in the count of tests that did not run; it is no fault of what is tested.
describe.runIf(canHaveOwnDisk())('a disk that is full', () => {
  test("ClickHouse's: the journal takes everything, health names the fault, and it catches up by itself", async () => {
    const { disk, system, load, goesOn, isReady } = await start('clickhouse', 400)
    await goesOn()
    expect(await disk.fill()).toBeLessThan(64 * 1024)
    const isNamed = async () => (await system.readyz()).components.clickhouse.detail === 'NOT_ENOUGH_SPACE'
    expect(await until(isNamed, { withinMs: 20_000, everyMs: 100 })).toBe(true)
    await pause(FULL_MS)
    await goesOn()
    expect(Number((await system.readyz()).components.projection.waitingEvents)).toBeGreaterThan(LIVELY_EVENTS)

    await disk.free()
    expect(await until(isReady, { withinMs: 60_000, everyMs: 100 })).toBe(true)
    const told = await load.stop()
    expect([...told.refused]).toEqual([])
    await expectPromiseKept(system, 'clickhouse-full', told)
  })

  test("Postgres': what cannot be made durable is answered with 503 and not lost silently, and it goes on by itself", async () => {
    const { disk, system, load, goesOn, isReady } = await start('postgres', 200)
    const { told } = load
    await goesOn()
    expect(await disk.fill()).toBeLessThan(64 * 1024)
    expect(await until(() => told.refused.has(503), { withinMs: 30_000 })).toBe(true)
    const isDown = async () => (await system.readyz()).components.postgres.state === 'down'
    expect(await until(isDown, { withinMs: 20_000, everyMs: 100 })).toBe(true)
    await pause(FULL_MS)

    await disk.free()
    await goesOn()
    expect(await until(isReady, { withinMs: 60_000, everyMs: 100 })).toBe(true)
    await load.stop()
    expect([...told.refused.keys()]).toEqual([503])
    expectHonest(told.problems)
    await expectPromiseKept(system, 'postgres-full', told)
  })
})
