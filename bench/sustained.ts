import { type MeasuredLoad, measureLoad, warmUp } from './measured-load.ts'
import type { BenchSystem } from './system.ts'
import { type BenchRow, ceilingOf, figure, processRows } from './table.ts'

const BAR_PER_SECOND = 40_000
const BAR_P99_MS = 1_500
/** A backlog grows if its last third is higher than its first by more than this many seconds of the load. */
const BACKLOG_GROWTH_SECONDS = 0.5

/** A fixed rate in batches of 1,000, sent on schedule: what is visible how soon, and whether a backlog grows. */
export async function measureSustained(
  system: BenchSystem,
  input: { eventsPerSecond: number; seconds: number },
): Promise<BenchRow[]> {
  await warmUp(system)
  const load = await measureLoad(system, input)
  const { report, visibility } = load
  const name = `${figure(input.eventsPerSecond)}/s offered`
  const visible = visibility.events / visibility.seconds
  const isAll = report.acceptedEvents === report.offeredEvents
  // The last events may take as long as they are allowed to: what counts is that all came at this rate.
  const sustained = (BAR_PER_SECOND * input.seconds) / (input.seconds + BAR_P99_MS / 1_000)
  const grown = growth(load) / input.eventsPerSecond
  return [
    {
      what: `${name} for ${input.seconds} s: visible`,
      found: `${figure(visible)} events/s (${figure(report.acceptedEvents)} of ${figure(report.offeredEvents)} accepted, ${visibility.groups} groups)`,
      bar: { text: `≥ ${figure(BAR_PER_SECOND)} events/s`, isMet: isAll && visible >= sustained },
      limit: ceilingOf(load),
    },
    {
      what: `${name}: event → visible`,
      found: latency(load),
      bar: { text: `p99 < ${figure(BAR_P99_MS)} ms`, isMet: visibility.p99Ms < BAR_P99_MS },
    },
    {
      what: `${name}: request → durable answer`,
      found: `p50 ${figure(report.ackMs.p50)} ms, p99 ${figure(report.ackMs.p99)} ms, max ${figure(report.ackMs.max)} ms`,
    },
    {
      what: `${name}: backlog`,
      found: `${figure(Math.max(0, ...load.backlog))} events at most, ${figure(load.backlog.at(-1) ?? 0)} at the end`,
      bar: { text: 'does not grow', isMet: grown < BACKLOG_GROWTH_SECONDS },
    },
    ...processRows(name, load),
  ]
}

export function latency({ visibility }: MeasuredLoad): string {
  return `p50 ${figure(visibility.p50Ms)} ms, p99 ${figure(visibility.p99Ms)} ms, max ${figure(visibility.maxMs)} ms`
}

/** By how many events the backlog's last third lies above its first, on average. */
function growth({ backlog }: MeasuredLoad): number {
  const third = Math.max(1, Math.floor(backlog.length / 3))
  return mean(backlog.slice(-third)) - mean(backlog.slice(0, third))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
