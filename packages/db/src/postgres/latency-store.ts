import { LATENCY_BOUNDS_MS, type LatencyHistogram } from '@meterbook/core/latency'
import { later } from '@meterbook/core/window'
import { LATENCY_LOCK } from './advisory-locks.ts'
import { inTransaction, type Pool } from './pool.ts'
import { readShardLags } from './shard-lag.ts'

/** Of each shard at a time: a group has up to 5,000 batches. */
const GROUPS_MAX = 40

/**
 * Measures the groups that were done since the last time: how long each event took from its receipt to the moment from which all charts and answers include it.
 * Also notes how far behind the pipeline is now. Each event is measured once, whoever calls and however often; false while another process is at it, or
 * once nothing is left.
 */
export async function recordLatency(pool: Pool): Promise<boolean> {
  const lags = await readShardLags(pool)
  const behindMs = lags.map(({ waitingSince, readAt }) =>
    waitingSince === null ? 0n : (readAt - waitingSince) / 1000n,
  )
  const lagMs = behindMs.reduce(later, 0n)
  const waiting = lags.reduce((sum, { waitingEvents }) => sum + (waitingEvents > 0n ? waitingEvents : 0n), 0n)
  return inTransaction(pool, async (client) => {
    const lock = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_xact_lock($1, 0) AS taken', [
      LATENCY_LOCK,
    ])
    if (lock.rows[0]?.taken !== true) return false
    await client.query({
      name: 'latency-minute',
      text: `INSERT INTO pipeline_minute AS m (minute, lag_ms_max, waiting_events_max) VALUES (date_trunc('minute', clock_timestamp()), $1, $2)
        ON CONFLICT (minute) DO UPDATE SET lag_ms_max = greatest(m.lag_ms_max, excluded.lag_ms_max),
          waiting_events_max = greatest(m.waiting_events_max, excluded.waiting_events_max)`,
      values: [lagMs.toString(), waiting.toString()],
    })
    const { rows } = await client.query<{ groups: number }>({
      name: 'latency-record',
      text: RECORD,
      values: [[...LATENCY_BOUNDS_MS], GROUPS_MAX],
    })
    return rows.some(({ groups }) => groups === GROUPS_MAX)
  })
}

// By the minute in which a group was done. Receipt is by the clock of the web process, done by that of Postgres: what would be less than nothing is nothing.
const RECORD = `WITH groups AS (
    SELECT g.shard, g.first, g.last, g.done_at FROM journal_head h LEFT JOIN pipeline_latency_progress p ON p.shard = h.shard
    CROSS JOIN LATERAL (
      SELECT shard, first, last, done_at FROM projection_group
      WHERE shard = h.shard AND first > coalesce(p.through, 0) AND done_at IS NOT NULL ORDER BY first LIMIT $2
    ) g
  ), measured AS (
    SELECT date_trunc('minute', g.done_at) AS minute,
      width_bucket(greatest(extract(epoch FROM g.done_at - b.received_at)::float8 * 1000, 0), $1::float8[]) AS range, sum(b.event_count) AS events
    FROM groups g JOIN journal_batch b ON b.shard = g.shard AND b.number BETWEEN g.first AND g.last
    WHERE b.kind = 0 GROUP BY 1, 2
  ), kept AS (
    INSERT INTO pipeline_latency AS l (minute, range, events) SELECT minute, range, events FROM measured WHERE events > 0
    ON CONFLICT (minute, range) DO UPDATE SET events = l.events + excluded.events
  ), moved AS (
    INSERT INTO pipeline_latency_progress (shard, through) SELECT shard, max(last) FROM groups GROUP BY shard
    ON CONFLICT (shard) DO UPDATE SET through = excluded.through
  )
  SELECT count(*)::int AS groups FROM groups GROUP BY shard`

