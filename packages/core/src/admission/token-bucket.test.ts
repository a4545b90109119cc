import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

const requests = fc.array(fc.record({ afterMs: fc.nat(200), events: fc.integer({ min: 1, max: 10_000 }) }), {
  minLength: 1,
  maxLength: 300,
})
const rates = fc.integer({ min: 10, max: 100_000 })

describe('the token bucket', () => {
  test('over any time lets through no more than its rate, a quarter of a second of it, and one request', () => {
    fc.assert(
      fc.property(rates, requests, (rate, sent) => {
        const bucket = new TokenBucket(rate, 0)
        let atMs = 0
        let taken = 0
        for (const { afterMs, events } of sent) {
          atMs += afterMs
          if (!bucket.isOpen(atMs)) continue
          bucket.charge(events)
          taken += events
          expect(taken).toBeLessThanOrEqual(rate * (atMs / 1000 + 0.25) + 1 + events)
        }
      }),
    )
  })

  test('lets through a request of any size once its debt is paid, and not before', () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 10_000 }), (rate, events) => {
        const bucket = new TokenBucket(rate, 0)
        bucket.charge(events)
        const waitMs = bucket.waitMs(0)
        if (waitMs === 0) return
        expect(bucket.isOpen(waitMs * 0.5)).toBe((waitMs * 0.5 * rate) / 1000 + Math.max(1, rate / 4) - events > 0)
        expect(bucket.isOpen(waitMs + 1)).toBe(true)
      }),
    )
  })

  test('keeps what is owed when the rate changes', () => {
    const bucket = new TokenBucket(1_000, 0)
    bucket.charge(1_250)
    bucket.setRate(100, 0)
    expect(bucket.isOpen(9_000)).toBe(false)
    expect(bucket.isOpen(10_020)).toBe(true)
  })
})
