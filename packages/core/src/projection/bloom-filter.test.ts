import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BloomFilter } from './bloom-filter.ts'

const words = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff),
)

describe('the filter of identities', () => {
  test('never calls a known identity new: that would count it twice', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(words, words, words), { maxLength: 400 }), fc.nat(3_000_000), (keys, expected) => {
        const filter = new BloomFilter(expected)
        for (const key of keys) filter.add(...key)
        expect(filter.size).toBe(keys.length)
        for (const key of keys) expect(filter.mayHave(...key)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('calls less than one new identity in a hundred known, full or long grown beyond what was expected, and forgets none', () => {
    const filter = new BloomFilter(0)
    const full = filter.capacity
    const added = randomWords(1)
    for (const keys of [full, 6 * full]) {
      while (filter.size < keys) filter.add(added(), added(), added())
      const others = randomWords(2)
      let positives = 0
      for (let n = 0; n < 100_000; n++) if (filter.mayHave(others(), others(), others())) positives++
      expect(positives / 100_000, `${keys} keys`).toBeLessThan(0.01)
    }
    const again = randomWords(1)
    let missed = 0
    for (let n = 0; n < filter.size; n++) if (!filter.mayHave(again(), again(), again())) missed++
    expect(missed).toBe(0)
  })

  test('an empty one knows nothing, and one made for many has room for twice as many', () => {
    expect(new BloomFilter(0).mayHave(0, 0, 0)).toBe(false)
    expect(new BloomFilter(0).mayHave(0xffffffff, 0xffffffff, 0xffffffff)).toBe(false)
    expect(new BloomFilter(3_000_000).capacity).toBe(6_000_000)
  })
})

/** Evenly spread 32-bit words, as digests have them; the same sequence for the same seed (xorshift128). */
function randomWords(seed: number): () => number {
  let [x, y, z, w] = [123_456_789 ^ seed, 362_436_069, 521_288_629, 88_675_123]
  return () => {
    const t = x ^ (x << 11)
    x = y
    y = z
    z = w
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8)
    return w >>> 0
  }
}
