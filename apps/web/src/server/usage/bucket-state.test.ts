import { ALLOWED_LATENESS_MICROS, DISORDER_MICROS } from '@meterbook/core/window'
import { describe, expect, it } from 'vitest'
import { bucketState } from './bucket-state.ts'

const SECOND = 1_000_000n
const HOUR = 3600n * SECOND
const now = BigInt(Date.parse('2026-11-22T14:30:00Z')) * 1000n
/** With nothing waiting, windows that end before this are over. */
const watermark = now - DISORDER_MICROS
const windowEnding = (end: bigint) => ({ start: end - HOUR, end })

describe('bucket state', () => {
  it('the window around now is open, and so is one whose usage is still on its way; those to come are ahead', () => {
    expect(bucketState(windowEnding(now + 1n), { now, through: now })).toBe('open')
    expect(bucketState(windowEnding(watermark + 1n), { now, through: now })).toBe('open')
    expect(bucketState({ start: now, end: now + HOUR }, { now, through: now })).toBe('ahead')
  })
  it('a window is settling until the last late event could have come, then final', () => {
    expect(bucketState(windowEnding(watermark), { now, through: now })).toBe('settling')
    expect(bucketState(windowEnding(watermark - ALLOWED_LATENESS_MICROS + 1n), { now, through: now })).toBe('settling')
    expect(bucketState(windowEnding(watermark - ALLOWED_LATENESS_MICROS), { now, through: now })).toBe('final')
  })
  it('a window is not final while the events that could change it wait to be projected', () => {
    const through = now - 40n * SECOND
    expect(bucketState(windowEnding(watermark - ALLOWED_LATENESS_MICROS), { now, through })).toBe('settling')
  })
  it('a window that the projection has not reached is unavailable, never a low figure', () => {
    const through = now - 3n * HOUR
    expect(bucketState(windowEnding(now - HOUR), { now, through })).toBe('unavailable')
    expect(bucketState(windowEnding(now + 1n), { now, through })).toBe('unavailable')
    expect(bucketState(windowEnding(through - DISORDER_MICROS), { now, through })).toBe('settling')
  })
})
