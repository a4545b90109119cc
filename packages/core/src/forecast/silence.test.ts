import fc from 'fast-check'
import { expect, test } from 'vitest'
import { silenceOf } from './index.ts'
import type { HourCount } from './silence.ts'
import { at } from './test-usage.ts'

const HOUR = 3_600_000_000n
const MINUTE = 60_000_000n
const NOW = at('2026-11-18T15:00:00Z')

/** What an app sent in each hour of the four weeks before `last`. */
function hoursBefore(last: bigint, countOf: (hour: number, weekday: number) => number, weeks = 4): HourCount[] {
  const end = last - (last % HOUR)
  return Array.from({ length: weeks * 168 }, (_, back) => {
    const start = end - BigInt(back + 1) * HOUR
    const hours = Number(start / HOUR)
    return { start, count: countOf(hours % 24, (Math.floor(hours / 24) + 4) % 7) }
  }).filter(({ count }) => count > 0)
}

test('no events for three hours where forty a minute are usual is a silence, with its length and size', () => {
  const last = NOW - 3n * HOUR
  expect(silenceOf({ now: NOW, last, hours: hoursBefore(last, () => 2_400) })).toEqual({
    since: last,
    missing: 7_200,
    usualPerMinute: 40,
  })
})

test('an app that rests at night and on Sundays is not silent then', () => {
  const count = (hour: number, weekday: number) => (weekday !== 0 && hour >= 8 && hour < 18 ? 600 : 0)
  const evening = at('2026-11-18T17:59:00Z')
  const night = at('2026-11-19T06:00:00Z')
  expect(silenceOf({ now: night, last: evening, hours: hoursBefore(evening, count) })).toBeNull()
  const saturday = at('2026-11-14T17:59:00Z')
  const sunday = at('2026-11-15T15:00:00Z')
  expect(silenceOf({ now: sunday, last: saturday, hours: hoursBefore(saturday, count) })).toBeNull()
  const monday = at('2026-11-16T09:00:00Z')
  expect(silenceOf({ now: monday, last: saturday, hours: hoursBefore(saturday, count) })).not.toBeNull()
})

test('an app that never spoke, that is too young to be known, or that speaks seldom, is not silent', () => {
  const last = NOW - 3n * HOUR
  expect(silenceOf({ now: NOW, last: null, hours: [] })).toBeNull()
  expect(silenceOf({ now: NOW, last, hours: hoursBefore(last, () => 2_400, 0) })).toBeNull()
  const twoDays = hoursBefore(last, () => 2_400).slice(0, 48)
  expect(silenceOf({ now: NOW, last, hours: twoDays })).toBeNull()
  expect(silenceOf({ now: NOW, last, hours: hoursBefore(last, () => 3) })).toBeNull()
})

test('one quiet hour of the same kind in the past excuses an hour of now', () => {
  const last = NOW - HOUR
  const hours = hoursBefore(last, () => 2_400)
  expect(silenceOf({ now: NOW, last, hours })).not.toBeNull()
  const excused = hours.filter(({ start }) => start !== last - 168n * HOUR)
  expect(silenceOf({ now: NOW, last, hours: excused })).toBeNull()
})

test('a silence only grows while it lasts, whatever the app used to do, and ends with the next event', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(500), { minLength: 24, maxLength: 24 }),
      fc.integer({ min: 0, max: 600 }),
      fc.integer({ min: 0, max: 600 }),
      (byHour, first, more) => {
        const last = NOW
        const hours = hoursBefore(last, (hour) => byHour[hour] ?? 0)
        const early = silenceOf({ now: last + BigInt(first) * MINUTE, last, hours })
        const late = silenceOf({ now: last + BigInt(first + more) * MINUTE, last, hours })
        if (early !== null) {
          expect(late?.since).toBe(last)
          expect(late?.missing).toBeGreaterThanOrEqual(early.missing)
        }
        if (first < 15) expect(early).toBeNull()
      },
    ),
    { numRuns: 200 },
  )
})
