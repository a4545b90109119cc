import { CatalogueDocument, compileCatalogue } from '@meterbook/core/catalogue'
import type { Act } from '@meterbook/core/event'
import type { Instant } from '@meterbook/core/kernel'
import { createProjector } from '@meterbook/core/projection'
import { type EventFilter, findEventPlaces } from '@meterbook/db/clickhouse'
import { listApps, type NamedApp, readSpaces, snapshotCatalogue } from '@meterbook/db/postgres'
import type { AskedGrant } from '@meterbook/db/postgres/catalogue-acts'
import { CorrectionRefused, TARGETS_MAX } from '../corrections/asked-correction.ts'
import { Effect } from '../corrections/effect.ts'
import { workOut } from '../corrections/work-out.ts'
import type { EventStores } from '../events/event-sight.ts'
import { meterUnits } from '../events/meter-units.ts'

/** Events of one app that a right could make count. */
export interface AffectedApp {
  app: NamedApp
  targets: Act['targets']
}

/**
 * The events that lack just these rights: held for want of one, or counted by other meters while this one could not. Each is named, so that what was tried is
 * what is done. Throws CorrectionRefused for more than can be named.
 */
export async function affectedUsage(stores: EventStores, asked: AskedGrant): Promise<AffectedApp[]> {
  const apps = await listApps(stores.pool, asked.appIds)
  const affected: AffectedApp[] = []
  let named = 0
  for (const app of apps) {
    const places = new Map<string, Act['targets'][number]>()
    for (const capabilityKey of asked.capabilityKeys) {
      for (const { batch, pos } of await findEventPlaces(stores.clickhouse, {
        filter: lacking({ app, capabilityKey, from: asked.from, to: asked.to }),
        limit: TARGETS_MAX + 1,
      })) {
        places.set(`${batch}:${pos}`, { batch, pos })
      }
    }
    named += places.size
    if (named > TARGETS_MAX) {
      throw new CorrectionRefused(
        'invalid',
        `expected at most ${TARGETS_MAX} events to be tried again, found more: back-date fewer apps, or a part of the time`,
      )
    }
    if (places.size > 0) affected.push({ app, targets: [...places.values()] })
  }
  return affected
}

/** By the words in which the projection says that this very right was missing. */
function lacking(input: { app: NamedApp; capabilityKey: string; from: Instant; to: Instant | null }): EventFilter {
  const { app, capabilityKey, from, to } = input
  return {
    ...{ appIds: [app.id], spaceId: null, environments: null, isFirst: true },
    verdicts: ['quarantined', 'counted'],
    text: `entitlement of app ${app.id} to ${capabilityKey} at `,
    from,
    ...(to === null ? {} : { to }),
  }
}

/** What trying those events again would change if the rights were there. Writes nothing. */
export async function affectedEffect(
  stores: EventStores,
  input: {
    affected: readonly AffectedApp[]
    rights: readonly {
      appId: string
      subscriptionId: string
      capabilityKey: string
      from: Instant
      to: Instant | null
    }[]
  },
) {
  const document = CatalogueDocument.parse(await snapshotCatalogue(stores.pool))
  const entitlements = [
    ...document.entitlements,
    ...input.rights.map((right, index) => ({ id: `draft-${index}`, ...right })),
  ]
  const projector = createProjector(compileCatalogue({ ...document, entitlements }))
  const effect = new Effect(await meterUnits(stores.pool))
  for (const { app, targets } of input.affected) {
    const act = {
      act: 'reattribute' as const,
      correctionId: TRIAL_ID,
      actor: { id: '', name: '' },
      reason: 'a trial',
      targets,
    }
    effect.add(app, await workOut(stores, { app, act, projector }))
  }
  const spaces = await readSpaces(stores.pool, effect.spaceIds)
  return effect.texts({ spaces, visibleSpaceId: null })
}

const TRIAL_ID = '00000000-0000-4000-8000-000000000000'
