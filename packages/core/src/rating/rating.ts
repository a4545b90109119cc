import { type PartPlace, type PriceScale, priceScale, type ScaleTier } from './price-scale.ts'
import type { PriceVersion } from './price-version.ts'
import type { RatedPart } from './rated-part.ts'
import { amountText, ceilingOf, divideHalfEven, quantityText, UNIT, unitText } from './scaled.ts'

/** What fell to one place: quantity at the scale of quantities, units at UNIT_SCALE. */
interface PartSum {
  quantity: bigint
  units: bigint
}

/** A rated usage in whole numbers. */
export type PartSums = ReadonlyMap<PartPlace, PartSum>

/** Nothing used, nothing owed. */
export const NO_PARTS: PartSums = new Map()

/** The prices of an account's segments, ready to rate many usages. */
export interface Rating {
  /** One quantity (scaled by QUANTITY_SCALE) for each segment, in time order. */
  partsOf(quantities: readonly bigint[]): PartSums
}

/**
 * Rates usage under one price after the other, `prices` in time order, null where there is none.
 *
 * What is used in a month moves along one scale, from 0 up, through all its priced segments; each segment pays, by its own price, for the stretch
 * between where it began and where it ended. So a version's allowance and tiers count what was used before it, a package or a flat fee that was
 * paid for once is not paid for again under the next version, and it makes no difference whether a segment is cut in two.
 */
export function ratingOf(prices: readonly (PriceVersion | null)[]): Rating {
  const known = new Map<string, PriceScale>()
  const scales = prices.map((price, index) => {
    if (price === null) return null
    const key = `${price.bookId}\n${price.effectiveFrom}`
    const scale = known.get(key) ?? priceScale(price, (index + 1) * RANKS)
    known.set(key, scale)
    return scale
  })
  return { partsOf: (quantities) => partsOf(scales, quantities) }
}

/** No price has as many places. */
const RANKS = 1_000_000

/** Usage that nothing prices; it uses up no allowance, which only a price grants. */
const UNPRICED: PartPlace = {
  priceBook: null,
  version: null,
  tier: 'unpriced',
  unitPrice: null,
  per: null,
  price: 0n,
  divisor: null,
  rank: 0,
}

type Summing = Map<PartPlace, PartSum>

function add(sums: Summing, place: PartPlace, quantity: bigint, count: bigint): void {
  if (quantity === 0n && count === 0n) return
  const sum = sums.get(place)
  if (sum === undefined) sums.set(place, { quantity, units: count * UNIT })
  else {
    sum.quantity += quantity
    sum.units += count * UNIT
  }
}

function partsOf(scales: readonly (PriceScale | null)[], quantities: readonly bigint[]): PartSums {
  const sums: Summing = new Map()
  const total = quantities.reduce((sum, quantity, index) => (scales[index] ? sum + quantity : sum), 0n)
  let used = 0n
  for (const [index, scale] of scales.entries()) {
    const quantity = quantities[index] ?? 0n
    if (quantity === 0n) continue
    if (scale === null) {
      add(sums, UNPRICED, quantity, 0n)
      continue
    }
    const before = used
    used += quantity
    const { allowance } = scale
    add(sums, scale.free, smaller(used, allowance) - smaller(before, allowance), 0n)
    const stretch = { from: larger(before - allowance, 0n), to: larger(used - allowance, 0n) }
    if (stretch.from === stretch.to) continue
    if (scale.isVolume) addVolume(sums, { scale, stretch, reached: larger(total - allowance, 0n) })
    else addGraduated(sums, { scale, stretch })
  }
  // Divided once, after adding up: a quotient without end is cut once for each place.
  for (const [place, sum] of sums) {
    if (place.divisor !== null) sum.units = divideHalfEven(sum.quantity * UNIT, place.divisor)
    if (sum.quantity === 0n && sum.units === 0n) sums.delete(place)
  }
  return sums
}

/** Beyond the allowance; `to` may lie before `from`, where more was taken back than used. */
interface Stretch {
  from: bigint
  to: bigint
}

function addGraduated(sums: Summing, { scale, stretch }: { scale: PriceScale; stretch: Stretch }): void {
  for (const tier of scale.tiers) {
    const from = within(tier, stretch.from)
    const to = within(tier, stretch.to)
    add(sums, tier.place, to - from, packagesBetween(scale, from, to))
    if (tier.flat !== null) add(sums, tier.flat, 0n, flag(stretch.to > tier.above) - flag(stretch.from > tier.above))
  }
}

function addVolume(
  sums: Summing,
  { scale, stretch, reached }: { scale: PriceScale; stretch: Stretch; reached: bigint },
): void {
  const tier = scale.tiers.find(({ upTo }) => upTo === null || reached <= upTo) as ScaleTier
  add(sums, tier.place, stretch.to - stretch.from, packagesBetween(scale, stretch.from, stretch.to))
  if (tier.flat !== null) add(sums, tier.flat, 0n, flag(stretch.to > 0n) - flag(stretch.from > 0n))
}

/** Packages begun on the way: one that spans the end of a tier belongs to the tier in which it begins. */
function packagesBetween({ isPackage, per }: PriceScale, from: bigint, to: bigint): bigint {
  return isPackage ? ceilingOf(to, per) - ceilingOf(from, per) : 0n
}

function within({ above, upTo }: ScaleTier, position: bigint): bigint {
  const notBelow = larger(position, above)
  return upTo === null ? notBelow : smaller(notBelow, upTo)
}

/** What `after` has and `before` has not, part by part in their order; a part that went is negative, one that stayed is left out. */
export function differenceOf(before: PartSums, after: PartSums): { parts: RatedPart[]; amount: bigint } {
  const parts: { place: PartPlace; quantity: bigint; units: bigint }[] = []
  for (const [place, { quantity, units }] of after) {
    const known = before.get(place)
    const more = { place, quantity: quantity - (known?.quantity ?? 0n), units: units - (known?.units ?? 0n) }
    if (more.quantity !== 0n || more.units !== 0n) parts.push(more)
  }
  for (const [place, { quantity, units }] of before) {
    if (!after.has(place)) parts.push({ place, quantity: -quantity, units: -units })
  }
  parts.sort((a, b) => a.place.rank - b.place.rank)
  let amount = 0n
  for (const { place, units } of parts) amount += units * place.price
  return { parts: parts.map(partText), amount }
}

function partText({ place, quantity, units }: { place: PartPlace; quantity: bigint; units: bigint }): RatedPart {
  const { priceBook, version, tier, unitPrice, per, price } = place
  // In the order of the canonical text, in which most of them end.
  return {
    amount: amountText(units * price),
    per,
    priceBook,
    quantity: quantityText(quantity),
    tier,
    unitPrice,
    units: unitText(units),
    version,
  }
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
function flag(claim: boolean): bigint {
  return claim ? 1n : 0n
}
