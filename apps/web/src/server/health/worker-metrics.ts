import { EVENT_TO_CHART_SECONDS, type QueueCounts, type WorkerCounts } from '@meterbook/db/redis'
import { histogramSamples, metric } from './metric-text.ts'

/** What the workers count into Redis, and what waits there for them. The same from every web process. */
export function renderWorkerMetrics(input: { counts: WorkerCounts; queues: readonly QueueCounts[] }): string[] {
  const { counts, queues } = input
  const { chartBuckets, chartMs } = counts
  return [
    ...metric(
      'portal_event_verdicts_total',
      'counter',
      'Events of all workers by what became of them, and why; begins again when Redis is emptied.',
      [...counts.verdicts].map(([name, value]) => {
        const [verdict = '', reason = ''] = name.split(' ')
        return { labels: { verdict, reason }, value }
      }),
    ),
    ...metric(
      'portal_event_to_chart_seconds',
      'histogram',
      'From receipt to where charts read, for each event of all workers.',
      histogramSamples({ labels: {}, bounds: EVENT_TO_CHART_SECONDS, buckets: chartBuckets, sum: chartMs / 1000 }),
    ),
    ...metric(
      'portal_queue_jobs',
      'gauge',
      'Messages to the workers by queue and state; hints, none of which is needed.',
      queues.flatMap(({ name, ...states }) =>
        Object.entries(states).map(([state, value]) => ({ labels: { queue: name, state }, value })),
      ),
    ),
  ]
}
