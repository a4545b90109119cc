import { overlapOf, type Valid, without } from './validity.ts'

/** Who owned which app, which space was subscribed, which rights there are: the facts that rights hang on. */
export interface RightFacts {
  ownerships: readonly (Valid & { appId: string; spaceId: string })[]
  subscriptions: readonly (Valid & { id: string; spaceId: string })[]
  entitlements: readonly (Valid & { id: string; subscriptionId: string; appId: string; capabilityKey: string })[]
}

/** One right to be written. */
export interface GrantedRight extends Valid {
  appId: string
  spaceId: string
  subscriptionId: string
  capabilityKey: string
}

/** A time in which no right can be: nobody owned the app, its space had no subscription, or a right stands there that does not hold. */
export interface UncoveredTime extends Valid {
  appId: string
  capabilityKey: string
  why: 'unowned' | 'unsubscribed' | 'dangling'
}

/**
 * The rights that are missing for these apps to have these capabilities throughout `during`: one for each spell of one owner under one
 * subscription, since a right hangs on a subscription, and none where there is one already. Asked again after they were written, nothing
 * is missing.
 */
export function planGrant(
  facts: RightFacts,
  asked: { appIds: readonly string[]; capabilityKeys: readonly string[]; during: Valid },
): { rights: GrantedRight[]; uncovered: UncoveredTime[] } {
  const rights: GrantedRight[] = []
  const uncovered: UncoveredTime[] = []
  for (const appId of asked.appIds) {
    const spells = spellsOf(facts, appId, asked.during)
    const ownerships = facts.ownerships.filter((row) => row.appId === appId)
    for (const capabilityKey of asked.capabilityKeys) {
      const known = facts.entitlements.filter((row) => row.appId === appId && row.capabilityKey === capabilityKey)
      const tell = (why: UncoveredTime['why'], pieces: readonly Valid[]) =>
        uncovered.push(...pieces.map((piece) => ({ ...piece, appId, capabilityKey, why })))
      for (const spell of spells) {
        const { spaceId, subscriptionId } = spell
        rights.push(
          ...without(spell, known).map((piece) => ({ ...piece, appId, spaceId, subscriptionId, capabilityKey })),
        )
        tell(
          'dangling',
          overlaps(
            known.filter((row) => row.subscriptionId !== subscriptionId),
            spell,
          ),
        )
      }
      tell('unowned', without(asked.during, ownerships))
      const owned = ownerships.flatMap((row) => overlapOf(row, asked.during) ?? [])
      tell(
        'unsubscribed',
        owned.flatMap((piece) => without(piece, spells)),
      )
    }
  }
  return { rights, uncovered }
}

/** Stretches of `during` in which one space owned the app under one subscription. */
export function spellsOf(
  facts: Pick<RightFacts, 'ownerships' | 'subscriptions'>,
  appId: string,
  during: Valid,
): (Valid & { spaceId: string; subscriptionId: string })[] {
  return facts.ownerships
    .filter((row) => row.appId === appId)
    .flatMap((ownership) => {
      const owned = overlapOf(ownership, during)
      if (owned === null) return []
      return facts.subscriptions
        .filter(({ spaceId }) => spaceId === ownership.spaceId)
        .flatMap((subscription) => {
          const spell = overlapOf(owned, subscription)
          return spell === null ? [] : [{ ...spell, spaceId: ownership.spaceId, subscriptionId: subscription.id }]
        })
    })
}

function overlaps(rows: readonly Valid[], within: Valid): Valid[] {
  return rows.flatMap((row) => overlapOf(row, within) ?? [])
}
