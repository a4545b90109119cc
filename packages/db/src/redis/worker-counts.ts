import type { RedisConnection } from './connection.ts'

/** Upper bounds, in seconds, of the times from receipt to visibility. */
export const EVENT_TO_CHART_SECONDS = [0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300, 1800] as const

const KEY = 'meterbook:worker-counts'

/**
 * What the workers have done since Redis began to hold it: events by verdict and reason, and how long events took to be visible. All workers add to the
 * same counters, so the web process that is asked for metrics need not know them. Redis emptied: they begin again, as after a restart.
 */
export interface WorkerCounts {
  /** `verdict reason` → events; no reason: `counted ` and so on. */
  verdicts: Map<string, number>
  /** Events by the first bound that they did not exceed; the last one: beyond all. */
  chartBuckets: number[]
  chartMs: number
}

export function noCounts(): WorkerCounts {
  return { verdicts: new Map(), chartBuckets: Array(EVENT_TO_CHART_SECONDS.length + 1).fill(0), chartMs: 0 }
}

/** Rejects where Redis is away; nothing is added then. */
export async function addWorkerCounts(redis: RedisConnection, counts: WorkerCounts): Promise<void> {
  const adding = redis.multi()
  for (const [verdict, events] of counts.verdicts) adding.hincrby(KEY, `verdict:${verdict}`, events)
  for (const [index, events] of counts.chartBuckets.entries())
    if (events > 0) adding.hincrby(KEY, `chart:${index}`, events)
  adding.hincrby(KEY, 'chart-ms', Math.round(counts.chartMs))
  await adding.exec()
}

export async function readWorkerCounts(redis: RedisConnection): Promise<WorkerCounts> {
  const counts = noCounts()
  for (const [field, text] of Object.entries(await redis.hgetall(KEY))) {
    const value = Number(text)
    if (field.startsWith('verdict:')) counts.verdicts.set(field.slice('verdict:'.length), value)
    else if (field === 'chart-ms') counts.chartMs = value
    else if (field.startsWith('chart:')) counts.chartBuckets[Number(field.slice('chart:'.length))] = value
  }
  return counts
}
