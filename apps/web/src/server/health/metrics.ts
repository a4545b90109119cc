import { type Pool, readLastGroups, readShardLags } from '@meterbook/db/postgres'
import { type ShardDoorState, waitingMs } from './admission-watch.ts'

const MODES = ['open', 'limited', 'stalled', 'full', 'catching_up', 'rebuilding'] as const

export type MetricsDeps = {
  pool: Pool
  doors: () => ShardDoorState[]
  /** Requests that this process turned away since it began, by reason. */
  refused: () => Readonly<Record<string, number>>
  nowMs: number
}

/**
 * Prometheus text: how far the journal and its projection have come, and what the door of this process does, by shard. Base units, no
 * ids of tenants. What Postgres would say is left out while it is away; `portal_up` says so.
 */
export async function renderMetrics(deps: MetricsDeps): Promise<string> {
  const stored = await storedMetrics(deps).catch(() => null)
  return [
    ...metric('portal_up', 'gauge', 'Whether Postgres answered this question.', [
      { labels: { component: 'postgres' }, value: stored === null ? 0 : 1 },
    ]),
    ...(stored ?? []),
    ...doorMetrics(deps),
    '',
  ].join('\n')
}

async function storedMetrics({ pool, nowMs }: MetricsDeps): Promise<string[]> {
  const [lags, groups] = await Promise.all([readShardLags(pool), readLastGroups(pool)])
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
      'Everything received before this time is projected.',
      lags.map((lag) => ({
        labels: { stage: 'projection', shard: lag.shard },
        value: lag.waitingSince === null ? nowMs / 1000 : Number(lag.waitingSince / 1000n) / 1000,
      })),
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

type Sample = { labels: Record<string, string | number>; value: bigint | number | string }

function metric(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ labels, value }) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`)
      return `${name}{${pairs.join(',')}} ${value}`
    }),
  ]
}
