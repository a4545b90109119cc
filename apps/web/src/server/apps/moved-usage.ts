import { CatalogueDocument, compileCatalogue, type StoredCatalogue } from '@meterbook/core/catalogue'
import type { Act } from '@meterbook/core/event'
import type { Instant } from '@meterbook/core/kernel'
import { createProjector } from '@meterbook/core/projection'
import { type EventFilter, findEventPlaces } from '@meterbook/db/clickhouse'
import { type NamedApp, readSpaces } from '@meterbook/db/postgres'
import { CatalogueRefused } from '@meterbook/db/postgres/catalogue-acts'
import { Effect } from '../corrections/effect.ts'
import { workOut } from '../corrections/work-out.ts'
import type { EventStores } from '../events/event-sight.ts'
import { meterUnits } from '../events/meter-units.ts'

/** Events of one transfer that are attributed anew; of more, the instant has to be a later one. */
const MOVED_MAX = 200_000
/** Up to so many events what becomes of each is worked out before; of more only how many they are is told. */
const WORKED_OUT_MAX = 20_000

/**
 * The events of an app that a change of its owner from an instant on touches, by their places: the first of each identity, counted or held. Throws
 * CatalogueRefused for more than can be named.
 */
export async function findMoved(stores: EventStores, input: { appId: string; from: Instant }): Promise<Act['targets']> {
  const places = await findEventPlaces(stores.clickhouse, { filter: movedFilter(input), limit: MOVED_MAX + 1 })
  if (places.length > MOVED_MAX) {
    throw new CatalogueRefused(
      'invalid',
      `expected at most ${MOVED_MAX} events since that instant, found more: choose a later one`,
    )
  }
  return places.map(({ batch, pos }) => ({ batch, pos }))
}

function movedFilter({ appId, from }: { appId: string; from: Instant }): EventFilter {
  const whole = { appIds: [appId], spaceId: null, environments: null, isFirst: true }
  return { ...whole, verdicts: ['counted', 'quarantined'], from }
}

/** What attributing them anew would change under a catalogue that is not in force; null where they are too many to tell before. Writes nothing. */
export async function movedEffect(
  stores: EventStores,
  input: { app: NamedApp; targets: Act['targets']; draft: StoredCatalogue; visibleSpaceId: string | null },
) {
  const { app, targets, draft, visibleSpaceId } = input
  if (targets.length > WORKED_OUT_MAX) return null
  const projector = createProjector(compileCatalogue(CatalogueDocument.parse(draft)))
  const effect = new Effect(await meterUnits(stores.pool))
  const act = {
    act: 'reattribute' as const,
    correctionId: TRIAL_ID,
    actor: { id: '', name: '' },
    reason: 'a trial',
    targets,
  }
  effect.add(app, await workOut(stores, { app, act, projector }))
  const spaces = await readSpaces(stores.pool, effect.spaceIds)
  return effect.texts({ spaces, visibleSpaceId })
}

const TRIAL_ID = '00000000-0000-4000-8000-000000000000'
