/** From 10 ms to a day and a half, each bound 2^(1/4) times the one before: a percentile read off them is at most a fifth too high. Whole milliseconds. */
export const LATENCY_BOUNDS_MS: readonly number[] = Array.from({ length: 95 }, (_, at) =>
  Math.round(10 * 2 ** (at / 4)),
)

/**
 * Events by range: range n holds what took at least LATENCY_BOUNDS_MS[n - 1] and less than LATENCY_BOUNDS_MS[n]; range 0 what took less than the first. As
 * Postgres' width_bucket counts.
 */
export type LatencyHistogram = ReadonlyMap<number, bigint>

/** The sum of several. */
export function addHistograms(histograms: Iterable<LatencyHistogram>): LatencyHistogram {
  const sum = new Map<number, bigint>()
  for (const histogram of histograms) {
    for (const [range, events] of histogram) sum.set(range, (sum.get(range) ?? 0n) + events)
  }
  return sum
}

/**
 * How long `fraction` of the events took at most, in milliseconds: the upper bound of the range in which the last of them falls. Null for no events, and
 * for a range that has no upper bound.
 */
export function latencyPercentile(histogram: LatencyHistogram, fraction: number): number | null {
  const ranges = [...histogram].filter(([, events]) => events > 0n).sort(([a], [b]) => a - b)
  const total = ranges.reduce((sum, [, events]) => sum + events, 0n)
  if (total === 0n) return null
  // the rank of the event that the fraction ends with, in millionths, rounded up
  const parts = total * BigInt(Math.round(fraction * 1_000_000))
  const rank = (parts + 999_999n) / 1_000_000n
  let seen = 0n
  for (const [range, events] of ranges) {
    seen += events
    if (seen >= rank) return LATENCY_BOUNDS_MS[range] ?? null
  }
  return null
}
