import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startClosedLoop } from './closed-loop.ts'
import { type OutageSystem, startOutageSystem } from './outage-system.ts'

const BATCH_EVENTS = 1_000
/** A worker that gets a fifth of its time: slow, and never still for long. */
const HELD_MS = 200
const FREE_MS = 50
const OVERLOAD_MS_MAX = 60_000
const COUNTED_MS_MAX = 90_000

let system: OutageSystem
let slowing: NodeJS.Timeout | undefined
beforeAll(async () => {
  system = await startOutageSystem(async () => ({}))
})
afterAll(async () => {
  clearTimeout(slowing)
  system?.worker.kill('SIGCONT')
  await system?.stop()
})

test('offered more than it can project, the door refuses by 503 with the time to come back, and takes nothing of what it refuses', async () => {
  slowDown()
  const loop = startClosedLoop({ url: system.url, key: system.key, lanes: 4, pauseMs: 50 })
  const isShedding = () => loop.refused.length >= 20 && loop.taken.length >= 20
  expect(await until(isShedding, { withinMs: OVERLOAD_MS_MAX, everyMs: 100 })).toBe(true)
  // The first flood is cut off by what may come between two looks; a limit follows once it is seen that what waits grows older.
  const isSaid = async (words: RegExp) => (await system.metrics()).some((line) => words.test(line))
  const isLimited = () => isSaid(/^portal_admission_limit_events_per_second\{.*\} [1-9]/)
  expect(await until(isLimited, { withinMs: OVERLOAD_MS_MAX, everyMs: 100 })).toBe(true)
  expect(await isSaid(/refused_requests_total\{reason="overload"\} [1-9]/)).toBe(true)
  await loop.stop()
  clearTimeout(slowing)
  system.worker.kill('SIGCONT')

  expect([...loop.statuses].sort()).toEqual([204, 503])
  for (const seconds of loop.retryAfter) expect(seconds).toMatch(/^([1-9]|10)$/)
  const taken = loop.taken.length * BATCH_EVENTS
  const journal = await system.pool.query<{ events: string }>('SELECT sum(event_count) AS events FROM journal_batch')
  expect(Number(journal.rows[0]?.events)).toBe(taken)
  const counted = async () => {
    const result = await system.clickhouse.query({
      query: `SELECT toUInt32(sum(count)) AS n FROM rollup_minute WHERE meter = 'requests'`,
      format: 'JSONEachRow',
    })
    return (await result.json<{ n: number }>())[0]?.n
  }
  await until(async () => (await counted()) === taken, { withinMs: COUNTED_MS_MAX, everyMs: 100 })
  expect(await counted()).toBe(taken)
})

function slowDown(isHeld = false): void {
  system.worker.kill(isHeld ? 'SIGCONT' : 'SIGSTOP')
  slowing = setTimeout(() => slowDown(!isHeld), isHeld ? FREE_MS : HELD_MS)
}
