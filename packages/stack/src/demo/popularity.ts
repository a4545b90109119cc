/**
 * How unequal the apps of a platform are. Rank and count, copied from a real, public ranking of 2,000 things by use: six of its
 * ranks, one for each app of the demo. Only the proportions matter, so that the demo's apps differ as much as real ones do.
 */
const USE_BY_RANK: Readonly<Record<number, number>> = {
  1: 2_399_072_936,
  10: 1_516_881_960,
  40: 805_351_206,
  150: 446_560_206,
  500: 222_003_869,
  1500: 88_513_108,
}

export type PopularityRank = 1 | 10 | 40 | 150 | 500 | 1500

/** How much an app is used, as a share of the most popular one: 1 at rank 1, 0.037 at rank 1,500. */
export function popularityOf(rank: PopularityRank): number {
  return (USE_BY_RANK[rank] ?? 0) / (USE_BY_RANK[1] ?? 1)
}
