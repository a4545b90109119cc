// server/first-event: how far a new space is on its way to its first event.
// Promises: read anew each time it is asked, so that waiting ends when the event is there; nothing of another space, nothing of a secret.
// Does not know: what a page says about it.
import { formatInstant, instantFromMs } from '@meterbook/core/kernel'
import { cureOf } from '@meterbook/core/quarantine'
import { countByReason, hasCountedEvents, readAppPulse } from '@meterbook/db/clickhouse'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import type { FirstEventView } from '../../features/first-event/first-event-view.ts'
import type { EventStores } from '../events/event-sight.ts'
import { readKeys } from '../keys/manage-keys.ts'
import { holdsRight } from '../trpc/space-right.ts'
import { readFreshness } from '../usage/read-freshness.ts'

const HOUR = 3_600_000_000n

/** Whether the space still has its first event before it: none of its apps has one that counts. Test events do not. */
export async function isBeforeFirstEvent({ clickhouse }: EventStores, { space, apps }: SpaceAccess): Promise<boolean> {
  return !(await hasCountedEvents(clickhouse, { spaceId: space.id, appIds: apps.map(({ id }) => id) }))
}

/** How far a space is on its way to the first event, and what became of those that came. */
export async function readFirstEvent(stores: EventStores, access: SpaceAccess): Promise<FirstEventView> {
  const { space } = access
  const owned = access.apps.filter(({ isOwned }) => isOwned)
  const appIds = owned.map(({ id }) => id)
  const now = instantFromMs(Date.now())
  const [freshness, keys, outcomes, pulse] = await Promise.all([
    readFreshness(owned),
    holdsRight(access, 'manage keys') ? readKeys(stores.pool, owned) : null,
    countByReason(stores.clickhouse, { appIds, spaceId: space.id, environments: null, isReal: true }),
    readAppPulse(stores.clickhouse, { spaceId: space.id, appIds, from: now - HOUR, to: now + HOUR, size: 'minute' }),
  ])
  const minutes = new Map<bigint, number>()
  for (const { start, count } of pulse) minutes.set(start, (minutes.get(start) ?? 0) + count)
  return {
    asOf: formatInstant(now),
    lagMs: freshness.lagMs,
    apps: owned.map(({ slug, name, series }) => ({ slug, name, series })),
    keys:
      keys?.map(({ app, shown, state, purpose, eventTypes, environments, createdAt, lastUsedAt }) => ({
        ...{ app: app ?? '', shown, state, purpose, eventTypes, environments, createdAt, lastUsedAt },
      })) ?? null,
    counted: outcomes.filter(({ verdict }) => verdict === 'counted').reduce((sum, { events }) => sum + events, 0),
    outcomes: outcomes.map(({ verdict, reason, events, last }) => ({
      ...{ verdict, reason, events, last: formatInstant(last) },
      cure: cureOf({ verdict, reason })?.text ?? null,
    })),
    minutes: [...minutes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([start, count]) => ({ start: formatInstant(start), count })),
  }
}
