import { fromScaled, QUANTITY_SCALE } from '../kernel/index.ts'
import { ratioOf } from '../window/index.ts'

/**
 * Rating counts in whole numbers of fixed scales, so that every sum and product is exact: quantities and prices at 30 digits after the point,
 * units at 60, their product, the amount, at 90.
 */
export const PRICE_SCALE = 30
export const UNIT_SCALE = 60
export const AMOUNT_SCALE = UNIT_SCALE + PRICE_SCALE

/** Digits that turn quantity ÷ per, both at their own scale, into units. */
export const UNIT = 10n ** BigInt(UNIT_SCALE)

/** A plain decimal text times 10^scale. RangeError if that has no end at the scale or is no decimal: never a rounding. */
export function scaledOf(text: string, scale: number): bigint {
  const { numerator, denominator } = ratioOf(text)
  const factor = 10n ** BigInt(scale)
  if ((numerator * factor) % denominator !== 0n) {
    throw new RangeError(`expected a decimal of at most ${scale} digits after the point, found ${text.slice(0, 100)}`)
  }
  return (numerator * factor) / denominator
}

/** The decimal text of units at UNIT_SCALE. */
export function unitText(units: bigint): string {
  return fromScaled(units, UNIT_SCALE)
}

/** The decimal text of an amount at AMOUNT_SCALE. */
export function amountText(amount: bigint): string {
  return fromScaled(amount, AMOUNT_SCALE)
}

/** The decimal text of a quantity at the scale of stored quantities. */
export function quantityText(quantity: bigint): string {
  return fromScaled(quantity, QUANTITY_SCALE)
}

/** The whole number nearest to numerator ÷ denominator; halfway, the even one. Throws RangeError unless denominator > 0. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  if (denominator <= 0n) throw new RangeError('expected a divisor above zero')
  const floor = floorOf(numerator, denominator)
  const twice = (numerator - floor * denominator) * 2n
  if (twice === denominator) return floor % 2n === 0n ? floor : floor + 1n
  return twice > denominator ? floor + 1n : floor
}

/** The least whole number that is not below numerator ÷ denominator (above 0). */
export function ceilingOf(numerator: bigint, denominator: bigint): bigint {
  return -floorOf(-numerator, denominator)
}

function floorOf(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator
  return numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient
}
