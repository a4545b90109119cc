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
 * What groups in flight have most likely added to a cell, given `surplus`, what the rollup holds beyond all closed groups. Each group is in
 * it whole or not at all, because a group is one block, and of a block one part per partition. If the answer equals the surplus, the cell
 * was merely read at a torn moment; no waiting can show this for an hour that never rests, adding up can. If not, what is between them is
 * a difference: the least one that any such moment leaves, so that two looks at it agree on its size. A true difference that happens to
 * equal such a sum is found by a later look, because the groups in flight are others then.
 */
export function nearestMoment(surplus: Contribution, inFlight: readonly Contribution[]): Contribution {
  if (inFlight.length > TORN_GROUPS_MAX) {
    throw new RangeError(`expected at most ${TORN_GROUPS_MAX} groups in flight, found ${inFlight.length}`)
  }
  let reachable = [NOTHING]
  for (const group of inFlight) reachable = [...reachable, ...reachable.map((sum) => plus(sum, group))]
  return reachable.reduce((best, sum) => (isNearer(minus(surplus, sum), minus(surplus, best)) ? sum : best))
}

function isNearer(a: Contribution, b: Contribution): boolean {
  for (const figure of ['count', 'reversals', 'sum'] as const) {
    const [one, other] = [magnitude(a[figure]), magnitude(b[figure])]
    if (one !== other) return one < other
  }
  return false
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value
}

function minus(a: Contribution, b: Contribution): Contribution {
  return { count: a.count - b.count, sum: a.sum - b.sum, reversals: a.reversals - b.reversals }
}

function plus(a: Contribution, b: Contribution): Contribution {
  return { count: a.count + b.count, sum: a.sum + b.sum, reversals: a.reversals + b.reversals }
}
