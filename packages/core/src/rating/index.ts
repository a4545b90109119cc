// Rating: what a month's usage costs, taken apart into parts that explain it.
// Promises: a pure function of usage and prices, exact, in which no posting order, environment or cut of windows can be seen.
// Does not know: ledgers, statements, rounding to money, stores.
export { decompose } from './decompose.ts'
export { PriceBookDraft, PriceVersionDraft } from './price-draft.ts'
export { type PriceSegment, priceAt, priceSegments, priceTimeline } from './price-timeline.ts'
export type {
  BookSubscription,
  ListedPrice,
  PriceTier,
  PriceTiers,
  PriceVersion,
  SegmentUsage,
} from './price-version.ts'
export { amountOf, type PartTier, partsBetween, type RatedPart } from './rated-part.ts'
export { differenceOf, NO_PARTS, type PartSums, type Rating, ratingOf } from './rating.ts'
export { AMOUNT_SCALE, amountText, divideHalfEven, PRICE_SCALE, quantityText, scaledOf } from './scaled.ts'
export { segmentUsage, type UsageSlice, type WhatIf, whatIf } from './what-if.ts'
