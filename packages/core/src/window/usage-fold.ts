import type { Aggregation } from '../kernel/aggregation.ts'
import type { Instant } from '../kernel/instant.ts'
import { addRatios, compareRatios, divideRatios, formatRatio, type Ratio, ratioOf, ZERO } from './exact-ratio.ts'
import { compareOrders } from './measured-value.ts'
import { percentileRank } from './percentile.ts'
import type { Window } from './tumbling-window.ts'

/** One usage record as a fold sees it. Quantities and divisors are plain decimal texts. */
export interface UsageFact {
  group: string
  at: Instant
  /** position in the journal: decides which of two facts at one instant is the latest */
  order: readonly bigint[]
  /** base measure ÷ divisor is the quantity in the meter's unit */
  quantity: string
  divisor: string
  /** UNIQUE_COUNT only; empty text is no value */
  uniqueValue: string
}

/** How a meter folds. `percentile`: with PERCENTILE only, see percentileRank. */
export interface Folding {
  aggregation: Aggregation
  percentile?: string | null
}

export interface FoldedValue {
  window: Window
  group: string
  value: string
}

/**
 * What an aggregation says of each window and group that has facts: one fact after the other, with no cleverness at all. It is the
 * meaning that the database's answers are tested against. Ascending by window, then group. Facts outside the windows are left out.
 * Not for TIME_WEIGHTED, whose fold is integrateLevels: RangeError, as for a PERCENTILE that does not say which.
 */
export function foldUsage(folding: Folding, facts: readonly UsageFact[], windows: readonly Window[]): FoldedValue[] {
  return windows.flatMap((window) => {
    const within = facts.filter((fact) => window.start <= fact.at && fact.at < window.end)
    const groups = [...new Set(within.map((fact) => fact.group))].sort((a, b) => (a < b ? -1 : 1))
    return groups.map((group) => {
      const value = foldOne(
        folding,
        within.filter((fact) => fact.group === group),
      )
      return { window, group, value: formatRatio(value) }
    })
  })
}

function foldOne({ aggregation, percentile }: Folding, facts: readonly UsageFact[]): Ratio {
  const quantities = facts.map((fact) => divideRatios(ratioOf(fact.quantity), ratioOf(fact.divisor)))
  const one: Ratio = { numerator: 1n, denominator: 1n }
  const count = facts.reduce((sum) => addRatios(sum, one), ZERO)
  switch (aggregation) {
    case 'SUM':
      return quantities.reduce(addRatios, ZERO)
    case 'COUNT':
      return facts.map((fact) => divideRatios(one, ratioOf(fact.divisor))).reduce(addRatios, ZERO)
    case 'AVG':
      return divideRatios(quantities.reduce(addRatios, ZERO), count)
    case 'MIN':
      return quantities.reduce((a, b) => (compareRatios(b, a) < 0 ? b : a))
    case 'MAX':
      return quantities.reduce((a, b) => (compareRatios(b, a) > 0 ? b : a))
    case 'LATEST': {
      const latest = facts.reduce((a, b) => (compareOrders([b.at, ...b.order], [a.at, ...a.order]) > 0 ? b : a))
      return divideRatios(ratioOf(latest.quantity), ratioOf(latest.divisor))
    }
    case 'PERCENTILE': {
      const ascending = quantities.toSorted(compareRatios)
      return ascending[Number(percentileRank(percentile ?? '', BigInt(ascending.length))) - 1] ?? ZERO
    }
    case 'UNIQUE_COUNT':
      return ratioOf(String(new Set(facts.map((fact) => fact.uniqueValue).filter((value) => value !== '')).size))
    default:
      throw new RangeError(`${aggregation} is not folded from facts one by one`)
  }
}