/** Forgets minutes that are older than so many days. */
export async function forgetLatency(pool: Pool, { days }: { days: number }): Promise<void> {
  for (const table of ['pipeline_latency', 'pipeline_minute']) {
    await pool.query(`DELETE FROM ${table} WHERE minute < now() - $1::int * interval '1 day'`, [days])
  }
}

/** A stretch of time, how long its events took, and how far behind the pipeline was. */
export interface LatencyStretch {
  /** Milliseconds since the epoch. */
  startMs: number
  /** How many of its minutes were watched. */
  minutesWatched: number
  /** The most that it was behind, of the minutes that were watched; null: none was. */
  lagMsMax: number | null
  histogram: LatencyHistogram
}

/** By day or hour of UTC, ascending, from the one in which `fromMs` lies; a stretch of which nothing is known has no row. */
export async function readLatency(
  pool: Pool,
  { size, fromMs }: { size: 'hour' | 'day'; fromMs: number },
): Promise<LatencyStretch[]> {
  const [minutes, events] = await Promise.all([
    pool.query<{ start: string; watched: number; lag: string }>({
      name: `latency-minutes-${size}`,
      text: `SELECT extract(epoch FROM date_trunc('${size}', minute, 'UTC'))::bigint AS start, count(*)::int AS watched, max(lag_ms_max) AS lag
        FROM pipeline_minute WHERE minute >= date_trunc('${size}', to_timestamp($1), 'UTC') GROUP BY 1 ORDER BY 1`,
      values: [fromMs / 1000],
    }),
    pool.query<{ start: string; range: number; events: string }>({
      name: `latency-events-${size}`,
      text: `SELECT extract(epoch FROM date_trunc('${size}', minute, 'UTC'))::bigint AS start, range, sum(events)::bigint AS events
        FROM pipeline_latency WHERE minute >= date_trunc('${size}', to_timestamp($1), 'UTC') GROUP BY 1, 2`,
      values: [fromMs / 1000],
    }),
  ])
  const watched = new Map(minutes.rows.map((row) => [row.start, row]))
  const starts = new Set([...watched.keys(), ...events.rows.map(({ start }) => start)])
  return [...starts]
    .map((start) => ({
      startMs: Number(start) * 1000,
      minutesWatched: watched.get(start)?.watched ?? 0,
      lagMsMax: watched.has(start) ? Number(watched.get(start)?.lag) : null,
      histogram: new Map(
        events.rows.filter((row) => row.start === start).map((row) => [row.range, BigInt(row.events)] as const),
      ),
    }))
    .sort((a, b) => a.startMs - b.startMs)
}

/** A time in which charts were more than `lagMs` behind. Milliseconds since the epoch; `endMs` exclusive. */
export interface Delay {
  startMs: number
  endMs: number
  lagMsMax: number
}

/** Runs of watched minutes in which the pipeline was further behind than `lagMs`, the newest first. Minutes that nobody watched end a run. */
export async function listDelays(
  pool: Pool,
  { fromMs, lagMs, limit }: { fromMs: number; lagMs: number; limit: number },
): Promise<Delay[]> {
  const { rows } = await pool.query<{ first: string; last: string; lag: string }>({
    name: 'latency-delays',
    text: `SELECT extract(epoch FROM min(minute))::bigint AS first, extract(epoch FROM max(minute))::bigint AS last, max(lag_ms_max) AS lag
      FROM (SELECT minute, lag_ms_max, minute - row_number() OVER (ORDER BY minute) * interval '1 minute' AS run
        FROM pipeline_minute WHERE lag_ms_max > $2 AND minute >= to_timestamp($1)) late
      GROUP BY run ORDER BY 1 DESC LIMIT $3`,
    values: [fromMs / 1000, lagMs, limit],
  })
  return rows.map(({ first, last, lag }) => ({
    startMs: Number(first) * 1000,
    endMs: (Number(last) + 60) * 1000,
    lagMsMax: Number(lag),
  }))
}
