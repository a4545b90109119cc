import { setTimeout as pause } from 'node:timers/promises'
import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectHonest, expectPromiseKept } from './check-promise.ts'
import { type OutageSystem, startOutageSystem } from './outage-system.ts'
import { type OwnServer, startOwnServer } from './own-server.ts'
import { startSteadyLoad } from './steady-load.ts'

const LIVELY_EVENTS = 300
/** As an operator restarts it, as a machine that loses its power does, and the first again. */
const RESTARTS: NodeJS.Signals[] = ['SIGINT', 'SIGKILL', 'SIGINT']
const AWAY_MS = 2_000

let postgres: OwnServer
let system: OutageSystem
beforeAll(async () => {
  system = await startOutageSystem(async (others) => {
    postgres = await startOwnServer('postgres', others)
    return { postgres: postgres.servers.postgres }
  })
})
afterAll(async () => {
  await system?.stop()
  await postgres?.remove()
})

test('a restart of Postgres under load costs senders a 503 that says when to come back, and never an acknowledged event', async () => {
  const load = startSteadyLoad({ url: system.url, key: system.key, name: 'postgres-restarted' })
  const { told } = load
  const goesOn = async () => {
    const { size } = told.acknowledged
    expect(await until(() => told.acknowledged.size >= size + LIVELY_EVENTS, { withinMs: 30_000 })).toBe(true)
  }
  await goesOn()
  for (const signal of RESTARTS) {
    postgres.kill(signal)
    await goesOn()
  }
  await postgres.down()
  await pause(AWAY_MS)
  const { status, components } = await system.readyz()
  expect(status).toBe('unready')
  expect(components.postgres.state).toBe('down')
  expect(components.projection.detail).toBe('the journal does not answer')
  expect(await system.metrics()).toContain('portal_up{component="postgres"} 0')
  await postgres.up()
  await goesOn()

  await load.stop()
  expect([...told.refused.keys()]).toEqual([503])
  expectHonest(told.problems)
  await expectPromiseKept(system, 'postgres-restarted', told)
})
