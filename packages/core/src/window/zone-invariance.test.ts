import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDecimals, compareDecimals } from '../kernel/decimal.ts'
import { integrateLevels, type LevelSample } from './level-integral.ts'
import { WINDOW_SIZES, type WindowSize, windowsBetween } from './tumbling-window.ts'
import { foldUsage, type UsageFact } from './usage-fold.ts'

const SECOND = 1_000_000n
const HOUR = 3600n * SECOND
const DAY = 24n * HOUR
const at = (iso: string) => BigInt(Date.parse(iso)) * 1000n

/** Quarter and half hours off UTC, both hemispheres' summer times, a change of half an hour, a day that never was, clocks that never move. */
const ZONES = [
  'UTC',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/Los_Angeles',
  'America/Sao_Paulo',
  'Europe/Budapest',
  'Pacific/Chatham',
  'Africa/Casablanca',
  'Asia/Tehran',
]
/** Days on which the clocks of one of these zones went forward, back, or over the date line; and a quiet one. */
const DAYS = [
  '2026-03-08T07:00:00Z',
  '2026-11-01T06:00:00Z',
  '2026-03-29T01:00:00Z',
  '2026-10-25T01:00:00Z',
  '2026-04-04T15:00:00Z',
  '2026-10-03T15:30:00Z',
  '2011-12-30T10:00:00Z',
  '2018-11-04T03:00:00Z',
  '2018-02-18T02:00:00Z',
  '2026-07-15T00:00:00Z',
].map(at)

const REACH: Record<WindowSize, bigint> = {
  minute: 3n * HOUR,
  quarter: 20n * HOUR,
  hour: 2n * DAY,
  day: 40n * DAY,
  week: 100n * DAY,
  month: 400n * DAY,
}
const quantities = fc.constantFrom(
  '1',
  '0.000000000000000000000000000001',
  '-5.5',
  '999999999999999999999999999999',
  '0',
)

/** Usage around one of those days, of a size's own reach, and the range that holds it; edges anywhere. */
const draws = fc.constantFrom(...WINDOW_SIZES).chain((size) =>
  fc.record({
    size: fc.constant(size),
    middle: fc.constantFrom(...DAYS),
    cut: fc.bigInt({ min: 0n, max: 2n * HOUR }),
    usage: fc.array(fc.tuple(shiftsWithin(REACH[size]), quantities), { maxLength: 25, size: 'max' }),
  }),
)
/** Anywhere, or on a quarter of an hour, where windows begin. */
function shiftsWithin(reach: bigint): fc.Arbitrary<bigint> {
  const quarter = HOUR / 4n
  return fc.oneof(
    fc.bigInt({ min: -reach, max: reach }),
    fc.bigInt({ min: -reach / quarter, max: reach / quarter }).map((quarters) => quarters * quarter),
  )
}
const total = (values: string[]) => values.reduce(addDecimals, '0')

describe('over the windows of any zone', () => {
  it.each(ZONES)('%s: sums and counts are those of the whole, and so are the least and the most', (zone) => {
    fc.assert(
      fc.property(draws, ({ size, middle, cut, usage }) => {
        const [from, to] = [middle - REACH[size] - cut, middle + REACH[size] + 1n]
        const facts = usage.map(
          ([shift, quantity], order): UsageFact => ({
            group: '',
            at: middle + shift,
            order: [BigInt(order)],
            quantity,
            divisor: '1',
            uniqueValue: '',
          }),
        )
        const windows = windowsBetween(from, to, size, zone)
        const whole = [{ start: from, end: to }]
        for (const aggregation of ['SUM', 'COUNT'] as const) {
          const parts = foldUsage({ aggregation }, facts, windows).map(({ value }) => value)
          expect(total(parts)).toBe(total(foldUsage({ aggregation }, facts, whole).map(({ value }) => value)))
        }
        for (const [aggregation, sign] of [
          ['MIN', -1],
          ['MAX', 1],
        ] as const) {
          const parts = foldUsage({ aggregation }, facts, windows).map(({ value }) => value)
          const [extreme] = foldUsage({ aggregation }, facts, whole).map(({ value }) => value)
          expect(parts.toSorted((a, b) => compareDecimals(b, a) * sign)[0]).toBe(extreme)
        }
      }),
      { numRuns: 40 },
    )
  })

  it.each(ZONES)('%s: what levels come to is what they come to over the whole', (zone) => {
    fc.assert(
      fc.property(draws, fc.boolean(), ({ size, middle, cut, usage }, isCarriedIn) => {
        const [from, to] = [middle - REACH[size] - cut, middle + REACH[size] + 1n]
        const samples = usage.map(
          ([shift, level], order): LevelSample => ({
            series: String(order % 3),
            group: '',
            at: isCarriedIn ? middle + shift - REACH[size] : middle + shift,
            order: [BigInt(order)],
            level,
          }),
        )
        const sums = (windows: { start: bigint; end: bigint }[]) => {
          const rows = integrateLevels(samples, { from, to, through: to, windows })
          return [total(rows.map((row) => row.levelMicros)), rows.reduce((sum, row) => sum + row.count, 0)]
        }
        expect(sums(windowsBetween(from, to, size, zone))).toEqual(sums([{ start: from, end: to }]))
      }),
      { numRuns: 25 },
    )
  })
})
