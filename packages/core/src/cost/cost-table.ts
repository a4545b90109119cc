import type { Instant } from '../kernel/index.ts'
import type { Window } from '../window/index.ts'
import { addSums, type CostCell, type CostSums, NO_SUMS, shareOf, type Used } from './cost-cell.ts'

/** How much of a cell was used before an instant within it. */
export type UsedUntil = (cell: CostCell, at: Instant) => Used

/** Cells laid out in buckets and groups. */
export interface CostTable {
  total: Summed
  /** one for each bucket */
  totals: Summed[]
  /** by the group's key, in the order met */
  groups: Map<string, { total: Summed; values: Summed[] }>
}

export interface Summed {
  sums: CostSums
  isProvisional: boolean
  isAdjusted: boolean
}

/**
 * Adds cells up by bucket and group. `buckets` ascending and without gap: what lies outside of them is left out, and a cell across an edge is cut there
 * as shareOf says. Σ buckets = Σ groups = total, exactly.
 */
export function costTable(input: {
  cells: Iterable<CostCell>
  buckets: readonly Window[]
  groupOf: (cell: CostCell) => string
  usedUntil: UsedUntil
}): CostTable {
  const { buckets, groupOf, usedUntil } = input
  const groups: CostTable['groups'] = new Map()
  const find = bucketFinder(buckets)
  for (const cell of input.cells) {
    const pieces = piecesOf(cell, { buckets, find, usedUntil })
    if (pieces.length === 0) continue
    const key = groupOf(cell)
    let group = groups.get(key)
    if (group === undefined) {
      group = { total: summed(), values: buckets.map(summed) }
      groups.set(key, group)
    }
    for (const { index, sums } of pieces)
      take(group.values[index] as Summed, sums === cell.sums ? cell : { ...cell, sums })
  }
  const table: CostTable = { total: summed(), totals: buckets.map(summed), groups }
  for (const { total, values } of groups.values()) {
    for (const [index, value] of values.entries()) {
      take(total, value)
      take(table.totals[index] as Summed, value)
    }
    take(table.total, total)
  }
  return table
}

function summed(): Summed {
  return { sums: { ...NO_SUMS }, isProvisional: false, isAdjusted: false }
}

function take(place: Summed, more: Summed): void {
  addSums(place.sums, more.sums)
  place.isProvisional ||= more.isProvisional
  place.isAdjusted ||= more.isAdjusted
}

type Finder = (at: Instant) => number

/** The bucket that holds an instant, by halving; −1 before the first, their count after the last. */
function bucketFinder(buckets: readonly Window[]): Finder {
  const starts = buckets.map(({ start }) => start)
  const end = buckets.at(-1)?.end ?? 0n
  return (at) => {
    if (at >= end) return buckets.length
    let [low, high] = [-1, starts.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] as Instant) <= at) low = middle
      else high = middle - 1
    }
    return low
  }
}

function piecesOf(
  cell: CostCell,
  { buckets, find, usedUntil }: { buckets: readonly Window[]; find: Finder; usedUntil: UsedUntil },
): { index: number; sums: CostSums }[] {
  const { window, sums } = cell
  const [first, last] = [find(window.start), find(window.end - 1n)]
  if (first === last) return first < 0 || first >= buckets.length ? [] : [{ index: first, sums }]
  const pieces: { index: number; sums: CostSums }[] = []
  let before = NO_SUMS
  for (let index = first; index <= last; index++) {
    // the edge after this bucket; before the first bucket that is where the first one begins
    const edge = index < 0 ? buckets[0]?.start : buckets[index]?.end
    const until = index === last || edge === undefined ? sums : shareOf(sums, usedUntil(cell, edge))
    if (index >= 0 && index < buckets.length) pieces.push({ index, sums: minus(until, before) })
    before = until
  }
  return pieces
}

function minus(a: CostSums, b: CostSums): CostSums {
  return {
    quantity: a.quantity - b.quantity,
    billable: a.billable - b.billable,
    amount: a.amount - b.amount,
    saved: a.saved - b.saved,
    correction: a.correction - b.correction,
    first: a.first - b.first,
  }
}
