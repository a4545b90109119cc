import { fromScaled, QUANTITY_SCALE } from '../kernel/index.ts'

/**
 * Rating counts in whole numbers of fixed scales, so that every sum and product is exact: quantities and prices at 30 digits after the point,
 * units at 60, their product, the amount, at 90.
 */
export const PRICE_SCALE = 30
export const UNIT_SCALE = 60
export const AMOUNT_SCALE = UNIT_SCALE + PRICE_SCALE

/** Digits that turn quantity ÷ per, both at their own scale, into units. */
export const UNIT = 10n ** BigInt(UNIT_SCALE)

const POWERS_OF_TEN = Array.from({ length: AMOUNT_SCALE + 1 }, (_, exponent) => 10n ** BigInt(exponent))

/** A plain decimal text times 10^scale. RangeError if that is no whole number, or the text no decimal: never a rounding. */
export function scaledOf(text: string, scale: number): bigint {
  const { digits, fraction } = splitDecimal(text)
  const power = POWERS_OF_TEN[scale - fraction]
  if (power !== undefined) return digits * power
  const excess = 10n ** BigInt(fraction - scale)
  if (digits % excess !== 0n) {
    throw new RangeError(`expected a decimal of at most ${scale} digits after the point, found ${text.slice(0, 100)}`)
  }
  return digits / excess
}

/** Not ratioOf: this runs some times for each account-window, and needs no power of ten of its own. */
function splitDecimal(text: string): { digits: bigint; fraction: number } {
  if (!PLAIN.test(text)) throw new RangeError(`expected a plain decimal, found ${JSON.stringify(text.slice(0, 100))}`)
  const point = text.indexOf('.')
  if (point < 0) return { digits: BigInt(text), fraction: 0 }
  return { digits: BigInt(text.slice(0, point) + text.slice(point + 1)), fraction: text.length - point - 1 }
}

const PLAIN = /^-?\d+(?:\.\d+)?$/

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
