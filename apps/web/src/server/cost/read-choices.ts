import type { Instant } from '@meterbook/core/kernel'
import { type BillingSpace, type FrozenMoney, listBilledApps, readMeasuredNames } from '@meterbook/db/postgres'
import { listEnvironments, type PortalApp, type SpaceAccess } from '@meterbook/db/postgres/portal'
import { BillingFacts } from '@meterbook/db/settlement'
import type { EventStores } from '../events/event-sight.ts'
import { prisma } from '../portal/stores.ts'
import { heldRead } from '../usage/held-reads.ts'
import type { FrozenState } from '../usage/reading.ts'
import { keptFacts } from './kept-money.ts'

const CHOICES_TTL_MS = 5_000

interface CostChoices {
  apps: PortalApp[]
  /** by app id */
  slugs: ReadonlyMap<string, string>
  environments: string[]
  capabilities: { key: string; name: string }[]
  /** by capability */
  units: ReadonlyMap<string, string>
}

/** What a space's money may be split and narrowed by: every app that was ever its own, whoever looks, since cost is the whole space's to see. */
export async function readCostChoices(
  stores: EventStores,
  input: { space: SpaceAccess['space']; now: Instant; frozen?: FrozenState | undefined },
): Promise<CostChoices> {
  const { space, now, frozen } = input
  if (frozen?.money) return choicesThen(frozen, { money: frozen.money, spaceId: space.id })
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
      return choicesOf({ apps, environments, names: names.capabilities, facts, space: billed })
    },
  })
}

function choicesThen({ names }: FrozenState, { money, spaceId }: { money: FrozenMoney; spaceId: string }): CostChoices {
  const environments = new Set(money.apps.flatMap(({ id }) => names.environments[id] ?? []))
  return choicesOf({
    apps: money.apps,
    environments: [...environments].sort(),
    names: new Map(Object.entries(money.capabilities)),
    facts: new BillingFacts(money.facts),
    space: money.facts.spaces.get(spaceId) ?? null,
  })
}

function choicesOf(input: {
  apps: PortalApp[]
  environments: string[]
  names: ReadonlyMap<string, string>
  facts: BillingFacts
  space: BillingSpace | null
}): CostChoices {
  const { apps, environments, names, facts, space } = input
  const priced = facts
    .pricedCapabilities()
    .filter((capability) => space !== null && facts.timelineOf(space, capability).length > 0)
  return {
    apps,
    slugs: new Map(apps.map(({ id, slug }) => [id, slug])),
    environments,
    capabilities: priced
      .map((key) => ({ key, name: names.get(key) ?? key }))
      .sort((a, b) => a.name.localeCompare(b.name, 'en')),
    units: new Map(priced.map((key) => [key, facts.unitOf(key)])),
  }
}
