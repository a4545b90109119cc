import { measureLoad, warmUp } from './measured-load.ts'
import { latency } from './sustained.ts'
import type { BenchSystem } from './system.ts'
import { type BenchRow, processRows } from './table.ts'

const EVENTS_PER_SECOND = 5_000
const BATCH_EVENTS = 100
const BAR_P99_MS = 250

/** A light load in small requests over several apps: how near real time the house is when it is not pressed. */
export async function measureLight(system: BenchSystem, input: { seconds: number }): Promise<BenchRow[]> {
  await warmUp(system)
  const load = await measureLoad(system, {
    seconds: input.seconds,
    eventsPerSecond: EVENTS_PER_SECOND,
    batchEvents: BATCH_EVENTS,
  })
  return [
    {
      what: '5,000/s in batches of 100: event → visible',
      found: latency(load),
      bar: { text: `p99 < ${BAR_P99_MS} ms`, isMet: load.visibility.p99Ms < BAR_P99_MS },
      limit: `${load.visibility.groups} groups`,
    },
    ...processRows('5,000/s', load),
  ]
}
