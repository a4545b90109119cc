import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDecimals,
  compareDecimals,
  decimalOf,
  divideDecimals,
  formatDecimal,
  fromScaled,
  multiplyDecimals,
  parseDecimal,
  quantityToScaled,
  subtractDecimals,
  toScaled,
} from './decimal.ts'
import { ExactNumber } from './json-value.ts'

const code = (text: string) => {
  const result = parseDecimal(text)
  return result.ok ? formatDecimal(result.value) : result.code
}
/** A decimal text with up to 46 digits before and 30 after the point, which is all a stored quantity can be. */
const quantities = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 46n - 1n }), fc.bigInt({ min: 0n, max: 10n ** 30n - 1n }), fc.boolean())
  .map(([integer, fraction, isNegative]) => `${isNegative ? '-' : ''}${integer}.${String(fraction).padStart(30, '0')}`)

describe('a decimal', () => {
  test('takes the grammar of JSON numbers and nothing else', () => {
    for (const text of [
      'abc',
      '',
      ' 5',
      '5 ',
      '0x10',
      '1_000',
      'NaN',
      'Infinity',
      '+5',
      '.5',
      '5.',
      '007',
      '1e',
      '--1',
      '١',
    ]) {
      expect(code(text), text).toBe('format')
    }
    for (const [text, expected] of [
      ['12.50', '12.5'],
      ['1e3', '1000'],
      ['-0', '0'],
      ['-0.0e5', '0'],
      ['12345678901234567890', '12345678901234567890'],
      ['1.5E-3', '0.0015'],
      ['100e-2', '1'],
    ] as const) {
      expect(code(text), text).toBe(expected)
    }
  })

  test('out of bounds is refused at once: no Infinity, no zero, no hang', () => {
    for (const text of [
      '1e400',
      '1e-400',
      '1e999999999',
      '-1e999999999999999999999',
      '1e-999999999',
      `1${'0'.repeat(46)}`,
    ]) {
      expect(code(text), text).toBe('range')
    }
    expect(code(`0e999999999`)).toBe('0')
  })

  test('of a JSON member is exact for a double, for a number kept as text and for a numeric string', () => {
    for (const value of [0.1, '0.1', new ExactNumber('0.100000000000000000000')]) {
      const result = decimalOf(value)
      expect(result.ok && formatDecimal(result.value)).toBe('0.1')
    }
    for (const value of [true, null, {}, [], undefined, Number.NaN, Number.POSITIVE_INFINITY])
      expect(decimalOf(value).ok).toBe(false)
  })

  test('scaled to an integer and back is the same value', () => {
    fc.assert(
      fc.property(quantities, (text) => {
        const scaled = toScaled(text, 30)
        expect(scaled.ok && compareDecimals(fromScaled(scaled.value, 30), text)).toBe(0)
      }),
    )
  })

  test('with a 31st fraction digit is an error and not a rounding', () => {
    expect(toScaled(`0.${'0'.repeat(30)}1`, 30)).toEqual({ ok: false, code: 'fraction' })
    expect(toScaled(`0.${'0'.repeat(29)}10`, 30)).toEqual({ ok: true, value: 1n })
    expect(toScaled('1e46', 30)).toEqual({ ok: false, code: 'range' })
    expect(toScaled('9e45', 30)).toEqual({ ok: true, value: 9n * 10n ** 75n })
  })

  test('scaled by the quick way equals the careful way', () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, min: -1e20, max: 1e20 })), (value) => {
        expect(quantityToScaled(value)).toEqual(toScaled(value === 0 ? '0' : String(value), 30))
      }),
    )
  })

  test('arithmetic neither rounds nor falls back to exponents', () => {
    expect(Array.from({ length: 10 }, () => '0.1').reduce(addDecimals)).toBe('1')
    fc.assert(
      fc.property(quantities, quantities, (a, b) => {
        expect(compareDecimals(subtractDecimals(addDecimals(a, b), b), a)).toBe(0)
        expect(multiplyDecimals(a, b)).not.toContain('e')
      }),
    )
    expect(divideDecimals('1', '1024000')).toBe('0.0000009765625')
    expect(divideDecimals('2', '3', 5)).toBe('0.66667')
    expect(() => divideDecimals('1', '0')).toThrow(RangeError)
  })
})
