import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketsBetween } from './bucket.ts'
import { WINDOW_SIZES } from './tumbling-window.ts'

const at = (iso: string) => BigInt(Date.parse(iso)) * 1000n
const zones = fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/St_Johns', 'Australia/Lord_Howe', 'Europe/Budapest')

test('buckets of any size tile the range, without gap or overlap', () => {
  fc.assert(
    fc.property(
      zones,
      fc.constantFrom(...WINDOW_SIZES, 'whole'),
      fc.integer({ min: Date.parse('2026-03-01'), max: Date.parse('2026-12-01') }),
      fc.integer({ min: 1, max: 5 * 86_400_000 }),
      (zone, size, from, length) => {
        const buckets = bucketsBetween(BigInt(from) * 1000n, BigInt(from + length) * 1000n, size, zone)
        expect(buckets[0]?.start).toBe(BigInt(from) * 1000n)
        expect(buckets.at(-1)?.end).toBe(BigInt(from + length) * 1000n)
        for (const [index, bucket] of buckets.entries()) {
          expect(bucket.start < bucket.end).toBe(true)
          if (index > 0) expect(buckets[index - 1]?.end).toBe(bucket.start)
        }
      },
    ),
    { numRuns: 100 },
  )
})

test('quarters are those of the clock on the wall', () => {
  const [first, second] = bucketsBetween(
    at('2026-11-01T00:10:00Z'),
    at('2026-11-01T01:00:00Z'),
    'quarter',
    'Asia/Kathmandu',
  )
  expect([first?.end, second?.end]).toEqual([at('2026-11-01T00:15:00Z'), at('2026-11-01T00:30:00Z')])
})

test('a week begins on Monday, by the local date, also where the clock changes', () => {
  const weeks = bucketsBetween(at('2026-10-14T22:00:00Z'), at('2026-11-04T23:00:00Z'), 'week', 'Europe/Budapest')
  expect(weeks.map(({ start }) => start)).toEqual([
    at('2026-10-14T22:00:00Z'),
    at('2026-10-18T22:00:00Z'),
    at('2026-10-25T23:00:00Z'),
    at('2026-11-01T23:00:00Z'),
  ])
})
