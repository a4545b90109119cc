import type { Act } from '@meterbook/core/event'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { findEventPlaces } from '@meterbook/db/clickhouse'
import { listMeterDefinitions } from '@meterbook/db/postgres'
import { CatalogueRefused } from '@meterbook/db/postgres/catalogue-acts'
import { TARGETS_MAX } from '../corrections/asked-correction.ts'
import { readRights } from '../entitlements/read-rights.ts'
import type { EventStores } from '../events/event-sight.ts'

/** A right with its app, and the events that count by it since an instant. */
export interface EndedRight {
  app: { id: string; slug: string; name: string }
  capabilityKey: string
  /** As the page names it now; null: until further notice. */
  to: string | null
  targets: Act['targets']
}

/** What would count no more if a right had ended then: each event is named. Throws CatalogueRefused, also for more than can be named. */
export async function endedUsage(
  { pool, clickhouse }: EventStores,
  input: { entitlementId: string; at: Instant; now: Instant },
): Promise<EndedRight> {
  const { entitlementId, at, now } = input
  const { apps } = await readRights(pool, { space: undefined, app: undefined, now })
  const app = apps.find(({ rights }) => rights.some(({ id }) => id === entitlementId))
  const right = app?.rights.find(({ id }) => id === entitlementId)
  if (app === undefined || right === undefined) throw new CatalogueRefused('not_found', 'No such entitlement')
  const meters = await listMeterDefinitions(pool)
  const types = meters
    .filter(({ capability }) => capability.key === right.capabilityKey)
    .flatMap(({ versions }) => versions.map(({ eventType }) => eventType))
  const places =
    types.length === 0
      ? []
      : await findEventPlaces(clickhouse, {
          filter: {
            ...{ appIds: [app.id], spaceId: null, environments: null, isFirst: true },
            ...{ verdicts: ['counted'], types: [...new Set(types)], from: at },
          },
          limit: TARGETS_MAX + 1,
        })
  if (places.length > TARGETS_MAX)
    throw new CatalogueRefused(
      'invalid',
      `expected at most ${TARGETS_MAX} events since ${formatInstant(at)}, found more: choose a later moment`,
    )
  const targets = places.map(({ batch, pos }) => ({ batch, pos }))
  const { id, slug, name } = app
  return { app: { id, slug, name }, capabilityKey: right.capabilityKey, to: right.to, targets }
}
