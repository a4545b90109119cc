import { availableParallelism } from 'node:os'
import type { MeasuredLoad } from './measured-load.ts'

/** One line of the closing table. `bar`: what was asked for, and whether it was met. `limit`: measured in the same run. */
export interface BenchRow {
  what: string
  found: string
  bar?: { text: string; isMet: boolean }
  limit?: string
}

export function printTable(rows: readonly BenchRow[]): void {
  console.log('\n| figure | found | bar | limit, same run |\n|---|---|---|---|')
  for (const { what, found, bar, limit } of rows) {
    console.log(
      `| ${what} | ${found} | ${bar ? `${bar.text}: ${bar.isMet ? 'met' : 'MISSED'}` : ''} | ${limit ?? ''} |`,
    )
  }
}

/** What a load took of the machine, process by process, and the rate at which that would fill all its cores. */
export function processRows(name: string, load: MeasuredLoad): BenchRow[] {
  const { events, seconds } = load.visibility
  const cores = availableParallelism()
  const rows = load.processes.map((each) => ({
    what: `${name}: ${each.name}`,
    found: `${(each.cpuMicros / events).toFixed(2)} CPU µs/event, peak ${Math.round(each.peakBytes / 2 ** 20)} MiB`,
    limit: `${Math.round(each.cpuMicros / seconds / 10_000)} % of one core`,
  }))
  return [
    ...rows,
    {
      what: `${name}: all processes`,
      found: `${load.cpuMicrosPerEvent.toFixed(2)} CPU µs/event`,
      limit: `${cores} cores of this CPU time: ${figure((cores * 1e6) / load.cpuMicrosPerEvent)} events/s`,
    },
  ]
}

/** The rate at which the cores would be full, if every event cost what it cost in this run. */
export function ceilingOf(load: MeasuredLoad): string {
  const cores = availableParallelism()
  return `${figure((cores * 1e6) / load.cpuMicrosPerEvent)} events/s: ${cores} cores ÷ ${load.cpuMicrosPerEvent.toFixed(1)} CPU µs/event`
}

export function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2)
}
