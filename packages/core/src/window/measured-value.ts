import type { Aggregation } from '../kernel/aggregation.ts'
import { addRatios, compareRatios, divideRatios, formatRatio, type Ratio, ratioOf, ZERO } from './exact-ratio.ts'

/**
 * What was measured under one version of a meter, in that version's base measure: plain decimal texts. `latest` is the quantity with the
 * greatest position in time and journal, `latestOrder` that position, compared element by element.
 */
export interface MeasuredPart {
  divisor: string
  count: string
  sum: string
  min: string | null
  max: string | null
  latest: string | null
  latestOrder: readonly bigint[]
  /** base measure × hours is this ÷ MICROS_PER_HOUR; TIME_WEIGHTED only */
  levelMicros: string
}

export const MICROS_PER_HOUR = '3600000000'

/**
 * The value of an aggregation in the meter's unit, as decimal text, from the parts of its versions; null when there is nothing to say (no
 * usage), except that a count of nothing is 0. Exact; only a quotient without end (a third) is rounded, once, see formatRatio.
 * Not for UNIQUE_COUNT and PERCENTILE, which parts do not tell: RangeError.
 */
export function measuredValue(aggregation: Aggregation, parts: readonly MeasuredPart[]): string | null {
  const value = ratioValue(
    aggregation,
    parts.filter((part) => part.count !== '0' || aggregation === 'TIME_WEIGHTED'),
  )
  return value === null ? null : formatRatio(value)
}

/** A base measure in the meter's unit, as decimal text; rounded as formatRatio says, and only where the quotient has no end. */
export function valueInUnit(base: string, divisor: string): string {
  return formatRatio(divideRatios(ratioOf(base), ratioOf(divisor)))
}

/** The double nearest to a decimal text: what a JSON number can say of it. */
export function nearestDouble(text: string): number {
  return Number(text)
}

function ratioValue(aggregation: Aggregation, parts: readonly MeasuredPart[]): Ratio | null {
  if (aggregation === 'COUNT') return total(parts, (part) => part.count)
  if (parts.length === 0) return null
  switch (aggregation) {
    case 'SUM':
      return total(parts, (part) => part.sum)
    case 'AVG':
      return divideRatios(
        total(parts, (part) => part.sum),
        parts.map((part) => ratioOf(part.count)).reduce(addRatios, ZERO),
      )
    case 'TIME_WEIGHTED':
      return divideRatios(
        total(parts, (part) => part.levelMicros),
        ratioOf(MICROS_PER_HOUR),
      )
    case 'MIN':
      return extreme(parts, (part) => part.min, -1)
    case 'MAX':
      return extreme(parts, (part) => part.max, 1)
    case 'LATEST':
      return inUnit(latestOf(parts).latest, latestOf(parts).divisor)
    default:
      throw new RangeError(`${aggregation} is not a value of parts`)
  }
}

function total(parts: readonly MeasuredPart[], of: (part: MeasuredPart) => string): Ratio {
  return parts.map((part) => inUnit(of(part), part.divisor) ?? ZERO).reduce(addRatios, ZERO)
}

function extreme(
  parts: readonly MeasuredPart[],
  of: (part: MeasuredPart) => string | null,
  sign: 1 | -1,
): Ratio | null {
  let found: Ratio | null = null
  for (const part of parts) {
    const value = inUnit(of(part), part.divisor)
    if (value !== null && (found === null || compareRatios(value, found) * sign > 0)) found = value
  }
  return found
}

function latestOf(parts: readonly MeasuredPart[]): MeasuredPart {
  return parts.reduce((latest, part) => (compareOrders(part.latestOrder, latest.latestOrder) > 0 ? part : latest))
}

/** Lexicographic; both of equal length. */
export function compareOrders(a: readonly bigint[], b: readonly bigint[]): number {
  for (const [index, element] of a.entries()) {
    const other = b[index] ?? 0n
    if (element !== other) return element < other ? -1 : 1
  }
  return 0
}

function inUnit(base: string | null, divisor: string): Ratio | null {
  return base === null ? null : divideRatios(ratioOf(base), ratioOf(divisor))
}
