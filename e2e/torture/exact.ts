// The torture run's own arithmetic: it shares no code with what it judges.
// Promises: exact; a quotient without end is rounded once, when it is written down.
// Does not know: meters, events, stores.

/** A fraction; the denominator is positive. */
export interface Fraction {
  over: bigint
  under: bigint
}

export const FRACTION_DIGITS = 30
/** A quantity is kept as an integer of this many parts of one. */
export const PARTS = 10n ** BigInt(FRACTION_DIGITS)

export const NOTHING: Fraction = { over: 0n, under: 1n }

export function parts(quantity: bigint): Fraction {
  return { over: quantity, under: PARTS }
}

export function whole(number: bigint | number): Fraction {
  return { over: BigInt(number), under: 1n }
}

export function plus(a: Fraction, b: Fraction): Fraction {
  if (a.under === b.under) return { over: a.over + b.over, under: a.under }
  return { over: a.over * b.under + b.over * a.under, under: a.under * b.under }
}

export function divided(a: Fraction, by: bigint): Fraction {
  return { over: a.over, under: a.under * by }
}

export function isLess(a: Fraction, b: Fraction): boolean {
  return a.over * b.under < b.over * a.under
}

export function least(a: bigint, b: bigint): bigint {
  if (a < b) return a
  return b
}

export function most(a: bigint, b: bigint): bigint {
  if (a < b) return b
  return a
}

/** Plain digits: exact where the fraction has an end, else FRACTION_DIGITS after the point, rounded to the nearest. */
export function digitsOf({ over, under }: Fraction): string {
  const sign = over < 0n ? '-' : ''
  const size = over < 0n ? -over : over
  const common = greatestCommon(size, under)
  const [top, bottom] = [size / common, under / common]
  const places = placesOf(bottom)
  const digits = places ?? FRACTION_DIGITS
  const scaled = top * 10n ** BigInt(digits)
  const rounded = places === null ? (scaled * 2n + bottom) / (bottom * 2n) : scaled / bottom
  return rounded === 0n ? '0' : sign + withPoint(rounded, digits)
}

/** A quantity in parts as plain digits. */
export function quantityDigits(quantity: bigint): string {
  return digitsOf(parts(quantity))
}

/**
 * The quantity of a decimal text ("-1.50", "2e3"), or why it is none that can be kept: 30 digits before the point and 30 after it.
 */
export function quantityOf(text: string): bigint | 'value_not_a_number' | 'value_out_of_range' {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (match === null) return 'value_not_a_number'
  const [, sign, before = '', after = '', exponent = '0'] = match
  const shift = FRACTION_DIGITS + Number(exponent) - after.length
  const digits = BigInt(before + after)
  const size = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift)
  if (shift < 0 && size * 10n ** BigInt(-shift) !== digits) return 'value_out_of_range'
  if (size >= PARTS * PARTS) return 'value_out_of_range'
  return sign === '-' ? -size : size
}

function withPoint(value: bigint, places: number): string {
  if (places === 0) return value.toString()
  const text = value.toString().padStart(places + 1, '0')
  return `${text.slice(0, -places)}.${text.slice(-places)}`.replace(/\.?0+$/, '')
}

/** How many digits after the point end it; null if none do. */
function placesOf(denominator: bigint): number | null {
  let rest = denominator
  let places = 0
  for (; rest % 10n === 0n; places++) rest /= 10n
  for (; rest % 5n === 0n; places++) rest /= 5n
  for (; rest % 2n === 0n; places++) rest /= 2n
  return rest === 1n ? places : null
}

function greatestCommon(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}
