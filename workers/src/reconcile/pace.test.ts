import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Pace, shareAt } from './pace.ts'

describe('the pace of background work', () => {
  test('gives way as more events come, and never stops', () => {
    fc.assert(
      fc.property(fc.nat(200_000), fc.nat(200_000), (a, b) => {
        const [few, many] = [Math.min(a, b), Math.max(a, b)]
        expect(shareAt(few)).toBeGreaterThanOrEqual(shareAt(many))
        expect(shareAt(many)).toBeGreaterThanOrEqual(0.03)
        expect(shareAt(few)).toBeLessThanOrEqual(0.25)
      }),
    )
    expect(shareAt(40_000)).toBe(0.03)
  })

  test('rests in proportion to the work', async () => {
    const pace = new Pace({ share: 0.2, signal: new AbortController().signal })
    const begun = performance.now()
    while (performance.now() - begun < 20) {
      // Works for 20 ms.
    }
    await pace.rest()
    expect(performance.now() - begun).toBeGreaterThan(95)
  })

  test('ends at once when it is told to stop, in the middle of a rest', async () => {
    const stop = new AbortController()
    const pace = new Pace({ share: 0.2, signal: stop.signal })
    const resting = pace.pause(60_000)
    stop.abort()
    await expect(resting).rejects.toThrow()
    await expect(pace.rest()).rejects.toThrow()
  })
})
