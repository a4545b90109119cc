import { QUANTITY_SCALE } from '../kernel/index.ts'
import type { SegmentUsage } from './price-version.ts'
import type { RatedPart } from './rated-part.ts'
import { differenceOf, NO_PARTS, ratingOf } from './rating.ts'
import { scaledOf } from './scaled.ts'

/**
 * What an account's usage of one billing period costs: a part for each price version and tier that took some of it. `usage` in time order, one
 * element for each stretch under a price (or under none). A pure function of the whole period's usage: whatever order entries were posted in, they add
 * up to this. A negative sum of usage costs nothing. Throws RangeError for a quantity of more than 30 digits after the point and for a price that is none.
 */
export function decompose(usage: readonly SegmentUsage[]): RatedPart[] {
  const rating = ratingOf(usage.map(({ price }) => price))
  const quantities = usage.map(({ quantity }) => scaledOf(quantity, QUANTITY_SCALE))
  return differenceOf(NO_PARTS, rating.partsOf(quantities)).parts
}
