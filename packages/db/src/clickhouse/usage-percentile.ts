import { PERCENTILE_PARTS, percentileParts, ratioOf } from '@meterbook/core/window'
import type { Binder } from './usage-filter.ts'

/** A divisor in the catalogue has this many digits after the point, and at most 38 in all. */
const DIVISOR_UNIT = 10n ** 18n
const DIVISOR_MAX = 10n ** 38n

/**
 * The value at the nearest rank (percentileRank in core) among all versions' values, and the version that measured it. `n` must be the name
 * of the number of values.
 *
 * All values of a group are sorted: 32 bytes each. Not quantileExact and its kin, which are faster, but go by a rank of their own that
 * is reckoned in doubles and written down nowhere.
 */
export function percentileMeasures(
  meter: { percentile?: string | null; divisors: ReadonlyMap<number, string> },
  binder: Binder,
): { ranked: string; version: string } {
  const parts = binder.bind(percentileParts(meter.percentile ?? ''), 'Int64')
  const rank = `intDiv(${parts} * n + ${PERCENTILE_PARTS - 1n}, ${PERCENTILE_PARTS})`
  if (new Set(meter.divisors.values()).size < 2)
    return { ranked: `arraySort(groupArray(u.quantity))[${rank}]`, version: 'any(u.meter_version)' }
  const values = `groupArray((${placeOf(meter.divisors, binder)}, u.quantity, u.meter_version))`
  const found = `arraySort(${values})[${rank}]`
  return { ranked: `tupleElement(${found}, 2)`, version: `tupleElement(${found}, 3)` }
}

/**
 * What orders values of versions with different divisors as their quotients are ordered: the whole quotient, then three times the next
 * thirty digits of it. Two quotients that differ do so within 76 digits, because divisors have 38 at most; so the ninety are exact.
 */
function placeOf(divisors: ReadonlyMap<number, string>, binder: Binder): string {
  const cases = [...divisors].map(
    ([version, divisor]) =>
      `u.meter_version = ${binder.bind(version, 'UInt32')}, ${int256(scaledDivisor(divisor), binder)}`,
  )
  const divisor = `multiIf(${cases.join(', ')}, ${int256(1n, binder)})`
  const digits = int256(10n ** 30n, binder)
  const key: string[] = []
  let dividend = "reinterpret(u.quantity, 'Int256')"
  for (let step = 0; step < 4; step++) {
    const rest = `positiveModulo(${dividend}, ${divisor})`
    key.push(`intDiv(${dividend} - ${rest}, ${divisor})`)
    dividend = `${rest} * ${digits}`
  }
  return `(${key.join(', ')})`
}

function scaledDivisor(divisor: string): bigint {
  const { numerator, denominator } = ratioOf(divisor)
  const scaled = (numerator * DIVISOR_UNIT) / denominator
  if (scaled * denominator !== numerator * DIVISOR_UNIT || scaled < 1n || scaled >= DIVISOR_MAX)
    throw new RangeError(
      `Expected a divisor above 0 of at most 20 digits before the point and 18 after it, found ${divisor}`,
    )
  return scaled
}

function int256(value: bigint, binder: Binder): string {
  return `toInt256(${binder.bind(value.toString(), 'String')})`
}
