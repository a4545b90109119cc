import type { Instant } from '../kernel/index.ts'
import type { EntryDraft } from '../ledger/index.ts'
import type { PriceVersion } from '../rating/index.ts'
import type { Window } from '../window/index.ts'

/** What shares one allowance: an app's use of a capability, in one space, in one billing period (a month of the space's zone). */
export interface Account {
  spaceId: string
  appId: string
  capabilityKey: string
  /** the capability's unit, in words: GB-hour */
  unit: string
  period: Window
}

/**
 * What one version of a meter measured: quantity in the capability's unit = `base` ÷ `divisor`. Plain decimal texts. A level integrated over time
 * (TIME_WEIGHTED) gives base = level × MICROSECONDS and divisor = the version's divisor × MICROS_PER_HOUR, so that both are exact.
 */
export interface MeterBase {
  meter: string
  version: number
  base: string
  divisor: string
}

/** Within an account. The window lies in one billing period and under one price. */
export interface AccountWindow {
  environment: string
  isExempt: boolean
  window: Window
}

/** Why a window is no longer what was posted of it, as far as the journal tells. */
export interface PostingCause {
  reason: 'late_usage' | 'cancelled' | 'amended' | 'reattributed'
  /** id of the correction; null: it came by itself */
  act: string | null
}

/** Everything measured of an account-window as of a journal position. Empty `measured`, or no such window in the list: there is nothing (any more). */
export interface MeasuredWindow extends AccountWindow {
  measured: readonly MeterBase[]
  /** ids of the entitlements under which it was used */
  entitlements: readonly string[]
  /** empty or absent: not known; then the sign of the difference tells late usage from cancelled usage */
  causes?: readonly PostingCause[]
}

/** What all entries of an account-window add up to. */
export interface PostedWindow extends AccountWindow {
  /** sequence of its first entry, decimal text */
  firstSequence: string
  /** Σ base by meter and version */
  measured: readonly MeterBase[]
  entitlements: readonly string[]
  /** Σ amount. Given, it is compared with what the prices say of the posted usage, since a difference on top of a wrong sum stays wrong */
  amount?: string
}

export interface AccountUsage {
  account: Account
  /** the capability's prices for the space, see priceTimeline; all of them, not only the month's */
  timeline: readonly PriceVersion[]
  /** EVERY window of the account that is settled: what is posted and missing here is posted back to zero, unless `isPartial` */
  measured: readonly MeasuredWindow[]
  /** EVERY window of the account that has an entry; with `isPartial`, those that were not looked at may be summed up, one for each price segment */
  posted: readonly PostedWindow[]
  /** true: `measured` holds only what was looked at, with empty ones for what is gone; every other window stays as it was posted */
  isPartial?: boolean
  /** the prices by which the posted entries were rated, where `timeline` is not the same any more: then they are repriced first */
  ratedBy?: readonly PriceVersion[]
}

/** What is to be posted: `usage`, the first entry of its account-window, or `adjustment`, any later one. */
export type PostingDraft = Extract<EntryDraft, { kind: 'usage' | 'adjustment' }>

/** Facts of the space and of the reading that all its accounts share. */
export interface PostingFacts {
  /** ISO 4217 */
  currency: string
  /** IANA name: billing periods are its months */
  billingZone: string
  /** starts of the space's billing periods whose statement is closed */
  closedPeriods: readonly Instant[]
  journal: { shard: number; through: string }
}
