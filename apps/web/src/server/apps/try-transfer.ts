// server/apps: apps as their owners and the platform manage them: what they are, and whose.
// Promises: an app out of the asker's hands is not found; a transfer shows what it moves before, and is done when the other side has consented.
// Does not know: how an act is written and audited, what an event is worth, headers and sessions.
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { findBilledSpace, listApps, type NamedApp, snapshotCatalogue } from '@meterbook/db/postgres'
import { actOnTrial, CatalogueRefused, endAppOwnership, transferApp } from '@meterbook/db/postgres/catalogue-acts'
import type { EventStores } from '../events/event-sight.ts'
import { findMoved, movedEffect } from './moved-usage.ts'

const NOBODY = { actorId: null, requestId: null, reason: null }

export interface TransferTrial {
  app: NamedApp
  at: string
  isBackDated: boolean
  /** events since the instant that would be attributed anew */
  events: number
  /** null: nothing was used since, or too much to tell before */
  effect: Awaited<ReturnType<typeof movedEffect>>
  /** rights that go on with the new owner and those that end; null to whoever may not see that side */
  entitlements: { moved: number; ended: number } | null
}

/** What a transfer would come to, seen by who runs the platform: both sides of it. Writes nothing. Throws CatalogueRefused. */
export async function tryTransfer(
  stores: EventStores,
  input: { appId: string; toSlug: string; at: Instant; asOf: Instant },
): Promise<TransferTrial> {
  const { appId, at, asOf } = input
  const app = await namedApp(stores, appId)
  const to = await spaceOf(stores, input.toSlug)
  const { done, draft } = await actOnTrial(stores.pool, async (tx) => {
    const done = await transferApp(tx, { appId, toSpaceId: to, at, asOf, by: NOBODY })
    return { done, draft: await snapshotCatalogue(tx) }
  })
  const targets = at < asOf ? await findMoved(stores, { appId, from: at }) : []
  const effect = targets.length === 0 ? null : await movedEffect(stores, { app, targets, draft, visibleSpaceId: null })
  return {
    ...{ app, at: formatInstant(at), isBackDated: at < asOf, events: targets.length, effect },
    entitlements: done.entitlements,
  }
}

/** The same seen by who gives the app away: what leaves their space, and nothing of the other side, not even whether it is there. */
export async function tryGivingAway(
  stores: EventStores,
  input: { appId: string; spaceId: string; at: Instant; asOf: Instant; ownedFrom: Instant },
): Promise<TransferTrial> {
  const { appId, spaceId, at, asOf, ownedFrom } = input
  const app = await namedApp(stores, appId)
  const draft = await actOnTrial(stores.pool, async (tx) => {
    await endAppOwnership(tx, { appId, from: ownedFrom, to: at, by: NOBODY })
    return snapshotCatalogue(tx)
  })
  const targets = at < asOf ? await findMoved(stores, { appId, from: at }) : []
  const effect =
    targets.length === 0 ? null : await movedEffect(stores, { app, targets, draft, visibleSpaceId: spaceId })
  const own = effect && { ...effect, usage: effect.usage.filter(({ isElsewhere }) => !isElsewhere) }
  return {
    ...{ app, at: formatInstant(at), isBackDated: at < asOf, events: targets.length, effect: own },
    entitlements: null,
  }
}

async function namedApp({ pool }: EventStores, appId: string): Promise<NamedApp> {
  const [app] = await listApps(pool, [appId])
  if (app === undefined) throw new CatalogueRefused('not_found', 'No such app')
  return app
}

export async function spaceOf({ pool }: Pick<EventStores, 'pool'>, slug: string): Promise<string> {
  const space = await findBilledSpace(pool, slug)
  if (space === null || space.slug !== slug) throw new CatalogueRefused('not_found', 'No such developer space')
  return space.id
}
