import type { CostCell, UsedUntil } from '@meterbook/core/cost'
import type { Instant } from '@meterbook/core/kernel'
import type { Window } from '@meterbook/core/window'
import { hourOf, partKey, readUsedParts, type UsedParts } from '@meterbook/db/settlement'
import type { EventStores } from '../events/event-sight.ts'
import { heldRead } from '../usage/held-reads.ts'
import type { Money } from './space-money.ts'

/** How usage lies within hours that are over does not change; within the one that runs it does. */
const PARTS_TTL_MS = 1_500
const PARTS_STALE_MS = 10_000
const PAST_TTL_MS = 60_000
const PAST_STALE_MS = 600_000
const HOUR = 3_600_000_000n

/** For the hours that an edge of a bucket cuts: how much of each had been used by then. Read from the records, so that any zone's hours and days are exact. */
export async function usedUntilOf(
  stores: EventStores,
  input: { money: Money; buckets: readonly Window[]; cells: readonly CostCell[]; now: Instant },
): Promise<UsedUntil> {
  const { money, now } = input
  const edges = new Set(input.buckets.flatMap(({ start, end }) => [start, end]).filter((edge) => edge % HOUR !== 0n))
  const cut = [...edges].filter((edge) => edge < now).sort((a, b) => (a < b ? -1 : 1))
  const hours = new Set(cut.map(hourOf))
  const apps = new Map<string, Set<Instant>>()
  for (const { appId, window } of input.cells) {
    const hour = hourOf(window.start)
    // an edge at which a window ends does not cut it: what runs is measured until now, and now is an edge
    if (!hours.has(hour) || !cut.some((edge) => edge > window.start && edge < window.end)) continue
    const known = apps.get(appId)
    if (known === undefined) apps.set(appId, new Set([hour]))
    else known.add(hour)
  }
  if (apps.size === 0) return BY_TIME
  const shards = await Promise.all(
    money.stands.map(({ shard, projected: through }) => {
      const cells = (money.apps.get(shard) ?? []).flatMap((appId) =>
        [...(apps.get(appId) ?? [])].map((hour) => ({ appId, hour })),
      )
      const asked = { facts: money.facts, spaceId: money.space.id, shard, through, cells, cuts: cut }
      const isPast = cells.every(({ hour }) => hour + HOUR <= now)
      return heldRead<UsedParts>({
        key: `used parts ${JSON.stringify([money.space.id, money.state, shard, cut.map(String), cells.map(({ appId, hour }) => `${appId} ${hour}`)])}`,
        ttlMs: isPast ? PAST_TTL_MS : PARTS_TTL_MS,
        staleMs: isPast ? PAST_STALE_MS : PARTS_STALE_MS,
        nowMs: Number(now / 1000n),
        read: () => readUsedParts(stores.clickhouse, asked),
      })
    }),
  )
  return (cell, at) => {
    for (const parts of shards) {
      const found = parts.get(partKey({ ...cell, at: cell.window.start }))
      if (found !== undefined) return usedBy(found, cell.window, at)
    }
    // nothing is measured there any more: all of it stands where the hour ends
    return { used: 0n, whole: 1n }
  }
}

/** No edge lies within an hour. */
const BY_TIME: UsedUntil = ({ window }, at) => ({ used: at - window.start, whole: window.end - window.start })

/** A window of an hour that is cut by a month or a price has only its own part of the hour's usage. */
function usedBy(parts: readonly { until: Instant; used: bigint }[], window: Window, at: Instant) {
  const by = (instant: Instant) => parts.findLast(({ until }) => until <= instant)?.used ?? 0n
  const start = by(window.start)
  return { used: by(at) - start, whole: by(window.end) - start }
}
