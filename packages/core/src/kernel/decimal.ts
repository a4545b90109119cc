import { Decimal as DecimalJs } from 'decimal.js'
import { ExactNumber } from './json-value.ts'

/**
 * Exact decimals for quantities and money. Precision 200 digits: a sum, difference or product of values within the
 * bounds below is exact, and only a division can round (at the 200th digit, half to even).
 */
export const Decimal = DecimalJs.clone({
  precision: 200,
  rounding: DecimalJs.ROUND_HALF_EVEN,
  toExpNeg: -9e15,
  toExpPos: 9e15,
  defaults: true,
})
export type Decimal = DecimalJs

/** At most this many digits before and after the point, so that nothing sent from outside can be slow or huge. */
export const DECIMAL_INTEGER_DIGITS_MAX = 46
export const DECIMAL_FRACTION_DIGITS_MAX = 60

/** `format`: not the text of a JSON number. `range`: a number, but outside the bounds. */
export type DecimalFault = 'format' | 'range'
export type DecimalResult = { ok: true; value: Decimal } | { ok: false; code: DecimalFault }

/**
 * Reads the text of a JSON number, also when it came inside a string ("12.50"). Nothing else: no blank, no plus sign,
 * no hex, no separator, no NaN, no bare point. 1e400, 1e-400 and 1e999999999 are `range`, at once.
 */
export function parseDecimal(text: string): DecimalResult {
  const parts = splitNumber(text)
  if (typeof parts === 'string') return { ok: false, code: parts }
  return { ok: true, value: new Decimal(text) }
}

/** The decimal of what a JSON member holds: a number, a number kept as text, or a numeric string. */
export function decimalOf(value: unknown): DecimalResult {
  if (typeof value === 'number') return parseDecimal(numberText(value))
  if (value instanceof ExactNumber) return parseDecimal(value.text)
  return typeof value === 'string' ? parseDecimal(value) : { ok: false, code: 'format' }
}

/** Plain digits, never an exponent, no trailing zeros, never `-0`: what goes on the wire and on the screen. */
export function formatDecimal(value: Decimal): string {
  return value.isZero() ? '0' : value.toFixed()
}

/** `fraction`: exact, but with more fraction digits than the scale keeps. */
export type ScaledFault = DecimalFault | 'fraction'
export type ScaledResult = { ok: true; value: bigint } | { ok: false; code: ScaledFault }

/** The scale of stored quantities: ClickHouse `Decimal(76, 30)`, 46 digits before the point and 30 after it. */
export const QUANTITY_SCALE = 30

const POWERS_OF_TEN = Array.from({ length: 129 }, (_, exponent) => 10n ** BigInt(exponent))
const QUANTITY_UNIT = 10n ** 30n

/**
 * A number's text times 10^scale as an integer, exactly; an error, never a rounding. `toScaled('0.5', 30)` is 5n × 10^29.
 * Bounds as in parseDecimal; scale 0 to 60.
 */
export function toScaled(text: string, scale: number): ScaledResult {
  const parts = splitNumber(text)
  if (typeof parts === 'string') return { ok: false, code: parts }
  const shift = parts.exponent + scale
  if (shift < 0) return { ok: false, code: 'fraction' }
  const magnitude = BigInt(parts.digits) * power(shift)
  return { ok: true, value: parts.isNegative ? -magnitude : magnitude }
}

/** The same for a JSON member, at the scale of stored quantities; a safe integer, the common case, takes no text. */
export function quantityToScaled(value: unknown): ScaledResult {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return { ok: true, value: BigInt(value) * QUANTITY_UNIT }
    return toScaled(numberText(value), QUANTITY_SCALE)
  }
  if (value instanceof ExactNumber) return toScaled(value.text, QUANTITY_SCALE)
  return typeof value === 'string' ? toScaled(value, QUANTITY_SCALE) : { ok: false, code: 'format' }
}

/** The decimal text of a scaled integer: `fromScaled(5n * 10n ** 29n, 30)` is `0.5`. */
export function fromScaled(scaled: bigint, scale: number): string {
  if (scaled === 0n) return '0'
  const sign = scaled < 0n ? '-' : ''
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(scale + 1, '0')
  const point = digits.length - scale
  let end = digits.length
  while (end > point && digits.charCodeAt(end - 1) === 48) end--
  const integer = digits.slice(0, point)
  return end === point ? `${sign}${integer}` : `${sign}${integer}.${digits.slice(point, end)}`
}

/** Sums, differences and products of decimal texts, as decimal texts. Throws RangeError for what parseDecimal refuses. */
export function addDecimals(a: string, b: string): string {
  return formatDecimal(decimal(a).plus(decimal(b)))
}
export function subtractDecimals(a: string, b: string): string {
  return formatDecimal(decimal(a).minus(decimal(b)))
}
export function multiplyDecimals(a: string, b: string): string {
  return formatDecimal(decimal(a).times(decimal(b)))
}
/** -1, 0 or 1, by value: `1.0` and `1` are equal. */
export function compareDecimals(a: string, b: string): -1 | 0 | 1 {
  return decimal(a).comparedTo(decimal(b)) as -1 | 0 | 1
}

/**
 * a ÷ b as a decimal text; exact when it has at most `fractionDigits` digits after the point (default 60), else cut there by
 * half to even. Throws RangeError for a zero divisor.
 */
export function divideDecimals(a: string, b: string, fractionDigits = DECIMAL_FRACTION_DIGITS_MAX): string {
  const divisor = decimal(b)
  if (divisor.isZero()) throw new RangeError('expected a divisor other than zero')
  return formatDecimal(decimal(a).dividedBy(divisor).toDecimalPlaces(fractionDigits))
}

/** A Decimal from a text of our own, whose length is not bounded by what the wire allows. Throws on anything else. */
export function decimal(text: string): Decimal {
  if (!NUMBER.test(text) || text.length > 400) throw new RangeError('expected the text of a decimal number')
  return new Decimal(text)
}

const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** The shortest text that gives this double back; `-0` is `0`. Infinity and NaN give a text that is no number. */
function numberText(value: number): string {
  return value === 0 ? '0' : String(value)
}

type NumberParts = { isNegative: boolean; digits: string; exponent: number }

/** Sign, significant digits and the exponent of the last one, within bounds; nothing is expanded before that is known. */
function splitNumber(text: string): NumberParts | DecimalFault {
  const match = NUMBER.exec(text)
  if (match === null) return 'format'
  const [, sign, integer = '', fraction = '', exponentText = '0'] = match
  const all = integer + fraction
  let start = 0
  while (start < all.length && all.charCodeAt(start) === 48) start++
  if (start === all.length) return { isNegative: false, digits: '0', exponent: 0 }
  let end = all.length
  while (all.charCodeAt(end - 1) === 48) end--
  // A double is enough: an exponent it cannot hold exactly is far outside the bounds.
  const exponent = Number(exponentText) - fraction.length + (all.length - end)
  const digits = all.slice(start, end)
  if (exponent < -DECIMAL_FRACTION_DIGITS_MAX || digits.length + exponent > DECIMAL_INTEGER_DIGITS_MAX) return 'range'
  return { isNegative: sign === '-', digits, exponent }
}

function power(exponent: number): bigint {
  return POWERS_OF_TEN[exponent] ?? 10n ** BigInt(exponent)
}
