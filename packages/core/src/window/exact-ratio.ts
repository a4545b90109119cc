import { fromScaled } from '../kernel/decimal.ts'

/**
 * A quotient kept as a quotient, so that a sum of quotients is rounded once, at the very end, or not at all.
 * The denominator is positive.
 */
export interface Ratio {
  numerator: bigint
  denominator: bigint
}

/** Digits after the point where a quotient has no end (a third). */
export const ENDLESS_FRACTION_DIGITS = 30

export const ZERO: Ratio = { numerator: 0n, denominator: 1n }

/** From a plain decimal text ("-12.50"), never an exponent: what a store of ours gives back. Throws RangeError on anything else. */
export function ratioOf(text: string): Ratio {
  const match = /^(-?\d+)(?:\.(\d+))?$/.exec(text)
  if (match === null) throw new RangeError(`Expected a plain decimal, found ${JSON.stringify(text.slice(0, 100))}`)
  const fraction = match[2] ?? ''
  return { numerator: BigInt(`${match[1]}${fraction}`), denominator: 10n ** BigInt(fraction.length) }
}

export function addRatios(a: Ratio, b: Ratio): Ratio {
  if (a.denominator === b.denominator) return { numerator: a.numerator + b.numerator, denominator: a.denominator }
  return reduced(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
}

/** Throws RangeError when b is zero. */
export function divideRatios(a: Ratio, b: Ratio): Ratio {
  if (b.numerator === 0n) throw new RangeError('Expected a divisor other than zero')
  const sign = b.numerator < 0n ? -1n : 1n
  return reduced(a.numerator * b.denominator * sign, a.denominator * b.numerator * sign)
}

/** Negative, zero or positive, as a is less than, equal to or greater than b. */
export function compareRatios(a: Ratio, b: Ratio): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/**
 * The decimal text of a ratio, exactly; if it has no end, ENDLESS_FRACTION_DIGITS digits after the point, the last one rounded to
 * the nearest (half to even, but there is no half: a quotient halfway between two digits has an end). No exponent, no trailing zeros, no negative zero.
 */
export function formatRatio(ratio: Ratio): string {
  const { numerator, denominator } = reduced(ratio.numerator, ratio.denominator)
  const [twos, withoutTwos] = withoutFactor(denominator, 2n)
  const [fives, rest] = withoutFactor(withoutTwos, 5n)
  if (rest !== 1n) {
    return fromScaled(
      nearestQuotient(numerator * 10n ** BigInt(ENDLESS_FRACTION_DIGITS), denominator),
      ENDLESS_FRACTION_DIGITS,
    )
  }
  const digits = Math.max(twos, fives)
  return fromScaled((numerator * 10n ** BigInt(digits)) / denominator, digits)
}

function nearestQuotient(numerator: bigint, denominator: bigint): bigint {
  const size = numerator < 0n ? -numerator : numerator
  const rounded = size / denominator + ((size % denominator) * 2n > denominator ? 1n : 0n)
  return numerator < 0n ? -rounded : rounded
}

function withoutFactor(value: bigint, factor: bigint): [number, bigint] {
  let times = 0
  let rest = value
  while (rest % factor === 0n) {
    rest /= factor
    times++
  }
  return [times, rest]
}

function reduced(numerator: bigint, denominator: bigint): Ratio {
  let a = numerator < 0n ? -numerator : numerator
  let b = denominator
  while (b !== 0n) [a, b] = [b, a % b]
  return a <= 1n ? { numerator, denominator } : { numerator: numerator / a, denominator: denominator / a }
}
