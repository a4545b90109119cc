import { monitorEventLoopDelay } from 'node:perf_hooks'
import { metric } from './metric-text.ts'

const LOOP_RESOLUTION_MS = 20
const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
loop.enable()

/** This process: which code, since when, and what it costs the machine. The event loop's delay is of the time since it was last asked. */
export function renderProcessMetrics(version: string): string[] {
  const { user, system } = process.cpuUsage()
  const startedAt = Date.now() / 1000 - process.uptime()
  const delaySeconds = loop.percentile(99) / 1e9
  loop.reset()
  const one = (name: string, type: 'counter' | 'gauge', help: string, value: number) =>
    metric(name, type, help, [{ labels: {}, value }])
  return [
    ...metric('portal_build_info', 'gauge', 'Which code this process runs; always 1.', [
      { labels: { version, node: process.versions.node }, value: 1 },
    ]),
    ...one('process_start_time_seconds', 'gauge', 'When this process began, Unix time.', startedAt),
    ...one('process_cpu_seconds_total', 'counter', 'Processor time of this process.', (user + system) / 1e6),
    ...one('process_resident_memory_bytes', 'gauge', 'Memory of this process.', process.memoryUsage.rss()),
    ...one(
      'nodejs_eventloop_delay_p99_seconds',
      'gauge',
      'How late the event loop of this process came, 99 of 100 times at most.',
      Number.isFinite(delaySeconds) ? delaySeconds : 0,
    ),
  ]
}
