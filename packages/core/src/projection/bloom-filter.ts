const WORDS_PER_BLOCK = 16
const BITS_PER_KEY = 16
const PROBES = 8
/** Room for twice the keys expected, and never too small to be of use. */
const CAPACITY_MIN = 1 << 20

/**
 * A set of identities that says "certainly new" or "maybe seen": no false negatives, about 0.15 % false positives when filled to
 * capacity, more beyond it, never wrong. Blocked (512 bits, one cache line a test). An identity is given by its first three 32-bit
 * words, big-endian. The block comes from the first of them, so that adding identities in sorted order, as a rebuild reads them,
 * writes memory front to back.
 */
export class BloomFilter {
  readonly capacity: number
  readonly #words: Uint32Array
  readonly #blocks: number
  #size = 0

  constructor(expectedKeys: number) {
    this.capacity = Math.max(CAPACITY_MIN, expectedKeys * 2)
    this.#blocks = Math.ceil((this.capacity * BITS_PER_KEY) / (WORDS_PER_BLOCK * 32))
    this.#words = new Uint32Array(this.#blocks * WORDS_PER_BLOCK)
  }

  /** Keys added, repeats included. */
  get size(): number {
    return this.#size
  }

  add(first: number, second: number, third: number): void {
    this.#size++
    const words = this.#words
    const base = this.#baseOf(first)
    const step = third | 1
    let hash = second
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = (hash >>> 23) & 511
      const at = base + (bit >>> 5)
      words[at] = (words[at] as number) | (1 << (bit & 31))
      hash = (hash + step) | 0
    }
  }

  mayHave(first: number, second: number, third: number): boolean {
    const words = this.#words
    const base = this.#baseOf(first)
    const step = third | 1
    let hash = second
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = (hash >>> 23) & 511
      if (((words[base + (bit >>> 5)] as number) & (1 << (bit & 31))) === 0) return false
      hash = (hash + step) | 0
    }
    return true
  }

  #baseOf(first: number): number {
    return Math.floor((first / 2 ** 32) * this.#blocks) * WORDS_PER_BLOCK
  }
}
