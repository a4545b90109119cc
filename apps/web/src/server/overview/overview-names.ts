import type { AllowanceUse } from '@meterbook/core/forecast'
import { formatInstant } from '@meterbook/core/kernel'
import { listApps, readMeasuredNames, readRatingFacts } from '@meterbook/db/postgres'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import type { AllowanceView, OverviewApp } from '../../features/overview/overview-view.ts'
import type { EventStores } from '../events/event-sight.ts'

const NO_COLOUR = 8

/** Apps and capabilities as people read them. */
export interface Names {
  app(id: string): OverviewApp
  capability(key: string): { name: string; unit: string }
}

export async function namesOf(
  { pool }: EventStores,
  { access, appIds }: { access: SpaceAccess; appIds: readonly string[] },
): Promise<Names> {
  const [apps, { capabilities }, { meters }] = await Promise.all([
    listApps(pool, appIds),
    readMeasuredNames(pool),
    readRatingFacts(pool),
  ])
  return {
    app: (id) => {
      const seen = access.apps.find((app) => app.id === id)
      if (seen) return { id, slug: seen.slug, name: seen.name, series: seen.series, isOwned: seen.isOwned }
      // a billing admin sees what an app costs that is not theirs to look into
      const named = apps.find((app) => app.id === id)
      return { id, slug: '', name: named?.name ?? id, series: NO_COLOUR, isOwned: false }
    },
    capability: (key) => ({
      name: capabilities.get(key) ?? key,
      unit: meters.find(({ capabilityKey }) => capabilityKey === key)?.unit ?? '',
    }),
  }
}

export function allowanceView(use: AllowanceUse, names: Names): AllowanceView {
  const { appId, capabilityKey, usedUpAt, runsOutAt, ...figures } = use
  const { name, unit } = names.capability(capabilityKey)
  return {
    ...figures,
    app: names.app(appId),
    capability: capabilityKey,
    capabilityName: name,
    unit,
    usedUpAt: usedUpAt === null ? null : formatInstant(usedUpAt),
    runsOutAt: runsOutAt === null ? null : formatInstant(runsOutAt),
  }
}
