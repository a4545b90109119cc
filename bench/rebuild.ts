import { availableParallelism } from 'node:os'
import type { ClickHouseClient } from '@meterbook/db/clickhouse'
import { readRebuildProgress } from '@meterbook/db/postgres'
import { beginRebuild } from '@meterbook/db/rebuild'
import { until } from '@meterbook/stack/wait'
import { measureLoad } from './measured-load.ts'
import { watchProcesses } from './process-usage.ts'
import type { BenchSystem } from './system.ts'
import { type BenchRow, figure } from './table.ts'

const REBUILD_MS_MAX = 1_200_000
/** Enough to replay if nothing was sent before. */
const EVENTS_MIN = 500_000
const FILL_PER_SECOND = 25_000

/** Drops every projection and replays the journal: how fast, and whether every total is the same again to the digit. */
export async function measureRebuild(system: BenchSystem): Promise<BenchRow[]> {
  const journaled = Number((await readRebuildProgress(system.pool)).events)
  if (journaled < EVENTS_MIN) {
    const seconds = Math.ceil((EVENTS_MIN - journaled) / FILL_PER_SECOND)
    await measureLoad(system, { seconds, eventsPerSecond: FILL_PER_SECOND })
  }
  const before = await totals(system.clickhouse)
  const watch = watchProcesses(system.processes)
  const beganMs = performance.now()
  await beginRebuild({ ...system.urls, by: 'bench', reason: 'measured by the bench', log: () => undefined })
  const isDone = async () => (await readRebuildProgress(system.pool)).isFinished
  if (!(await until(isDone, { withinMs: REBUILD_MS_MAX, everyMs: 100 })))
    throw new Error('expected the rebuild to end within 20 minutes')
  const seconds = (performance.now() - beganMs) / 1000
  const figures = watch.end()
  const events = Number((await readRebuildProgress(system.pool)).eventsThrough)
  const cpuMicros = figures.reduce((sum, each) => sum + each.cpuMicros, 0) / events
  const cores = availableParallelism()
  return [
    {
      what: 'rebuild of all projections from the journal',
      found: `${figure(events / seconds)} events/s (${figure(events)} events in ${seconds.toFixed(1)} s)`,
      bar: { text: 'the same totals to the digit', isMet: before === (await totals(system.clickhouse)) },
      limit: `${figure((cores * 1e6) / cpuMicros)} events/s: ${cores} cores ÷ ${cpuMicros.toFixed(1)} CPU µs/event`,
    },
    ...figures.map((each) => ({
      what: `rebuild: ${each.name}`,
      found: `${(each.cpuMicros / events).toFixed(2)} CPU µs/event, peak ${Math.round(each.peakBytes / 2 ** 20)} MiB`,
      limit: `${Math.round(each.cpuMicros / seconds / 10_000)} % of one core`,
    })),
  ]
}

/** Of every meter and hour, as the rollup and the verdicts say. */
async function totals(clickhouse: ClickHouseClient): Promise<string> {
  const result = await clickhouse.query({
    query: `SELECT app, meter, toString(t) AS t, toString(sum(r.count)) AS count, toString(sum(r.sum)) AS total
      FROM rollup_hour AS r GROUP BY app, meter, t ORDER BY app, meter, t`,
    format: 'JSONCompactEachRow',
  })
  const verdicts = await clickhouse.query({
    query:
      'SELECT app, toString(verdict), toString(sum(sign)) FROM event_index GROUP BY app, verdict ORDER BY app, verdict',
    format: 'JSONCompactEachRow',
  })
  return JSON.stringify([await result.json(), await verdicts.json()])
}
