import { describe, expect, it } from 'vitest'
import { type MeasuredPart, measuredValue, nearestDouble, valueInUnit } from './measured-value.ts'

const part = (over: Partial<MeasuredPart>): MeasuredPart => ({
  divisor: '1',
  count: '1',
  sum: '0',
  min: null,
  max: null,
  latest: null,
  latestOrder: [],
  levelMicros: '0',
  ...over,
})

describe('the value of an aggregation', () => {
  it('compares extremes of versions in the unit, not in their base measures', () => {
    const kibi = part({ divisor: '1024', min: '2048', max: '2048' })
    const plain = part({ min: '3', max: '3' })
    expect(measuredValue('MAX', [kibi, plain])).toBe('3')
    expect(measuredValue('MIN', [kibi, plain])).toBe('2')
  })

  it('an average of versions weighs each usage once', () => {
    const parts = [part({ divisor: '2', sum: '6', count: '3' }), part({ sum: '5', count: '1' })]
    expect(measuredValue('AVG', parts)).toBe('2')
  })

  it('the latest is the latest of all versions', () => {
    const older = part({ latest: '1', latestOrder: [5n, 0n, 9n, 9n] })
    const newer = part({ latest: '20', divisor: '10', latestOrder: [5n, 0n, 10n, 0n] })
    expect(measuredValue('LATEST', [older, newer])).toBe('2')
    expect(measuredValue('LATEST', [newer, older])).toBe('2')
  })

  it('a level of a gigabyte for an hour is one gigabyte-hour', () => {
    const levelMicros = String(1073741824n * 3_600_000_000n)
    expect(measuredValue('TIME_WEIGHTED', [part({ divisor: '1073741824', count: '0', levelMicros })])).toBe('1')
  })

  it('of no usage only a count has a value', () => {
    for (const aggregation of ['SUM', 'AVG', 'MIN', 'MAX', 'LATEST'] as const) {
      expect(measuredValue(aggregation, [])).toBeNull()
      expect(measuredValue(aggregation, [part({ count: '0' })])).toBeNull()
    }
    expect(measuredValue('COUNT', [])).toBe('0')
  })

  it('distinct values and percentiles are not made of parts', () => {
    expect(() => measuredValue('UNIQUE_COUNT', [part({})])).toThrow(RangeError)
    expect(() => measuredValue('PERCENTILE', [part({})])).toThrow(RangeError)
  })

  it('a percentile’s value is brought to the unit by its own version’s divisor', () => {
    expect(valueInUnit('1073741824', '1048576')).toBe('1024')
    expect(valueInUnit('-1', '3')).toBe(`-0.${'3'.repeat(30)}`)
  })

  it('its number is the nearest double', () => {
    expect(nearestDouble('123.4567890123456789')).toBe(123.45678901234568)
    expect(nearestDouble('0.1000000000000000055511151231257827')).toBe(0.1)
    expect(nearestDouble('9007199254740993')).toBe(9007199254740992)
  })
})
