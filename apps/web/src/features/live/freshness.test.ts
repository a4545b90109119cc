import { describe, expect, it } from 'vitest'
import { freshnessWords } from './freshness.ts'

const wordsAt = (lagMs: number, over: Partial<Parameters<typeof freshnessWords>[0]> = {}) =>
  freshnessWords({
    freshness: {
      asOf: '2026-11-22T14:02:34Z',
      through: '2026-11-22T14:02:31Z',
      lagMs,
      waitingBatches: 2,
      lastReceivedAt: null,
      settledUntil: null,
      lateApps: [],
    },
    sinceReadMs: 0,
    isPaused: false,
    hasFailed: false,
    zone: 'UTC',
    ...over,
  })

describe('freshness in words', () => {
  it('while data keep up, it says through when and how long ago', () => {
    expect(wordsAt(3000)).toEqual({ state: 'fresh', text: 'Through 14:02:31, 3 s ago', needsBanner: false })
  })
  it('an answer that is not renewed grows old on the screen', () => {
    expect(wordsAt(3000, { sinceReadMs: 20_000 }).text).toBe('Through 14:02:31, 23 s ago')
  })
  it('beyond three quarters of a minute it is delayed, beyond ten the page says so too', () => {
    expect(wordsAt(45_001)).toMatchObject({ state: 'late', needsBanner: false })
    expect(wordsAt(601_000)).toMatchObject({ state: 'late', needsBanner: true })
  })
  it('no answer and a pause are told apart from data that are old', () => {
    expect(wordsAt(0, { hasFailed: true }).state).toBe('lost')
    expect(wordsAt(0, { isPaused: true }).text).toBe('Paused at 14:02:31')
  })
})
