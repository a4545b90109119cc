import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PERCENTILE_PARTS, percentileParts, percentileRank } from './percentile.ts'

const drawn = fc
  .integer({ min: 1, max: 100_000 })
  .map((parts) => ({ parts: BigInt(parts), text: (parts / 100_000).toFixed(5).replace(/\.?0+$/, '') }))

describe('the rank of a percentile', () => {
  it('is the smallest that at least that share of the values does not exceed', () => {
    fc.assert(
      fc.property(drawn, fc.bigInt({ min: 1n, max: 10n ** 15n }), ({ parts, text }, count) => {
        expect(percentileParts(text)).toBe(parts)
        const rank = percentileRank(text, count)
        expect(rank >= 1n && rank <= count).toBe(true)
        expect(rank * PERCENTILE_PARTS >= parts * count).toBe(true)
        expect((rank - 1n) * PERCENTILE_PARTS < parts * count).toBe(true)
      }),
    )
  })

  it('of few values is the upper one, of one value that one', () => {
    expect(percentileRank('0.5', 1n)).toBe(1n)
    expect(percentileRank('0.5', 2n)).toBe(1n)
    expect(percentileRank('0.50001', 2n)).toBe(2n)
    expect(percentileRank('0.95', 20n)).toBe(19n)
    expect(percentileRank('0.95', 21n)).toBe(20n)
    expect(percentileRank('1', 7n)).toBe(7n)
    expect(percentileRank('0.00001', 100_001n)).toBe(2n)
  })

  it('is refused of what is no fraction, and of no values', () => {
    for (const text of ['0', '0.0', '1.1', '1.00001', '95', '-0.5', '0.123456', '.5', '', 'p95'])
      expect(() => percentileParts(text), text).toThrow(RangeError)
    expect(() => percentileRank('0.5', 0n)).toThrow(RangeError)
  })
})
