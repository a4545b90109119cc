import { type Pool, readShardLags } from '@meterbook/db/postgres'

/** Prometheus text: how far the journal and its projection have come, by shard. Base units, no ids of tenants. */
export async function renderMetrics(pool: Pool, nowMs: number): Promise<string> {
  const lags = await readShardLags(pool)
  const through = (waitingSince: bigint | null) =>
    waitingSince === null ? nowMs / 1000 : Number(waitingSince / 1000n) / 1000
  return [
    ...metric(
      'portal_journal_batches_total',
      'counter',
      'Batches committed to the journal.',
      lags,
      (lag) => lag.journaled,
    ),
    ...metric(
      'portal_projected_batches_total',
      'counter',
      'Batches whose events are counted or held.',
      lags,
      (lag) => lag.projected,
    ),
    ...metric(
      'portal_watermark_timestamp_seconds',
      'gauge',
      'Everything received before this time is projected.',
      lags,
      (lag) => through(lag.waitingSince),
      'stage="projection",',
    ),
    '',
  ].join('\n')
}

function metric<Row extends { shard: number }>(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  rows: readonly Row[],
  value: (row: Row) => bigint | number,
  labels = '',
): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...rows.map((row) => `${name}{${labels}shard="${row.shard}"} ${value(row)}`),
  ]
}
