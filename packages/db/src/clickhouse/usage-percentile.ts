import { PERCENTILE_PARTS, percentileParts, ratioOf } from '@meterbook/core/window'
import type { Binder } from './usage-filter.ts'
import { usageColumns } from './usage-source.ts'

/** A divisor in the catalogue has this many digits after the point, and at most 38 in all. */
const DIVISOR_UNIT = 10n ** 18n
const DIVISOR_MAX = 10n ** 38n

/**
 * The SELECT of a percentile, without its LIMIT: per group the one value at the nearest rank (percentileRank in core), with the version
 * that measured it. `first` and `last` of its span are the columns first_micros and last_micros of the group.
 *
 * Values are counted first, each with its reversals taken off, and then walked in ascending order: exact, whatever the number of events,
 * and the memory is that of the different values. Never quantileExact and its kin: they go by double, or by a rank of their own.
 */
export function percentileStatement(input: {
  keys: Record<string, string>
  window: Record<string, string>
  conditions: readonly string[]
  meter: { slug: string; percentile?: string | null; divisors: ReadonlyMap<number, string> }
  binder: Binder
}): string {
  const { keys, window, conditions, meter, binder } = input
  const columns = usageColumns('usage_records')
  const names = Object.keys(keys).join(', ')
  const group = names && `PARTITION BY ${names}`
  const parts = binder.bind(percentileParts(meter.percentile ?? ''), 'Int64')
  const rank = `intDiv(${parts} * n + ${PERCENTILE_PARTS - 1n}, ${PERCENTILE_PARTS})`
  return `SELECT ${names && `${names}, `}${aliased(window)}${Object.keys(window).length > 0 ? ', ' : ''}version, ranked, n, reversals
    FROM (
      SELECT *,
        sum(times) OVER (${group} ORDER BY ${place(meter.divisors, binder)} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS place,
        sum(times) OVER (${group}) AS n, sum(reversed) OVER (${group}) AS reversals,
        min(first_of_value) OVER (${group}) AS first_micros, max(last_of_value) OVER (${group}) AS last_micros
      FROM (
        SELECT ${aliased(keys)}${names && ', '}u.meter_version AS version, u.quantity AS ranked,
          ${columns.count} AS times, ${columns.reversals} AS reversed,
          min(${columns.micros}) AS first_of_value, max(${columns.micros}) AS last_of_value
        FROM usage_records AS u
        WHERE ${conditions.join(' AND ')}
        GROUP BY ${names && `${names}, `}version, ranked
        HAVING times > 0
      )
    )
    WHERE place >= ${rank} AND place - times < ${rank}
    ${names && `ORDER BY ${names}`}`
}

/** `expression AS name`, as many as there are. */
export function aliased(expressions: Record<string, string>): string {
  return Object.entries(expressions)
    .map(([name, expression]) => `${expression} AS ${name}`)
    .join(', ')
}

/**
 * What orders values of versions with different divisors as their quotients are ordered: the whole quotient, then three times the next
 * thirty digits of it. Two quotients that differ do so within 76 digits, because divisors have 38 at most; so the ninety are exact.
 */
function place(divisors: ReadonlyMap<number, string>, binder: Binder): string {
  if (new Set(divisors.values()).size < 2) return 'ranked'
  const cases = [...divisors].map(
    ([version, divisor]) => `version = ${binder.bind(version, 'UInt32')}, ${int256(scaledDivisor(divisor), binder)}`,
  )
  const divisor = `multiIf(${cases.join(', ')}, ${int256(1n, binder)})`
  const digits = int256(10n ** 30n, binder)
  const steps = ["reinterpret(ranked, 'Int256')"]
  const key: string[] = []
  for (let step = 0; step < 4; step++) {
    const dividend = steps.at(-1)
    const rest = `positiveModulo(${dividend}, ${divisor})`
    key.push(`intDiv(${dividend} - ${rest}, ${divisor})`)
    steps.push(`${rest} * ${digits}`)
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
