import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '@meterbook/stack/wait'
import type { LoadPlan, LoadReport } from './load/plan.ts'
import { startLoad } from './load/run-load.ts'
import { type ProcessFigures, watchProcesses } from './process-usage.ts'
import type { BenchSystem } from './system.ts'
import { type Visibility, VisibilityMeter } from './visibility.ts'

const DRAIN_MS_MAX = 300_000
const LOOK_MS = 1_000
const WARM_UP_SECONDS = 5

export interface MeasuredLoad {
  report: LoadReport
  visibility: Visibility
  processes: ProcessFigures[]
  /** CPU of all processes together, for one visible event. */
  cpuMicrosPerEvent: number
  /** Events not yet projected, looked at each second while the load ran. */
  backlog: number[]
}

type Load = Partial<LoadPlan> & Pick<LoadPlan, 'seconds' | 'eventsPerSecond'>

/** Sends a load, waits until all of it is visible, and says how it went for whom. */
export async function measureLoad(system: BenchSystem, load: Load): Promise<MeasuredLoad> {
  const meter = new VisibilityMeter(system.pool, system.clickhouse)
  const isDrained = async () => (await meter.backlog()) === 0
  const mark = await meter.mark()
  const running = startLoad(planOf(system, load))
  const watch = watchProcesses([...system.processes, { name: 'load generator', pid: running.pid }])
  const backlog: number[] = []
  let isSending = true
  const looking = (async () => {
    while (isSending) {
      await pause(LOOK_MS)
      if (isSending) backlog.push(await meter.backlog())
    }
  })()
  const report = await running.report.finally(() => {
    isSending = false
  })
  await looking
  if (!(await until(isDrained, { withinMs: DRAIN_MS_MAX, everyMs: 100 }))) {
    throw new Error(
      `expected everything to be visible within ${DRAIN_MS_MAX / 1000} s, found ${await meter.backlog()} events waiting`,
    )
  }
  const processes = watch.end()
  const visibility = await meter.since(mark)
  const cpuMicros = processes.reduce((sum, each) => sum + each.cpuMicros, 0)
  return { report, visibility, processes, backlog, cpuMicrosPerEvent: cpuMicros / visibility.events }
}

/** Code that has run is compiled; what is measured is not the first seconds of a process. */
export async function warmUp(system: BenchSystem): Promise<void> {
  await measureLoad(system, { seconds: WARM_UP_SECONDS, eventsPerSecond: 10_000 })
}

function planOf(system: BenchSystem, load: Load): LoadPlan {
  return {
    host: system.host,
    port: system.port,
    keys: system.keys,
    run: randomUUID().slice(0, 8),
    connections: 32,
    batchEvents: 1_000,
    duplicatePercent: 1,
    ...load,
  }
}
