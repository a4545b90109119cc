const WORDS_PER_BLOCK = 16
const BITS_PER_KEY = 16
const PROBES = 8
/** Twice the keys that were there when it was built, and never too small to be of use. */
const CAPACITY_MIN = 1 << 20

/**
 * A set of identities that says "certainly new" or "maybe seen": no false negatives, about 0.15 % false positives when filled to
 * capacity. Blocked (512 bits): one cache line per test. The block comes from the top bits of the identity, so that adding identities
 * in sorted order, as a rebuild reads them, writes memory front to back. Over capacity it stays correct and asks "maybe" more often.
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

  /** `identity`: 32 hex digits. */
  add(identity: string): void {
    this.#size++
    const base = this.#blockOf(identity)
    this.#probe(identity, (word, bit) => {
      this.#words[base + word] = (this.#words[base + word] ?? 0) | bit
      return true
    })
  }

  mayHave(identity: string): boolean {
    const base = this.#blockOf(identity)
    return this.#probe(identity, (word, bit) => ((this.#words[base + word] ?? 0) & bit) !== 0)
  }

  #blockOf(identity: string): number {
    const top = Number.parseInt(identity.slice(0, 8), 16)
    return Math.floor((top / 2 ** 32) * this.#blocks) * WORDS_PER_BLOCK
  }

  /** Nine bits a probe, from the digits that did not choose the block. Stops at the first false. */
  #probe(identity: string, visit: (word: number, bit: number) => boolean): boolean {
    const first = Number.parseInt(identity.slice(8, 16), 16)
    const step = Number.parseInt(identity.slice(16, 24), 16) | 1
    let hash = first
    for (let i = 0; i < PROBES; i++) {
      const bits = (hash >>> 23) & 511
      if (!visit(bits >>> 5, 1 << (bits & 31))) return false
      hash = (hash + step) | 0
    }
    return true
  }
}
