import { type PortalApp, readSettledUntil, readShardProgress, type ShardProgress } from '@meterbook/db/postgres/portal'
import { LATE_MS } from '../../features/live/freshness.ts'
import type { FreshnessView } from '../../features/usage/usage-view.ts'
import { prisma } from '../portal/stores.ts'
import { heldRead } from './held-reads.ts'

const SETTLED_TTL_MS = 5_000

export type Progress = { now: Date; byShard: ReadonlyMap<number, ShardProgress> }

/** How far the projection of these apps' shards has come, as of one clock. */
export async function readProgress(apps: readonly Pick<PortalApp, 'shard'>[]): Promise<Progress> {
  const shards = [...new Set(apps.map((app) => app.shard))]
  const rows = shards.length ? await readShardProgress(prisma(), shards) : []
  return { now: new Date(), byShard: new Map(rows.map((row) => [row.shard, row])) }
}

/** Everything received before this instant has been counted, for all of these apps. */
export function throughOf(progress: Progress, apps: readonly { shard: number }[]): Date {
  let through = progress.now
  for (const { shard } of apps) {
    const waiting = progress.byShard.get(shard)?.waitingSince
    if (waiting && waiting < through) through = waiting
  }
  return through
}

export async function readFreshness(apps: readonly PortalApp[]): Promise<FreshnessView> {
  const shards = [...new Set(apps.map((app) => app.shard))]
  const [progress, settled] = await Promise.all([
    readProgress(apps),
    heldRead({
      key: `settled until ${shards.join()}`,
      ttlMs: SETTLED_TTL_MS,
      nowMs: Date.now(),
      read: () => readSettledUntil(prisma(), shards),
    }),
  ])
  const through = throughOf(progress, apps)
  const lagOf = (app: PortalApp) => progress.now.getTime() - throughOf(progress, [app]).getTime()
  const rows = [...progress.byShard.values()]
  const received = rows.flatMap((row) => row.lastReceivedAt?.getTime() ?? [])
  return {
    asOf: progress.now.toISOString(),
    through: through.toISOString(),
    lagMs: progress.now.getTime() - through.getTime(),
    waitingBatches: rows.reduce((sum, row) => sum + row.waitingBatches, 0),
    lastReceivedAt: received.length ? new Date(Math.max(...received)).toISOString() : null,
    settledUntil: settled?.toISOString() ?? null,
    lateApps: apps.filter((app) => app.isOwned && lagOf(app) > LATE_MS).map(({ name }) => name),
  }
}
