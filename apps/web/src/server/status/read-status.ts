// server/status: how far counting has come and how fast it was, for anybody.
// Promises: nothing of a tenant, neither names nor amounts; what was not measured is null, and never nought; a store that is away is said to be.
// Does not know: who asks, how it looks.
import { addHistograms, latencyPercentile } from '@meterbook/core/latency'
import {
  type LatencyStretch,
  listDelays,
  listPublicIncidents,
  type Pool,
  readLatency,
  readReconciliationHealth,
  readShardLags,
  readShardStages,
  readVerification,
} from '@meterbook/db/postgres'
import type { LatencyBar, StatusIncident, StatusStage, StatusView } from '../../features/status/status-view.ts'
import { heldRead } from '../usage/held-reads.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const DAYS = 90
const HOURS = 24
const LISTED_MAX = 50
/** Behind by more than this, a page says so. */
const DELAY_MS = 60_000
const NOW_TTL_MS = 3_000
const HISTORY_TTL_MS = 60_000
const HISTORY_STALE_MS = 600_000

/** Everything that the status page shows. A part that cannot be read is null. */
export async function readStatus(pool: Pool, nowMs: number): Promise<StatusView> {
  const [stages, history] = await Promise.all([
    heldRead({ key: 'status now', ttlMs: NOW_TTL_MS, nowMs, read: () => readStages(pool, nowMs) }).catch(() => null),
    heldRead({
      ...{ key: 'status history', ttlMs: HISTORY_TTL_MS, staleMs: HISTORY_STALE_MS, nowMs },
      read: () => readHistory(pool, nowMs),
    }).catch(() => null),
  ])
  return { asOf: new Date(nowMs).toISOString(), stages, history }
}

async function readStages(pool: Pool, nowMs: number): Promise<StatusStage[]> {
  const [lags, shards, reconciled, verified] = await Promise.all([
    readShardLags(pool),
    readShardStages(pool),
    readReconciliationHealth(pool),
    readVerification(pool),
  ])
  const received = most(lags.map(({ lastReceivedAt }) => lastReceivedAt))
  const waiting = least(lags.map(({ waitingSince }) => waitingSince))
  const behindMs = waiting === null ? 0 : Math.max(0, nowMs - Number(waiting / 1000n))
  const isUnsettled = shards.some(({ settledUntil }) => settledUntil === null)
  return [
    stage('received', received, 'good'),
    stage('counted', waiting ?? BigInt(nowMs) * 1000n, behindMs > DELAY_MS ? 'late' : 'good', behindMs),
    stage('settled', isUnsettled ? null : least(shards.map(({ settledUntil }) => settledUntil)), 'good'),
    stage('compared', reconciled.lookedAt, reconciled.openIncidents > 0 ? 'late' : 'good'),
    stage('verified', verified.completedAt, 'good'),
  ]
}

function stage(
  name: StatusStage['name'],
  through: bigint | null,
  state: 'good' | 'late',
  behindMs: number | null = null,
): StatusStage {
  const at = through === null ? null : new Date(Number(through / 1000n)).toISOString()
  return { name, through: at, behindMs, state: through === null ? 'unknown' : state }
}

async function readHistory(pool: Pool, nowMs: number): Promise<NonNullable<StatusView['history']>> {
  const dayStart = Math.floor(nowMs / DAY_MS) * DAY_MS
  const hourStart = Math.floor(nowMs / HOUR_MS) * HOUR_MS
  const fromMs = dayStart - (DAYS - 1) * DAY_MS
  const [days, hours, delays, incidents] = await Promise.all([
    readLatency(pool, { size: 'day', fromMs }),
    readLatency(pool, { size: 'hour', fromMs: hourStart - (HOURS - 1) * HOUR_MS }),
    listDelays(pool, { fromMs, lagMs: DELAY_MS, limit: LISTED_MAX }),
    listPublicIncidents(pool, { fromMs, limit: LISTED_MAX }),
  ])
  const bars = (stretches: readonly LatencyStretch[], stepMs: number, firstMs: number, count: number) => {
    const found = new Map(stretches.map((each) => [each.startMs, each]))
    return Array.from({ length: count }, (_, at) => {
      const startMs = firstMs + at * stepMs
      return barOf(found.get(startMs), { startMs, endMs: Math.min(startMs + stepMs, nowMs) })
    })
  }
  return {
    days: bars(days, DAY_MS, fromMs, DAYS),
    hours: bars(hours, HOUR_MS, hourStart - (HOURS - 1) * HOUR_MS, HOURS),
    today: barOf(
      days.find(({ startMs }) => startMs === dayStart),
      { startMs: dayStart, endMs: nowMs },
    ),
    incidents: [
      ...delays.map(
        ({ startMs, endMs, lagMsMax }): StatusIncident => ({
          ...{ kind: 'delay', meter: null, lagMsMax, count: 1, hours: null },
          startedAt: iso(startMs),
          // the run that reaches the present minute goes on
          endedAt: endMs >= Math.floor(nowMs / 60_000) * 60_000 ? null : iso(endMs),
        }),
      ),
      ...incidents.map(
        (each): StatusIncident => ({
          ...{ kind: 'difference', what: each.what, meter: each.meter, lagMsMax: null, count: each.count },
          hours:
            each.firstHourMs === null || each.lastHourMs === null
              ? null
              : { from: iso(each.firstHourMs), to: iso(each.lastHourMs + HOUR_MS) },
          startedAt: iso(each.openedAtMs),
          endedAt: each.resolvedAtMs === null ? null : iso(each.resolvedAtMs),
        }),
      ),
    ]
      .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
      .slice(0, LISTED_MAX),
  }
}

function barOf(found: LatencyStretch | undefined, { startMs, endMs }: { startMs: number; endMs: number }): LatencyBar {
  const histogram = found?.histogram ?? new Map<number, bigint>()
  const events = [...addHistograms([histogram]).values()].reduce((sum, each) => sum + each, 0n)
  return {
    start: iso(startMs),
    events: events.toString(),
    p50: latencyPercentile(histogram, 0.5),
    p95: latencyPercentile(histogram, 0.95),
    p99: latencyPercentile(histogram, 0.99),
    lagMsMax: found?.lagMsMax ?? null,
    minutesWatched: found?.minutesWatched ?? 0,
    minutes: Math.max(1, Math.ceil((endMs - startMs) / 60_000)),
    state: found === undefined ? 'unavailable' : events === 0n ? 'empty' : 'measured',
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function most(instants: readonly (bigint | null)[]): bigint | null {
  return instants.reduce((found, each) => (each !== null && (found === null || each > found) ? each : found), null)
}

function least(instants: readonly (bigint | null)[]): bigint | null {
  return instants.reduce((found, each) => (each !== null && (found === null || each < found) ? each : found), null)
}
