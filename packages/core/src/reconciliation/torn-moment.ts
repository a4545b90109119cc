/** What one group in flight adds to a cell of a rollup once it is written; sums times 10^30. */
export interface Contribution {
  count: bigint
  sum: bigint
  reversals: bigint
}

/** More groups in flight than this are not told apart: 2^12 ways to be half written. */
export const TORN_GROUPS_MAX = 12

const NOTHING: Contribution = { count: 0n, sum: 0n, reversals: 0n }

/**
 * Whether `surplus`, what a rollup holds beyond all closed groups, is explained by groups in flight: each is in it whole or not at all,
 * because a group is one block, and of a block one part per partition. No waiting can show this for an hour that never rests; adding up
 * can. A true difference that happens to equal such a sum is found by a later look, because the groups in flight are others then.
 */
export function isTorn(surplus: Contribution, inFlight: readonly Contribution[]): boolean {
  if (inFlight.length > TORN_GROUPS_MAX) {
    throw new RangeError(`expected at most ${TORN_GROUPS_MAX} groups in flight, found ${inFlight.length}`)
  }
  let reachable = [NOTHING]
  for (const group of inFlight) reachable = [...reachable, ...reachable.map((sum) => plus(sum, group))]
  return reachable.some((sum) => isEqual(sum, surplus))
}

function plus(a: Contribution, b: Contribution): Contribution {
  return { count: a.count + b.count, sum: a.sum + b.sum, reversals: a.reversals + b.reversals }
}

function isEqual(a: Contribution, b: Contribution): boolean {
  return a.count === b.count && a.sum === b.sum && a.reversals === b.reversals
}
