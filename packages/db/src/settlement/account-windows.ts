import { addDecimals } from '@meterbook/core/kernel'
import type { Account, MeasuredWindow, MeterBase, PostingCause } from '@meterbook/core/posting'
import type { Window } from '@meterbook/core/window'
import type { MeasuredPiece, TouchedHour } from '../clickhouse/index.ts'
import type { PostedPlace } from '../postgres/index.ts'
import { type BillingFacts, baseOf, type SettlementFault } from './billing-facts.ts'

const HOUR = 3_600_000_000n

/** An account with what was measured in some of its windows. */
export interface MeasuredAccount {
  account: Account
  windows: MeasuredWindow[]
}

/** Measured account-windows by space and account, put together of the pieces that were read. */
export class AccountWindows {
  readonly faults: SettlementFault[] = []
  readonly #facts: BillingFacts
  readonly #spaces = new Map<string, Map<string, AccountDraft>>()

  constructor(facts: BillingFacts) {
    this.#facts = facts
  }

  add(piece: MeasuredPiece, isLevel: boolean): void {
    const meter = this.#facts.meter(piece.meter)
    const space = this.#facts.space(piece.spaceId)
    if (meter === null) return
    const base = baseOf(meter, piece, isLevel)
    if (base === null) return
    if (space === null) {
      this.faults.push({ code: 'space_unknown', of: piece.spaceId })
      return
    }
    const draft = this.#draftOf({ ...piece, capabilityKey: meter.capabilityKey, start: piece.start })
    if (draft === null) return
    const measured: MeterBase = { meter: piece.meter, version: piece.meterVersion, ...base }
    const bases = draft.measured.get(baseKey(measured))
    draft.measured.set(
      baseKey(measured),
      bases === undefined ? measured : { ...bases, base: addDecimals(bases.base, measured.base) },
    )
    for (const entitlement of piece.entitlementIds) draft.entitlements.add(entitlement)
  }

  /** A window that was posted once: if nothing is measured there now, it is to be posted back to nothing. */
  addPosted(place: PostedPlace): void {
    const account = this.#accountOf({ ...place, periodStart: place.periodStart })
    if (account === null) return
    windowOf(account, { ...place, window: { start: place.start, end: place.end } })
  }

  count(): number {
    let count = 0
    for (const accounts of this.#spaces.values()) for (const { windows } of accounts.values()) count += windows.size
    return count
  }

  /** Why windows are not what they were. */
  explain(touched: readonly TouchedHour[], causesOf: (touched: TouchedHour) => PostingCause[]): void {
    const causes = new Map<string, PostingCause[]>()
    for (const each of touched) {
      const capabilityKey = this.#facts.meter(each.meter)?.capabilityKey
      if (capabilityKey === undefined) continue
      const key = [each.appId, capabilityKey, each.hour, each.environment].join(' ')
      causes.set(key, [...(causes.get(key) ?? []), ...causesOf(each)])
    }
    for (const accounts of this.#spaces.values()) {
      for (const { account, windows } of accounts.values()) {
        for (const draft of windows.values()) {
          const hour = draft.window.start - (draft.window.start % HOUR)
          draft.causes = causes.get([account.appId, account.capabilityKey, hour, draft.environment].join(' ')) ?? []
        }
      }
    }
  }

  /** By space id, ascending; accounts and windows in one order, so that a second run posts in the order of the first. */
  bySpace(): [string, MeasuredAccount[]][] {
    return [...this.#spaces].sort(byKey).map(([spaceId, accounts]) => [
      spaceId,
      [...accounts].sort(byKey).map(([, { account, windows }]) => ({
        account,
        windows: [...windows].sort(byKey).map(
          ([, draft]): MeasuredWindow => ({
            environment: draft.environment,
            isExempt: draft.isExempt,
            window: draft.window,
            measured: [...draft.measured].sort(byKey).map(([, base]) => base),
            entitlements: [...draft.entitlements].sort(),
            causes: draft.causes,
          }),
        ),
      })),
    ])
  }

  #draftOf(piece: MeasuredPiece & { capabilityKey: string }): WindowDraft | null {
    const space = this.#facts.space(piece.spaceId)
    if (space === null) return null
    const account = this.#accountOf({ ...piece, periodStart: this.#facts.periodOf(space, piece.start).start })
    if (account === null) return null
    const { capabilityKey, start: at } = piece
    return windowOf(account, { ...piece, window: this.#facts.windowOf({ space, capabilityKey, at }) })
  }

  /** null: the space has no price for it, or one in another currency. */
  #accountOf(input: {
    spaceId: string
    appId: string
    capabilityKey: string
    periodStart: bigint
  }): AccountDraft | null {
    const { spaceId, appId, capabilityKey, periodStart } = input
    const space = this.#facts.space(spaceId)
    if (space === null || !this.#facts.hasOneCurrency(space)) return null
    if (this.#facts.timelineOf(space, capabilityKey).length === 0) return null
    const accounts = this.#spaces.get(spaceId) ?? new Map<string, AccountDraft>()
    this.#spaces.set(spaceId, accounts)
    const key = [appId, capabilityKey, periodStart].join(' ')
    const known = accounts.get(key)
    if (known !== undefined) return known
    const unit = this.#facts.unitOf(capabilityKey)
    const period = this.#facts.periodOf(space, periodStart)
    const made: AccountDraft = { account: { spaceId, appId, capabilityKey, unit, period }, windows: new Map() }
    accounts.set(key, made)
    return made
  }
}

interface AccountDraft {
  account: Account
  windows: Map<string, WindowDraft>
}

interface WindowDraft {
  environment: string
  isExempt: boolean
  window: Window
  measured: Map<string, MeterBase>
  entitlements: Set<string>
  causes: PostingCause[]
}

function windowOf(
  account: AccountDraft,
  { environment, isExempt, window }: { environment: string; isExempt: boolean; window: Window },
): WindowDraft {
  const key = [window.start, window.end, isExempt, environment].join(' ')
  const known = account.windows.get(key)
  if (known !== undefined) return known
  const made = { environment, isExempt, window, measured: new Map(), entitlements: new Set<string>(), causes: [] }
  account.windows.set(key, made)
  return made
}

function baseKey({ meter, version }: MeterBase): string {
  return `${meter} ${version}`
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
