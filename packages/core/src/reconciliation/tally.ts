import { fromScaled, QUANTITY_SCALE } from '../kernel/index.ts'
import { type Difference, type DifferenceScope, scopeKey } from './difference.ts'

/** A recorded group of journal batches: the unit that differences against the journal are named by, because it is never cut again. */
export interface GroupRange {
  shard: number
  first: bigint
  last: bigint
}

const POSITIONS_MAX = 5

interface Entry {
  scope: DifferenceScope
  scale: number
  expected: bigint
  found: bigint
  positions: string[]
}

/** Both sides of every scope, added up piece by piece: a group too large to be read at once is compared in parts. */
export class Tally {
  readonly #entries = new Map<string, Entry>()

  /** Numbers of rows or events. */
  count(scope: DifferenceScope, sides: { expected?: bigint; found?: bigint }): void {
    this.#add(scope, 0, sides)
  }

  /** Quantities, times 10^30. */
  quantity(scope: DifferenceScope, sides: { expected?: bigint; found?: bigint }): void {
    this.#add(scope, QUANTITY_SCALE, sides)
  }

  /** Notes an event that a scope's difference is about; the first few are kept. */
  point(scope: DifferenceScope, position: { batch: bigint; pos: number }): void {
    const entry = this.#entries.get(scopeKey(scope))
    if (entry === undefined || entry.positions.length >= POSITIONS_MAX) return
    const text = `${position.batch}:${position.pos}`
    if (!entry.positions.includes(text)) entry.positions.push(text)
  }

  /** What does not agree. `altered` rows are named only where their count and sum agree: those say it better. */
  differences(): Difference[] {
    const differing = [...this.#entries.values()].filter((entry) => entry.expected !== entry.found)
    const sized = new Set(
      differing
        .filter(({ scope }) => scope.figure === 'count' || scope.figure === 'sum')
        .map(({ scope }) => scopeKey({ ...scope, figure: 'altered' })),
    )
    return differing
      .filter(({ scope }) => scope.figure !== 'altered' || !sized.has(scopeKey(scope)))
      .map(({ scope, scale, expected, found, positions }) => ({
        ...scope,
        expected: fromScaled(expected, scale),
        found: fromScaled(found, scale),
        difference: fromScaled(found - expected, scale),
        positions,
      }))
  }

  #add(scope: DifferenceScope, scale: number, sides: { expected?: bigint; found?: bigint }): void {
    const key = scopeKey(scope)
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      entry = { scope, scale, expected: 0n, found: 0n, positions: [] }
      this.#entries.set(key, entry)
    }
    entry.expected += sides.expected ?? 0n
    entry.found += sides.found ?? 0n
  }
}
