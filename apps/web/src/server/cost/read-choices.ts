import type { Instant } from '@meterbook/core/kernel'
import { listBilledApps, readMeasuredNames } from '@meterbook/db/postgres'
import { listEnvironments, type PortalApp, type SpaceAccess } from '@meterbook/db/postgres/portal'
import type { EventStores } from '../events/event-sight.ts'
import { prisma } from '../portal/stores.ts'
import { heldRead } from '../usage/held-reads.ts'
import { keptFacts } from './kept-money.ts'

const CHOICES_TTL_MS = 5_000

/** What a space's money may be split and narrowed by: every app that was ever its own, whoever looks, since cost is the whole space's to see. */
export async function readCostChoices(
  stores: EventStores,
  input: { space: SpaceAccess['space']; now: Instant },
): Promise<{
  apps: PortalApp[]
  slugs: ReadonlyMap<string, string>
  environments: string[]
  capabilities: { key: string; name: string }[]
  units: ReadonlyMap<string, string>
}> {
  const { space, now } = input
  const nowMs = Number(now / 1000n)
  return heldRead({
    key: `cost choices ${space.id}`,
    ttlMs: CHOICES_TTL_MS,
    nowMs,
    read: async () => {
      const [apps, names, { facts, space: billed }] = await Promise.all([
        listBilledApps(stores.pool, space.id),
        readMeasuredNames(stores.pool),
        keptFacts(stores, { spaceId: space.id, nowMs }),
      ])
      const environments = await listEnvironments(
        prisma(),
        apps.map(({ id }) => id),
      )
      const priced = facts
        .pricedCapabilities()
        .filter((capability) => billed !== null && facts.timelineOf(billed, capability).length > 0)
      return {
        apps,
        slugs: new Map(apps.map(({ id, slug }) => [id, slug])),
        environments,
        capabilities: priced
          .map((key) => ({ key, name: names.capabilities.get(key) ?? key }))
          .sort((a, b) => a.name.localeCompare(b.name, 'en')),
        units: new Map(priced.map((key) => [key, facts.unitOf(key)])),
      }
    },
  })
}
