import { measureLoad } from './measured-load.ts'
import type { BenchSystem } from './system.ts'
import { type BenchRow, figure, processRows } from './table.ts'

const CONNECTIONS = 256
const BAR_PER_SECOND = 6_000
const BAR_P99_MS = 100

/** One event in each request, each durable before its answer, as fast as the connections can ask. */
export async function measureSingle(system: BenchSystem, input: { seconds: number }): Promise<BenchRow[]> {
  const shape = { eventsPerSecond: null, batchEvents: 1, connections: CONNECTIONS }
  await measureLoad(system, { ...shape, seconds: 3 })
  const load = await measureLoad(system, { ...shape, seconds: input.seconds })
  const { report } = load
  const perSecond = report.acceptedEvents / report.seconds
  const share = report.acceptedEvents / report.offeredEvents
  return [
    {
      what: `one event in a request, ${CONNECTIONS} connections: accepted and durable`,
      found: `${figure(perSecond)} events/s (${figure(share * 100)} % of those offered)`,
      bar: { text: `≥ ${figure(BAR_PER_SECOND)} events/s`, isMet: perSecond >= BAR_PER_SECOND },
    },
    {
      what: 'one event in a request: answer',
      found: `p50 ${figure(report.ackMs.p50)} ms, p99 ${figure(report.ackMs.p99)} ms, max ${figure(report.ackMs.max)} ms`,
      bar: { text: `p99 < ${BAR_P99_MS} ms`, isMet: report.ackMs.p99 < BAR_P99_MS },
    },
    ...processRows('single events', load),
  ]
}
