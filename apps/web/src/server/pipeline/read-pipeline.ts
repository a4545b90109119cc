// server/pipeline: how far each stage is, and what comes in.
// Promises: every figure says of when it is; a store that is away is said to be, and is never a zero.
// Does not know: who may look, what a lag means for whom.
import { formatInstant } from '@meterbook/core/kernel'
import { readMinutes, readNoisyApps } from '@meterbook/db/clickhouse'
import { listApps, readLastGroups, readShardLags, readShardStages } from '@meterbook/db/postgres'
import type { EventStores } from '../events/event-sight.ts'
import { waitingMs } from '../health/admission-watch.ts'

const MINUTES = 60
const NOISY_MAX = 10
/** An event that counts and happened longer than this before its receipt is late. */
const LATE_AFTER_SECONDS = 3_600

/** Every shard with its stages, the last hour by minute, and the apps whose events count least. */
export async function readPipeline(stores: EventStores, input: { now: Date }) {
  const { now } = input
  const from = hourBefore(now)
  const [stages, lags, groups, minutes, noisy, apps] = await Promise.all([
    readShardStages(stores.pool),
    readShardLags(stores.pool),
    readLastGroups(stores.pool),
    readMinutes(stores.clickhouse, { from, to: now, lateAfterSeconds: LATE_AFTER_SECONDS }).catch(() => null),
    readNoisyApps(stores.clickhouse, { from, to: now, limit: NOISY_MAX }).catch(() => null),
    listApps(stores.pool, null),
  ])
  const lagOf = new Map(lags.map((lag) => [lag.shard, lag]))
  const tookOf = new Map(groups.map(({ shard, durationSeconds }) => [shard, durationSeconds]))
  const slugs = new Map(apps.map(({ id, slug }) => [id, slug]))
  return {
    asOf: now.toISOString(),
    lateAfterSeconds: LATE_AFTER_SECONDS,
    shards: stages.map(({ shard, owner, epoch, watermark, groupsOpen, groupOpenSince, settledUntil, settledAt }) => {
      const lag = lagOf.get(shard)
      return {
        shard,
        owner,
        epoch: epoch.toString(),
        watermark: textOf(watermark),
        waitingEvents: lag?.waitingEvents.toString() ?? '0',
        waitingBatches: lag === undefined ? '0' : (lag.journaled - lag.projected).toString(),
        lagMs: lag === undefined ? 0 : waitingMs(lag, now.getTime()),
        isRebuilding: lag?.isRebuilding ?? false,
        groupsOpen,
        groupOpenSince: textOf(groupOpenSince),
        lastGroupMs: Math.round((tookOf.get(shard) ?? 0) * 1_000),
        settledUntil: textOf(settledUntil),
        settledAt: textOf(settledAt),
      }
    }),
    minutes,
    noisy: noisy?.map(({ appId, ...counts }) => ({ app: slugs.get(appId) ?? appId, ...counts })) ?? null,
  }
}

/** What became of the events of the last hour, added up; null while ClickHouse is away. */
export async function readLastHour(stores: EventStores, input: { now: Date }) {
  const { now } = input
  const asked = { from: hourBefore(now), to: now, lateAfterSeconds: LATE_AFTER_SECONDS }
  const minutes = await readMinutes(stores.clickhouse, asked).catch(() => null)
  if (minutes === null) return null
  const sum = { counted: 0, duplicate: 0, conflict: 0, quarantined: 0, late: 0 }
  for (const minute of minutes) {
    sum.counted += minute.counted
    sum.duplicate += minute.duplicate
    sum.conflict += minute.conflict
    sum.quarantined += minute.quarantined
    sum.late += minute.late
  }
  return sum
}

/** The whole minute an hour ago. */
function hourBefore(now: Date): Date {
  return new Date(Math.floor(now.getTime() / 60_000) * 60_000 - MINUTES * 60_000)
}

function textOf(instant: bigint | null): string | null {
  return instant === null ? null : formatInstant(instant)
}
