const WORDS_PER_BLOCK = 16
const BITS_PER_KEY = 16
const PROBES = 8
/** Room for twice the keys expected, and never too small to be of use. */
const CAPACITY_MIN = 1 << 20

/**
 * A set of identities that says "certainly new" or "maybe seen": no false negatives, about 0.15 % false positives. A full one goes on in
 * another of twice its size, because an owner may keep a shard for months: each doubling adds as much again. An identity is given by
 * its first three 32-bit words, big-endian.
 */
export class BloomFilter {
  readonly #layers: Layer[]
  #newest: Layer
  #size = 0

  constructor(expectedKeys: number) {
    this.#newest = new Layer(Math.max(CAPACITY_MIN, expectedKeys * 2))
    this.#layers = [this.#newest]
  }

  /** Keys added, repeats included. */
  get size(): number {
    return this.#size
  }

  /** Keys that it has room for before it takes more memory. */
  get capacity(): number {
    return this.#layers.reduce((sum, layer) => sum + layer.capacity, 0)
  }

  add(first: number, second: number, third: number): void {
    if (this.#newest.size >= this.#newest.capacity) {
      this.#newest = new Layer(this.#newest.capacity * 2)
      this.#layers.push(this.#newest)
    }
    this.#size++
    this.#newest.add(first, second, third)
  }

  mayHave(first: number, second: number, third: number): boolean {
    for (const layer of this.#layers) if (layer.mayHave(first, second, third)) return true
    return false
  }
}

/**
 * Blocked: all bits of a key are in 512 of them, one cache line a test. The block comes from the first word, so that adding identities
 * in sorted order, as a rebuild reads them, writes memory front to back.
 */
class Layer {
  readonly capacity: number
  size = 0
  readonly #words: Uint32Array
  readonly #blocks: number

  constructor(capacity: number) {
    this.capacity = capacity
    this.#blocks = Math.ceil((capacity * BITS_PER_KEY) / (WORDS_PER_BLOCK * 32))
    this.#words = new Uint32Array(this.#blocks * WORDS_PER_BLOCK)
  }

  add(first: number, second: number, third: number): void {
    this.size++
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
