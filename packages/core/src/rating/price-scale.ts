import { formatInstant, fromScaled } from '../kernel/index.ts'
import type { PriceVersion } from './price-version.ts'
import type { PartTier } from './rated-part.ts'
import { PRICE_SCALE, scaledOf } from './scaled.ts'

/** Where a part belongs: everything that names it. One object for each place of a rating, so that places compare by identity. */
export interface PartPlace {
  priceBook: string | null
  version: string | null
  tier: PartTier
  unitPrice: string | null
  per: string | null
  /** at PRICE_SCALE */
  price: bigint
  /** at the scale of quantities; null: units are counted, not divided */
  divisor: bigint | null
  /** places of a rating in their order */
  rank: number
}

/** From `above` (not included) to `upTo` (included; null: without end) beyond the allowance, at the scale of quantities. */
export interface ScaleTier {
  above: bigint
  upTo: bigint | null
  place: PartPlace
  flat: PartPlace | null
}

/** A price version in whole numbers, ready to be used many times. */
export interface PriceScale {
  allowance: bigint
  per: bigint
  isPackage: boolean
  isVolume: boolean
  free: PartPlace
  tiers: readonly ScaleTier[]
}

/** `rank`: of the version's first place. Throws RangeError for a `per` that is not above 0, an allowance below it, tiers that do not ascend or do not end open. */
export function priceScale(price: PriceVersion, rank: number): PriceScale {
  const per = scaledOf(price.per, PRICE_SCALE)
  if (per <= 0n)
    throw new RangeError(`expected a price per more than 0 units, found per ${price.per} in ${nameOf(price)}`)
  const isPackage = price.packaging === 'package'
  const listed = price.tiers?.tiers ?? [{ upTo: null, price: price.price, flat: '0' }]
  const version = formatInstant(price.effectiveFrom)
  const placeOf = (tier: PartTier, fee: string, at: number, isCounted: boolean): PartPlace => ({
    priceBook: price.bookId,
    version,
    tier,
    unitPrice: plain(fee),
    per: tier.startsWith('flat') ? '1' : plain(price.per),
    price: scaledOf(fee, PRICE_SCALE),
    divisor: isCounted ? null : per,
    rank: rank + at,
  })
  const tiers: ScaleTier[] = []
  let above = 0n
  for (const [index, tier] of listed.entries()) {
    const upTo = tier.upTo === null ? null : scaledOf(tier.upTo, PRICE_SCALE)
    if ((upTo === null) !== (index === listed.length - 1) || (upTo !== null && upTo <= above)) {
      throw new RangeError(`expected tiers that ascend, the last of them open, in ${nameOf(price)}`)
    }
    const number = index + 1
    tiers.push({
      above,
      upTo,
      place: placeOf(price.tiers === null ? 'overage' : `tier_${number}`, tier.price, 2 * number, isPackage),
      flat: scaledOf(tier.flat, PRICE_SCALE) === 0n ? null : placeOf(`flat_${number}`, tier.flat, 2 * number + 1, true),
    })
    above = upTo ?? above
  }
  if (tiers.length === 0) throw new RangeError(`expected at least one tier in ${nameOf(price)}`)
  const allowance = scaledOf(price.allowance, PRICE_SCALE)
  if (allowance < 0n)
    throw new RangeError(`expected no allowance below 0, found ${price.allowance} in ${nameOf(price)}`)
  return {
    allowance,
    per,
    isPackage,
    isVolume: price.tiers?.mode === 'volume',
    free: placeOf('allowance', '0', 0, true),
    tiers,
  }
}

function nameOf(price: PriceVersion): string {
  return `version ${price.version} of ${price.capabilityKey} in price book ${price.bookId}`
}

/** The one text of a value: `0.10` and `0.1` are one price. */
function plain(text: string): string {
  return fromScaled(scaledOf(text, PRICE_SCALE), PRICE_SCALE)
}
