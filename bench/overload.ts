import { measureLoad, warmUp } from './measured-load.ts'
import { latency } from './sustained.ts'
import type { BenchSystem } from './system.ts'
import { type BenchRow, figure, processRows } from './table.ts'

const BAR_P99_MS = 3_000
const CONNECTIONS = 32

/** More than can be projected, from connections that ask again at once: what is refused, and how soon the rest is visible. */
export async function measureOverload(system: BenchSystem, input: { seconds: number }): Promise<BenchRow[]> {
  await warmUp(system)
  const load = await measureLoad(system, { seconds: input.seconds, eventsPerSecond: null, connections: CONNECTIONS })
  const { report, visibility } = load
  const statuses = Object.entries(report.statuses).map(([status, count]) => `${status}: ${figure(count)}`)
  return [
    {
      what: `overload, ${CONNECTIONS} connections without a pause: offered`,
      found: `${figure(report.offeredEvents / report.seconds)} events/s, answers ${statuses.join(', ')}`,
      bar: { text: 'only 204, 429 and 503', isMet: report.failedEvents === 0 },
    },
    {
      what: 'overload: taken and visible',
      found: `${figure(visibility.events / visibility.seconds)} events/s`,
      limit: `${figure((report.shedEvents / report.offeredEvents) * 100)} % shed`,
    },
    {
      what: 'overload: event → visible of what was taken',
      found: latency(load),
      bar: { text: `p99 < ${figure(BAR_P99_MS)} ms`, isMet: visibility.p99Ms < BAR_P99_MS },
    },
    ...processRows('overload', load),
  ]
}
