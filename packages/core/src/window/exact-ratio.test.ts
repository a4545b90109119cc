import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addRatios, compareRatios, divideRatios, formatRatio, type Ratio, ratioOf } from './exact-ratio.ts'

const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 30 }))
  .map(([digits, scale]) => formatRatio({ numerator: digits, denominator: 10n ** BigInt(scale) }))
const nonZero = decimals.filter((text) => text !== '0')

describe('ratios', () => {
  it('a decimal comes back as it was', () => {
    fc.assert(
      fc.property(decimals, (text) => {
        expect(formatRatio(ratioOf(text))).toBe(text)
      }),
    )
    expect(formatRatio(ratioOf('-0.0'))).toBe('0')
    expect(formatRatio(ratioOf('007.50'))).toBe('7.5')
  })

  it('what was divided and comes to an end can be multiplied back to the digit', () => {
    fc.assert(
      fc.property(decimals, fc.nat(60), fc.nat(20), (text, twos, fives) => {
        const divisor: Ratio = { numerator: 2n ** BigInt(twos) * 5n ** BigInt(fives), denominator: 1n }
        const quotient = ratioOf(formatRatio(divideRatios(ratioOf(text), divisor)))
        expect(compareRatios(divideRatios(quotient, divideRatios(ratioOf('1'), divisor)), ratioOf(text))).toBe(0)
      }),
    )
  })

  it('a quotient without end is within half of the thirtieth digit', () => {
    fc.assert(
      fc.property(decimals, nonZero, (a, b) => {
        const exact = divideRatios(ratioOf(a), ratioOf(b))
        const shown = ratioOf(formatRatio(exact))
        const error = addRatios(exact, { numerator: -shown.numerator, denominator: shown.denominator })
        const size = error.numerator < 0n ? -error.numerator : error.numerator
        expect(size * 2n * 10n ** 30n <= error.denominator).toBe(true)
      }),
    )
  })

  it('a quotient without end goes to the nearer digit, on either side of zero', () => {
    expect(formatRatio({ numerator: 2n, denominator: 3n })).toBe(`0.${'6'.repeat(29)}7`)
    expect(formatRatio({ numerator: -2n, denominator: 3n })).toBe(`-0.${'6'.repeat(29)}7`)
    expect(formatRatio({ numerator: 1n, denominator: 3n })).toBe(`0.${'3'.repeat(30)}`)
    expect(formatRatio({ numerator: -1n, denominator: 3n * 10n ** 40n })).toBe('0')
  })

  it('sums of thirds are rounded after they are summed', () => {
    const third: Ratio = { numerator: 1n, denominator: 3n }
    expect(formatRatio([third, third, third].reduce(addRatios))).toBe('1')
  })

  it('what is no plain decimal, and a divisor of zero, are refused', () => {
    for (const text of ['', '1e3', '.5', '5.', '+1', '0x1', 'NaN', ' 1', '1,5'])
      expect(() => ratioOf(text)).toThrow(RangeError)
    expect(() => divideRatios(ratioOf('1'), ratioOf('0.0'))).toThrow(RangeError)
  })

  it('a negative divisor turns the sign and keeps the denominator positive', () => {
    expect(divideRatios(ratioOf('1'), ratioOf('-4'))).toEqual({ numerator: -1n, denominator: 4n })
  })
})
