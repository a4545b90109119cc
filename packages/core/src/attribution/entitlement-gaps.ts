import type { Instant } from '../kernel/index.ts'
import { earlier } from '../window/index.ts'
import { type RightFacts, spellsOf } from './plan-grant.ts'
import { byFrom, overlapOf, type Valid, without } from './validity.ts'

/** What is missing or double in a stretch of time, so that usage of then is held, free, or counted twice. */
export type GapKind =
  /** Nobody owned the app: all of its usage is held. */
  | 'unowned'
  /** Its space had no subscription: no right can be in force. */
  | 'unsubscribed'
  /** A right stands there that does not hold: its subscription is over, or another space's. */
  | 'dangling'
  /** The app had the right before, or has it after, and not in between or any longer. */
  | 'not_entitled'
  /** The app may use it, and the space's price book has no price for it: usage counts and costs nothing. */
  | 'unpriced'
  /** Several meters of one capability measure the same events: their usage counts twice. */
  | 'double_metered'

export interface CatalogueGap extends Valid {
  kind: GapKind
  /** Empty texts where it is of no one app, space or capability. */
  appId: string
  spaceId: string
  capabilityKey: string
  /** Slugs of the meters that measure twice. */
  meters: string[]
}

export interface GapFacts extends RightFacts {
  /** When each app was made: before that nothing is missing. */
  apps: readonly { id: string; since: Instant; until: Instant | null }[]
  subscriptions: readonly (RightFacts['subscriptions'][number] & { priceBookId: string })[]
  /** From when on a price book has a price for a capability. */
  prices: readonly { priceBookId: string; capabilityKey: string; from: Instant }[]
  /** Capabilities that are for money in any book: in one that has none of its own, that is a gap. */
  meters: readonly { slug: string; capabilityKey: string; versions: readonly { from: Instant; eventType: string }[] }[]
}

/**
 * Every gap and overlap of the catalogue within `during`, in no order of importance. A capability that an app never had is none: nobody said that it
 * should; that usage is held for want of it is for the quarantine to tell.
 */
export function catalogueGaps(facts: GapFacts, during: Valid): CatalogueGap[] {
  return [...facts.apps.flatMap((app) => gapsOfApp(facts, app, during)), ...doubleMetered(facts, during)]
}

function gapsOfApp(facts: GapFacts, app: GapFacts['apps'][number], during: Valid): CatalogueGap[] {
  const life = overlapOf(during, { from: app.since, to: app.until })
  if (life === null) return []
  const gap = (kind: GapKind, piece: Valid, over: Partial<CatalogueGap> = {}): CatalogueGap => {
    return { kind, appId: app.id, spaceId: '', capabilityKey: '', meters: [], from: piece.from, to: piece.to, ...over }
  }
  const owned = facts.ownerships.filter(({ appId }) => appId === app.id)
  const spells = spellsOf(facts, app.id, life)
  const unowned = without(life, owned).map((piece) => gap('unowned', piece))
  const unsubscribed = owned.flatMap((ownership) => {
    const held = overlapOf(ownership, life)
    return held === null
      ? []
      : without(held, spells).map((piece) => gap('unsubscribed', piece, { spaceId: ownership.spaceId }))
  })
  const rights = facts.entitlements.filter((row) => row.appId === app.id && (row.to === null || row.from < row.to))
  const perCapability = [...Map.groupBy(rights, ({ capabilityKey }) => capabilityKey)].flatMap(
    ([capabilityKey, ofKey]) => {
      const found: CatalogueGap[] = []
      const since = ofKey.map(({ from }) => from).reduce(earlier)
      for (const spell of spells) {
        const { spaceId } = spell
        const holding = ofKey.filter(({ subscriptionId }) => subscriptionId === spell.subscriptionId)
        const dangling = ofKey.filter(({ subscriptionId }) => subscriptionId !== spell.subscriptionId)
        const hang = dangling.flatMap((row) => overlapOf(row, spell) ?? [])
        found.push(...hang.map((piece) => gap('dangling', piece, { spaceId, capabilityKey })))
        const wanted = overlapOf(spell, { from: since, to: null })
        if (wanted !== null) {
          found.push(
            ...without(wanted, [...holding, ...hang]).map((piece) =>
              gap('not_entitled', piece, { spaceId, capabilityKey }),
            ),
          )
        }
        found.push(
          ...unpriced(facts, { spell, holding, capabilityKey }).map((piece) =>
            gap('unpriced', piece, { spaceId, capabilityKey }),
          ),
        )
      }
      return found
    },
  )
  return [...unowned, ...unsubscribed, ...perCapability]
}

/** Only of what some book has a price for: a capability that nobody is charged for has none anywhere. */
function unpriced(
  facts: GapFacts,
  input: { spell: Valid & { subscriptionId: string }; holding: readonly Valid[]; capabilityKey: string },
): Valid[] {
  const { spell, holding, capabilityKey } = input
  const prices = facts.prices.filter((price) => price.capabilityKey === capabilityKey)
  if (prices.length === 0) return []
  const book = facts.subscriptions.find(({ id }) => id === spell.subscriptionId)?.priceBookId
  const priced = prices.filter(({ priceBookId }) => priceBookId === book).map(({ from }): Valid => ({ from, to: null }))
  return holding.flatMap((right) => {
    const held = overlapOf(right, spell)
    return held === null ? [] : without(held, priced)
  })
}

function doubleMetered(facts: GapFacts, during: Valid): CatalogueGap[] {
  const stretches = facts.meters.flatMap((meter) => {
    const versions = [...meter.versions].sort(byVersion)
    return versions.map((version, index) => {
      return { meter, eventType: version.eventType, from: version.from, to: versions[index + 1]?.from ?? null }
    })
  })
  return stretches.flatMap((a, index) =>
    stretches.slice(index + 1).flatMap((b) => {
      const isSame =
        a.meter.capabilityKey === b.meter.capabilityKey && a.eventType === b.eventType && a.meter !== b.meter
      const common = isSame ? overlapOf(a, b) : null
      const within = common === null ? null : overlapOf(common, during)
      if (within === null) return []
      const meters = [a.meter.slug, b.meter.slug].sort()
      const { capabilityKey } = a.meter
      return [
        {
          kind: 'double_metered' as const,
          appId: '',
          spaceId: '',
          capabilityKey,
          meters,
          from: within.from,
          to: within.to,
        },
      ]
    }),
  )
}

function byVersion(a: { from: Instant }, b: { from: Instant }): number {
  return byFrom({ ...a, to: null }, { ...b, to: null })
}
