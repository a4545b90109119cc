import type { Instant } from '../kernel/index.ts'
import { later } from '../window/index.ts'

/** Half-open: [from, to), null = for ever. */
export interface Valid {
  from: Instant
  to: Instant | null
}

/** What two have in common; null if nothing. */
export function overlapOf(a: Valid, b: Valid): Valid | null {
  const from = later(a.from, b.from)
  const to = a.to === null ? b.to : b.to === null || a.to < b.to ? a.to : b.to
  return to === null || from < to ? { from, to } : null
}

/** The pieces of `whole` that none of `parts` covers, ascending. */
export function without(whole: Valid, parts: readonly Valid[]): Valid[] {
  let left: Valid[] = [whole]
  for (const part of parts) {
    left = left.flatMap((piece) => {
      const common = overlapOf(piece, part)
      if (common === null) return [piece]
      const before = piece.from < common.from ? [{ from: piece.from, to: common.from }] : []
      const after =
        common.to !== null && (piece.to === null || common.to < piece.to) ? [{ from: common.to, to: piece.to }] : []
      return [...before, ...after]
    })
  }
  return left.sort(byFrom)
}

export function byFrom(a: Valid, b: Valid): number {
  return a.from < b.from ? -1 : a.from > b.from ? 1 : 0
}
