import type { BloomFilter } from '@meterbook/core/projection'
import type { IdentityWords } from './identity-words.ts'

const PLACES = 1 << 16

/** Some identities of a group, by index, to be found among many others quickly. */
export class Suspects {
  /** In the group's order. */
  readonly indexes: readonly number[]
  readonly #words: IdentityWords
  /** By the last bits of the first word: whether any suspect has them. Most of what is compared ends here. */
  readonly #places = new Uint8Array(PLACES)
  readonly #byFirst = new Map<number, number[]>()

  constructor(words: IdentityWords, indexes: readonly number[]) {
    this.indexes = indexes
    this.#words = words
    for (const index of indexes) {
      const first = words.first(index)
      this.#places[first & (PLACES - 1)] = 1
      const same = this.#byFirst.get(first)
      if (same) same.push(index)
      else this.#byFirst.set(first, [index])
    }
  }

  /** The first suspect that has this identity of any group; undefined if none has. */
  find(words: IdentityWords, index: number): number | undefined {
    const first = words.first(index)
    if (this.#places[first & (PLACES - 1)] === 0) return undefined
    return this.#byFirst.get(first)?.find((own) => this.#words.isSame(own, words, index))
  }
}

/** Which events of a group share their identity with others. */
export interface GroupRepeats {
  /** By index: 0 where the event is certainly alone with its identity, in the group and before it. */
  flags: Uint8Array
  /** One for each identity that an earlier group may have claimed. */
  maybeEarlier: Suspects
}

/**
 * Asks the filter for each event of a group in turn, and adds those that it does not know: so it finds the second of two in one group as
 * well as one that an earlier group had. A filter that was told of a group must not outlive a failure of it.
 */
export function findRepeats(words: IdentityWords, filter: BloomFilter): GroupRepeats {
  const flags = new Uint8Array(words.count)
  const indexes: number[] = []
  for (let index = 0; index < words.count; index++) {
    const [first, second, third] = [words.first(index), words.second(index), words.third(index)]
    if (filter.mayHave(first, second, third)) indexes.push(index)
    else filter.add(first, second, third)
  }
  if (indexes.length === 0) return { flags, maybeEarlier: new Suspects(words, []) }
  const suspects = new Suspects(words, indexes)
  const earlier: number[] = []
  const begunHere = new Set<number>()
  for (let index = 0; index < words.count; index++) {
    const suspect = suspects.find(words, index)
    if (suspect === undefined) continue
    flags[index] = 1
    // Where the first of an identity is no suspect itself, the filter did not know it, and no earlier group has it.
    if (index < suspect) begunHere.add(suspect)
    else if (index === suspect && !begunHere.has(suspect)) earlier.push(suspect)
  }
  return { flags, maybeEarlier: new Suspects(words, earlier) }
}
