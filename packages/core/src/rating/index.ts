// Rating: what a month's usage costs, taken apart into parts that explain it.
// Promises: a pure function of usage and prices, exact, in which no posting order, environment or cut of windows can be seen.
// Does not know: ledgers, statements, rounding to money, stores.
export type {
  BookSubscription,
  ListedPrice,
  PriceTier,
  PriceTiers,
  PriceVersion,
  SegmentUsage,
} from './price-version.ts'
export type { PartTier, RatedPart } from './rated-part.ts'
