import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { listApps, readSpaces } from '@meterbook/db/postgres'
import { type AskedGrant, planEntitlements } from '@meterbook/db/postgres/catalogue-acts'
import type { EventStores } from '../events/event-sight.ts'
import { affectedEffect, affectedUsage } from './affected-usage.ts'

const SHOWN_MAX = 200

/**
 * What giving these rights would come to: the rights, where none can be, and, where it begins in the past, the usage of then that would count. Writes
 * nothing. Throws CatalogueRefused, CorrectionRefused.
 */
export async function tryGrant(stores: EventStores, input: { asked: AskedGrant; now: Instant }) {
  const { asked, now } = input
  const { rights, uncovered } = await planEntitlements(stores.pool, asked)
  const isBackDated = asked.from < now
  const affected = isBackDated && rights.length > 0 ? await affectedUsage(stores, asked) : []
  const [apps, spaces] = await Promise.all([
    listApps(stores.pool, asked.appIds),
    readSpaces(
      stores.pool,
      rights.map(({ spaceId }) => spaceId),
    ),
  ])
  const slugs = new Map(apps.map(({ id, slug }) => [id, slug]))
  const textOf = (row: { appId: string; capabilityKey: string; from: Instant; to: Instant | null }) => ({
    ...{ app: slugs.get(row.appId) ?? row.appId, capabilityKey: row.capabilityKey, from: formatInstant(row.from) },
    to: row.to === null ? null : formatInstant(row.to),
  })
  return {
    isBackDated,
    rights: rights.length,
    shown: rights
      .slice(0, SHOWN_MAX)
      .map((right) => ({ ...textOf(right), space: spaces.get(right.spaceId)?.name ?? null })),
    spaceIds: [...new Set(rights.map(({ spaceId }) => spaceId))],
    uncovered: uncovered.slice(0, SHOWN_MAX).map((each) => ({ ...textOf(each), why: each.why })),
    events: affected.reduce((sum, { targets }) => sum + targets.length, 0),
    effect: affected.length === 0 ? null : await affectedEffect(stores, { affected, rights }),
  }
}
