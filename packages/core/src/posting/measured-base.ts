import { fromScaled, QUANTITY_SCALE } from '../kernel/index.ts'
import { divideHalfEven, quantityText, scaledOf } from '../rating/index.ts'
import type { MeterBase } from './account.ts'

/** A base in whole numbers; base and divisor at the scale of stored quantities. */
export interface ScaledBase {
  meter: string
  version: number
  base: bigint
  divisor: bigint
}

/** What was measured and is not posted yet, by meter and version; what is equal is left out. Ascending by meter and version. */
export function basesBetween(posted: readonly MeterBase[], measured: readonly MeterBase[]): ScaledBase[] {
  const sums: ScaledBase[] = []
  for (const one of measured) addTo(sums, one, 1n)
  for (const one of posted) addTo(sums, one, -1n)
  return sums
    .filter(({ base }) => base !== 0n)
    .sort((a, b) => (a.meter === b.meter ? a.version - b.version : a.meter < b.meter ? -1 : 1))
}

/** The one text of each. */
export function baseText({ meter, version, base, divisor }: ScaledBase): MeterBase {
  return { base: fromScaled(base, QUANTITY_SCALE), divisor: fromScaled(divisor, QUANTITY_SCALE), meter, version }
}

export function scaledBases(bases: readonly MeterBase[]): ScaledBase[] {
  const sums: ScaledBase[] = []
  for (const one of bases) addTo(sums, one, 1n)
  return sums
}

/** A handful at most, so a search is cheaper than a map. The divisor of a version never changes; if it did, both would be kept apart. */
function addTo(sums: ScaledBase[], { meter, version, base, divisor }: MeterBase, sign: 1n | -1n): void {
  const more = sign * scaledOf(base, QUANTITY_SCALE)
  const by = scaledOf(divisor, QUANTITY_SCALE)
  const sum = sums.find((one) => one.meter === meter && one.version === version && one.divisor === by)
  if (sum === undefined) sums.push({ meter, version, base: more, divisor: by })
  else sum.base += more
}

/** What a list of bases comes to, as an entry would say it: decimal text in the capability's unit. */
export function quantityOfBases(bases: readonly MeterBase[]): string {
  const totals: BaseTotals = new Map()
  addBases(totals, scaledBases(bases))
  return quantityText(quantityOf(totals))
}

/** Base sums by divisor: what one quantity is made of. */
export type BaseTotals = Map<bigint, bigint>

export function addBases(totals: BaseTotals, bases: readonly ScaledBase[]): void {
  for (const { base, divisor } of bases) totals.set(divisor, (totals.get(divisor) ?? 0n) + base)
}

/**
 * The quantity that the bases come to: the exact sum of all quotients, rounded once, half to even, at the 30 digits that a quantity keeps. Entries
 * hold differences of this, so that their quantities telescope, however often a quotient has no end.
 */
export function quantityOf(totals: BaseTotals): bigint {
  let numerator = 0n
  let denominator = 1n
  for (const [divisor, base] of totals) {
    numerator = numerator * divisor + base * denominator
    denominator *= divisor
  }
  return divideHalfEven(numerator * ONE, denominator)
}

const ONE = 10n ** BigInt(QUANTITY_SCALE)
