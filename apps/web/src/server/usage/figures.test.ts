import { describe, expect, it } from 'vitest'
import { alongWindows, changeOf, figuresOf, shareOf } from './figures.ts'

const windows = (['final', 'settling', 'unavailable', 'open', 'ahead'] as const).map((state, hour) => ({
  start: `2026-11-22T0${hour}:00:00.000Z`,
  end: `2026-11-22T0${hour + 1}:00:00.000Z`,
  state,
}))
const point = (hour: number, value: string) => ({ meter: 'm', appId: null, windowStart: windows[hour]!.start, value })

describe('figures', () => {
  it('a window that was not computed has no value: neither zero nor the half that was counted', () => {
    const measured = [point(0, '5'), point(2, '1')]
    expect(alongWindows({ windows, measured, aggregation: 'SUM' })).toEqual(['5', '0', null, '0', null])
  })
  it('a peak of nothing is not zero', () => {
    expect(alongWindows({ windows, measured: [point(0, '5')], aggregation: 'MAX' })).toEqual([
      '5',
      null,
      null,
      null,
      null,
    ])
  })
  it('a period that is not counted whole is not compared: it would look like a fall', () => {
    const point = { meter: 'm', appId: null, windowStart: null, value: '5' }
    const figuresIn = (shown: typeof windows) =>
      figuresOf({ aggregation: 'SUM', windows: shown, series: [], total: point, previous: { ...point, value: '9' } })
    expect(figuresIn(windows).change).toBeNull()
    expect(figuresIn(windows.filter(({ state }) => state !== 'unavailable')).change?.absolute).toBe('-4')
  })
  it('a change keeps every digit, and its percent says which way', () => {
    expect(changeOf('0.30000000000000000001', '0.2')).toEqual({
      absolute: '0.10000000000000000001',
      percent: '50',
      direction: 'up',
    })
    expect(changeOf('1', '3')).toEqual({ absolute: '-2', percent: '-66.7', direction: 'down' })
  })
  it('growth from nothing is new, not infinite', () => {
    expect(changeOf('7', '0')).toEqual({ absolute: '7', percent: null, direction: 'new' })
    expect(changeOf('0', '0')?.direction).toBe('same')
    expect(changeOf(null, '3')).toBeNull()
  })
  it('a part of nothing has no share', () => {
    expect(shareOf('0', '0')).toBeNull()
    expect(shareOf('1', '3')).toBe('33.3')
  })
})
