import {
  type Pool,
  readLastGroups,
  readReconciliationHealth,
  readShardLags,
  readShardStages,
  readVerification,
} from '@meterbook/db/postgres'
import type { QueueCounts, WorkerCounts } from '@meterbook/db/redis'
import { type ShardDoorState, waitingMs } from './admission-watch.ts'
import type { IngestMetrics } from './ingest-metrics.ts'
import { metric, type Sample } from './metric-text.ts'
import { renderProcessMetrics } from './process-metrics.ts'
import type { RequestMetrics } from './request-metrics.ts'
import { renderWorkerMetrics } from './worker-metrics.ts'

const MODES = ['open', 'limited', 'stalled', 'full', 'catching_up', 'rebuilding'] as const

const ANSWER_MS_MAX = 1_000

export type MetricsDeps = {
  pool: Pool
  doors: () => ShardDoorState[]
  /** Requests that this process turned away since it began, by reason. */
  refused: () => Readonly<Record<string, number>>
  requests: Pick<RequestMetrics, 'render'>
  ingest: Pick<IngestMetrics, 'render'>
  /** What the workers have counted, and their queues; rejects while Redis is away. */
  workers: () => Promise<{ counts: WorkerCounts; queues: QueueCounts[] }>
  version: string
  nowMs: number
}

/**
 * Prometheus text: how far the journal and its projection have come, and what the door of this process does, by shard. Base units, no
 * ids of tenants. What a store would say is left out while it is away; `portal_up` says so.
 */
export async function renderMetrics(deps: MetricsDeps): Promise<string> {
  const [stored, workers] = await Promise.all([
    storedMetrics(deps).catch(() => null),
    within(deps.workers()).catch(() => null),
  ])
  return [
    ...metric('portal_up', 'gauge', 'Whether a store answered this question.', [
      { labels: { component: 'postgres' }, value: stored === null ? 0 : 1 },
      { labels: { component: 'redis' }, value: workers === null ? 0 : 1 },
    ]),
    ...(stored ?? []),
    ...(workers === null ? [] : renderWorkerMetrics(workers)),
    ...deps.ingest.render(),
    ...doorMetrics(deps),
    ...deps.requests.render(),
    ...renderProcessMetrics(deps.version),
    '',
  ].join('\n')
}

async function storedMetrics({ pool, nowMs }: MetricsDeps): Promise<string[]> {
  const [lags, groups, stages, reconciliation, verification] = await Promise.all([
    readShardLags(pool),
    readLastGroups(pool),
    readShardStages(pool),
    readReconciliationHealth(pool),
    readVerification(pool),
  ])
  const settled = stages.flatMap(({ shard, settledUntil }) =>
    settledUntil === null ? [] : [{ shard, until: Number(settledUntil / 1000n) / 1000 }],
  )
  const each = <Row extends { shard: number }>(rows: readonly Row[], value: (row: Row) => Sample['value']) =>
    rows.map((row) => ({ labels: { shard: row.shard }, value: value(row) }))
  return [
    ...metric(
      'portal_journal_batches_total',
      'counter',
      'Batches committed to the journal.',
      each(lags, (lag) => lag.journaled),
    ),
    ...metric(
      'portal_journal_events_total',
      'counter',
      'Events committed to the journal.',
      each(lags, (lag) => lag.takenEvents),
    ),
    ...metric(
      'portal_projected_batches_total',
      'counter',
      'Batches whose events are counted or held.',
      each(lags, (lag) => lag.projected),
    ),
    ...metric(
      'portal_projected_events_total',
      'counter',
      'Events that are counted or held; begins again with a rebuild.',
      each(lags, (lag) => lag.projectedEvents),
    ),
    ...metric(
      'portal_backlog_events',
      'gauge',
      'Events in the journal that are not projected.',
      each(lags, (lag) => lag.waitingEvents),
    ),
    ...metric(
      'portal_backlog_age_seconds',
      'gauge',
      'Age of the oldest batch that is not projected.',
      each(lags, (lag) => waitingMs(lag, nowMs) / 1000),
    ),
    ...metric(
      'portal_watermark_timestamp_seconds',
      'gauge',
      'Up to which time a stage has done its work: projection by time of receipt, ledger by time of use.',
      [
        ...lags.map((lag) => ({
          labels: { stage: 'projection', shard: lag.shard },
          value: lag.waitingSince === null ? nowMs / 1000 : Number(lag.waitingSince / 1000n) / 1000,
        })),
        ...settled.map(({ shard, until }) => ({ labels: { stage: 'ledger', shard }, value: until })),
      ],
    ),
    ...metric(
      'portal_ledger_lag_seconds',
      'gauge',
      'How long ago the last hour ended that is posted; the allowed lateness (48 h) is part of it.',
      settled.map(({ shard, until }) => ({ labels: { shard }, value: Math.max(0, nowMs / 1000 - until) })),
    ),
    ...metric('portal_reconciliation_open_incidents', 'gauge', 'Differences that were found and are not resolved.', [
      { labels: {}, value: reconciliation.openIncidents },
    ]),
    ...metric(
      'portal_reconciliation_waiting_batches',
      'gauge',
      'Newest batches that are projected and not compared yet.',
      [{ labels: {}, value: reconciliation.waitingBatches }],
    ),
    ...timeOf(
      'portal_reconciliation_looked_timestamp_seconds',
      'When something was last compared.',
      reconciliation.lookedAt,
    ),
    ...timeOf(
      'portal_ledger_verified_timestamp_seconds',
      'When every chain was last verified to its end.',
      verification.completedAt,
    ),
    ...metric(
      'portal_rebuilding',
      'gauge',
      'Whether recorded groups are being replayed.',
      each(lags, (lag) => (lag.isRebuilding ? 1 : 0)),
    ),
    ...metric(
      'portal_projection_group_duration_seconds',
      'gauge',
      'From opening to closing of the last finished group.',
      each(groups, (group) => group.durationSeconds),
    ),
  ]
}

/** No sample for what never happened: 0 would be the year 1970. */
function timeOf(name: string, help: string, at: bigint | null): string[] {
  return metric(name, 'gauge', help, at === null ? [] : [{ labels: {}, value: Number(at / 1000n) / 1000 }])
}

async function within<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ANSWER_MS_MAX)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
    answer.catch(() => undefined)
  }
}

function doorMetrics({ doors, refused }: MetricsDeps): string[] {
  const shards = doors()
  return [
    ...metric(
      'portal_admission_mode',
      'gauge',
      'What the door of this process does with events for a shard: 1 for the mode it is in.',
      shards.flatMap(({ shard, mode }) =>
        MODES.map((each) => ({ labels: { shard, mode: each }, value: each === mode ? 1 : 0 })),
      ),
    ),
    ...metric(
      'portal_admission_limit_events_per_second',
      'gauge',
      'Events a second that this process takes at most.',
      shards.map(({ shard, limit }) => ({ labels: { shard }, value: limit ?? '+Inf' })),
    ),
    ...metric(
      'portal_projection_pace_events_per_second',
      'gauge',
      'Events a second that the projection was seen to do.',
      shards.map(({ shard, eventsPerSecond }) => ({ labels: { shard }, value: eventsPerSecond })),
    ),
    ...metric(
      'portal_ingest_refused_requests_total',
      'counter',
      'Requests turned away by this process, of which nothing was taken.',
      Object.entries(refused()).map(([reason, value]) => ({ labels: { reason }, value })),
    ),
  ]
}
