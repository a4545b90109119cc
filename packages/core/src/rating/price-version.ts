import type { Instant } from '../kernel/index.ts'

/**
 * `upTo` (inclusive, in the capability's unit) counts what is beyond the allowance; null in the last tier only, ascending. `price` for `per`
 * units within the tier. `flat`: owed once a month as soon as the tier is reached; `0` for none.
 */
export interface PriceTier {
  upTo: string | null
  price: string
  flat: string
}

/** graduated: each quantity at the price of the tier it falls into. volume: all of it at the price of the tier that the month's total reaches. */
export interface PriceTiers {
  mode: 'graduated' | 'volume'
  tiers: readonly PriceTier[]
}

/**
 * A version of a capability's price as a price book lists it, in force there from `effectiveFrom` until the next one. Decimal texts, at most 30
 * digits after the point; `allowance` in the capability's unit, per app and billing period; `price` for `per` units beyond it, without tiers.
 * package: every `per` units that were begun cost `price`.
 */
export interface ListedPrice {
  bookId: string
  capabilityKey: string
  version: number
  effectiveFrom: Instant
  allowance: string
  price: string
  per: string
  packaging: 'exact' | 'package'
  tiers: PriceTiers | null
}

/**
 * A listed price as it is in force for one space: [from, to), cut to the space's subscription; null = for ever. `effectiveFrom` stays that of
 * the book, since (bookId, effectiveFrom) is what names the version.
 */
export interface PriceVersion extends ListedPrice {
  from: Instant
  to: Instant | null
}

/** Which book a space has, [from, to). One at a time. */
export interface BookSubscription {
  bookId: string
  from: Instant
  to: Instant | null
}

/** What an account used under one price; `price` null: while there was none. Exact decimal text in the capability's unit. */
export interface SegmentUsage {
  price: PriceVersion | null
  quantity: string
}
