import { describe, expect, it } from 'vitest'
import {
  columnDigits,
  formatBilled,
  formatColumn,
  formatDifference,
  formatDuration,
  formatExact,
  formatInstants,
  formatLocal,
  formatMoney,
  formatMoneyChange,
  formatPayable,
  formatPercent,
  formatQuantity,
  formatRange,
  formatTick,
  formatWindow,
} from './format.ts'

describe('quantities in words', () => {
  it('an exact figure keeps every digit, beyond what a double holds', () => {
    expect(formatExact('12345678901234567890.123456789012345678')).toBe('12,345,678,901,234,567,890.123456789012345678')
  })
  it('a headline is short, and a small quantity does not become zero', () => {
    expect(formatQuantity('13481617.717')).toBe('13,481,618')
    expect(formatQuantity('0.000023031')).toBe('0.00002303')
    expect(formatQuantity('4.28')).toBe('4.28')
    expect(formatQuantity('0')).toBe('0')
  })
  it('the figures of a column share their number of digits', () => {
    expect(columnDigits(['12', '7', null])).toBe(0)
    expect(columnDigits(['1.5', '12.25'])).toBe(2)
    expect(formatColumn('1.5', 2)).toBe('1.50')
  })
  it('a decrease carries a minus sign, an increase a plus sign', () => {
    expect(formatDifference('-8.86', 2)).toBe('−8.86')
    expect(formatDifference('2.87', 2)).toBe('+2.87')
    expect(formatPercent('-9.5', true)).toBe('−9.5\u202f%')
    expect(formatPercent('47.5', false)).toBe('47.5\u202f%')
  })
  it('axis labels stay short', () => {
    expect([0, 0.0025, 250, 400_000, 1_500_000].map(formatTick)).toEqual(['0', '0.0025', '250', '400k', '1.5M'])
  })
})

describe('money in words', () => {
  it('is shown at the smallest unit of its currency, half to even, beyond what a double holds', () => {
    expect(formatMoney('189.520994475', 'USD')).toBe('189.52')
    expect(['0.125', '0.135', '-0.125'].map((text) => formatMoney(text, 'USD'))).toEqual(['0.12', '0.14', '−0.12'])
    expect(formatMoney('12345678901234567890.125', 'USD')).toBe('12,345,678,901,234,567,890.12')
    expect(formatMoney('1234.5', 'JPY')).toBe('1,234')
    expect(formatMoney('1.0005', 'KWD')).toBe('1.000')
  })
  it('less than half a unit below nothing is nothing, without a sign', () => {
    expect(formatMoney('-0.001', 'USD')).toBe('0.00')
    expect(formatMoneyChange('0.558843', 'USD')).toBe('+0.56')
  })
  it('a sum to be paid loses no digit of its own', () => {
    expect(formatPayable('658.9', 'USD')).toBe('658.90')
    expect(formatPayable('1.234', 'USD')).toBe('1.234')
  })
  it('a quantity on a statement keeps four decimals, and more where it is smaller', () => {
    expect(formatBilled('7780839.7790123')).toBe('7,780,839.779')
    expect(formatBilled('0.000012344')).toBe('0.00001234')
    expect(formatBilled('0')).toBe('0')
  })
})

describe('time in words', () => {
  it('a range of whole days names its last day, not the one after', () => {
    expect(formatRange({ from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' }, 'UTC')).toBe('1–30 Nov 2026')
    expect(formatRange({ from: '2026-10-24T18:30:00Z', to: '2026-11-22T18:30:00Z' }, 'Asia/Kolkata')).toBe(
      '25 Oct – 22 Nov 2026',
    )
    expect(formatRange({ from: '2026-11-22T13:03:00Z', to: '2026-11-22T14:03:00Z' }, 'UTC')).toBe(
      '22 Nov 13:03 – 14:03',
    )
  })
  it('the instants of a sentence are told in the zone shown', () => {
    expect(formatInstants('It ended at 2026-10-31T18:30:00Z, not at 2026-11-01T00:00:00.5Z.', 'Asia/Kolkata')).toBe(
      'It ended at 1 Nov 2026, 00:00, not at 1 Nov 2026, 05:30.',
    )
  })
  it('a window is told in the zone shown', () => {
    const window = { start: '2026-11-21T18:30:00Z', end: '2026-11-21T19:30:00Z' }
    expect(formatWindow(window, 'hour', 'Asia/Kolkata')).toBe('Sun 22 Nov, 00:00 to 01:00')
    expect(formatLocal('2026-11-21T18:30:00Z', 'Asia/Kolkata')).toBe('2026-11-22T00:00')
  })
  it('a lag is told in its two largest parts', () => {
    expect([3200, 61_000, 7_500_000, 266_400_000].map(formatDuration)).toEqual(['3 s', '1 min', '2 h 5 min', '3 d 2 h'])
  })
})
