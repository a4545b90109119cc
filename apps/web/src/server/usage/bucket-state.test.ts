import { describe, expect, it } from 'vitest'
import { ALLOWED_LATENESS_MS, bucketState } from './bucket-state.ts'

const HOUR = 3_600_000
const now = Date.parse('2026-11-22T14:30:00Z')
const windowEnding = (end: number) => ({ start: end - HOUR, end })

describe('bucket state', () => {
  it('the window around now is open, those to come are ahead', () => {
    expect(bucketState(windowEnding(now + 1), { now, through: now })).toBe('open')
    expect(bucketState({ start: now, end: now + HOUR }, { now, through: now })).toBe('ahead')
  })
  it('a window is settling until the last late event could have come, then final', () => {
    expect(bucketState(windowEnding(now), { now, through: now })).toBe('settling')
    expect(bucketState(windowEnding(now - ALLOWED_LATENESS_MS + 1), { now, through: now })).toBe('settling')
    expect(bucketState(windowEnding(now - ALLOWED_LATENESS_MS), { now, through: now })).toBe('final')
  })
  it('a window is not final while the events that could change it wait to be projected', () => {
    expect(bucketState(windowEnding(now - ALLOWED_LATENESS_MS), { now, through: now - 50_000 })).toBe('settling')
  })
  it('a window that the projection has not reached is unavailable, never a low figure', () => {
    const through = now - 3 * HOUR
    expect(bucketState(windowEnding(now - HOUR), { now, through })).toBe('unavailable')
    expect(bucketState(windowEnding(now + 1), { now, through })).toBe('unavailable')
    expect(bucketState(windowEnding(through), { now, through })).toBe('settling')
  })
})
