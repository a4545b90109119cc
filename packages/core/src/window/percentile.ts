/** A percentile is kept in hundred-thousandths, so that a rank is whole numbers only. */
export const PERCENTILE_PARTS = 100_000n

/**
 * `0.95` as 95,000 hundred-thousandths. Throws RangeError unless it is a plain decimal above 0 and up to 1 of at most five digits after the
 * point.
 */
export function percentileParts(percentile: string): bigint {
  const match = /^([01])(?:\.(\d{1,5}))?$/.exec(percentile)
  const parts = match === null ? 0n : BigInt(`${match[1]}${(match[2] ?? '').padEnd(5, '0')}`)
  if (parts < 1n || parts > PERCENTILE_PARTS)
    throw new RangeError(`Expected a percentile above 0 and up to 1, such as 0.95, found ${percentile.slice(0, 100)}`)
  return parts
}

/**
 * PERCENTILE is the nearest rank: of `count` values in ascending order the one at this place, beginning with 1. It is the smallest value
 * that at least `percentile` of the values do not exceed, so always one that was measured, and nothing is interpolated or estimated.
 * Of no values there is none: RangeError.
 */
export function percentileRank(percentile: string, count: bigint): bigint {
  if (count < 1n) throw new RangeError('Expected at least one value')
  return (percentileParts(percentile) * count + PERCENTILE_PARTS - 1n) / PERCENTILE_PARTS
}
