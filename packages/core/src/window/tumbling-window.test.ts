import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Instant } from '../kernel/instant.ts'
import { WINDOW_SIZES, type Window, windowEnd, windowRuns, windowStart, windowsBetween } from './tumbling-window.ts'
import { canonicalZone, offsetSecondsAt } from './zone-offset.ts'

const at = (iso: string): Instant => BigInt(Date.parse(iso)) * 1000n
const iso = (instant: Instant): string => new Date(Number(instant / 1000n)).toISOString().replace('.000Z', 'Z')
const shown = ({ start, end }: Window): string => `${iso(start)} → ${iso(end)}`
const windowOf = (instant: string, size: (typeof WINDOW_SIZES)[number], zone: string): string =>
  shown({ start: windowStart(at(instant), size, zone), end: windowEnd(at(instant), size, zone) })

const ZONES = [
  'UTC',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'America/Los_Angeles',
  'America/Sao_Paulo',
  'Europe/Budapest',
  'Asia/Kolkata',
  'Pacific/Chatham',
  'Pacific/Apia',
  'Africa/Casablanca',
  'Asia/Tehran',
  'Africa/Monrovia',
  'Antarctica/Troll',
]
/** Instants on and around clock changes, and anywhere between 1965 and 2045. */
const instants = fc.oneof(
  fc.bigInt({ min: at('1965-01-01T00:00:00Z'), max: at('2045-01-01T00:00:00Z') }),
  fc
    .tuple(
      fc
        .constantFrom(
          '2011-11-06T02:31:00Z', // St John's fell back at one minute past midnight: the evening is repeated after the next date began
          '2011-12-30T10:00:00Z', // Samoa left out a whole day
          '2018-11-04T03:00:00Z', // Sao Paulo: no midnight
          '2026-04-04T15:00:00Z', // Lord Howe moves by half an hour
          '2026-10-03T15:30:00Z',
          '2025-03-09T10:00:00Z',
          '2025-11-02T09:00:00Z',
          '1972-01-07T00:44:30Z', // Monrovia gave up its 44 minutes and a half
        )
        .map(at),
      fc.bigInt({ min: -90_000_000_000n, max: 90_000_000_000n }),
    )
    .map(([change, by]) => change + by),
)

describe('tumbling windows', () => {
  it('an instant lies in its window, and both edges are windows of themselves', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...WINDOW_SIZES), fc.constantFrom(...ZONES), (instant, size, zone) => {
        const [start, end] = [windowStart(instant, size, zone), windowEnd(instant, size, zone)]
        expect(start <= instant && instant < end).toBe(true)
        expect(windowStart(start, size, zone)).toBe(start)
        expect(windowEnd(start, size, zone)).toBe(end)
        expect(windowStart(end - 1n, size, zone)).toBe(start)
        expect(windowStart(end, size, zone)).toBe(end)
        expect(windowEnd(start - 1n, size, zone)).toBe(start)
      }),
      { numRuns: 3000 },
    )
  })

  it('windows tile the line in every zone: no gap, no overlap, and runs say the same as asking one by one', () => {
    const lengths = {
      minute: 3_000n,
      quarter: 40_000n,
      hour: 90_000n,
      day: 3_000_000n,
      week: 9_000_000n,
      month: 40_000_000n,
    }
    fc.assert(
      fc.property(
        instants,
        fc.constantFrom(...WINDOW_SIZES),
        fc.constantFrom(...ZONES),
        fc.bigInt({ min: 1n, max: 1_000_000n }),
        (from, size, zone, share) => {
          const to = from + lengths[size] * share
          const windows = windowsBetween(from, to, size, zone)
          expect(windows[0]!.start).toBe(windowStart(from, size, zone))
          expect(windows.at(-1)!.end).toBe(windowEnd(to - 1n, size, zone))
          for (const [index, window] of windows.entries()) {
            if (index > 0) expect(window.start).toBe(windows[index - 1]!.end)
            expect(window.start < window.end).toBe(true)
            expect(windowEnd(window.start, size, zone)).toBe(window.end)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('a day holds the instants of one local date', () => {
    fc.assert(
      fc.property(
        instants,
        fc.constantFrom(...ZONES.filter((zone) => zone !== 'America/St_Johns')),
        (instant, zone) => {
          const date = new Intl.DateTimeFormat('en-CA', { timeZone: zone })
          const day = (moment: Instant) => date.format(new Date(Number(moment / 1000n)))
          const [start, end] = [windowStart(instant, 'day', zone), windowEnd(instant, 'day', zone)]
          expect(day(start)).toBe(day(end - 1000n))
          expect(day(end)).not.toBe(day(end - 1000n))
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('the evening that St John’s repeated belongs to the day that had begun', () => {
    expect(windowOf('2011-11-06T03:00:00Z', 'day', 'America/St_Johns')).toBe(
      '2011-11-06T02:30:00Z → 2011-11-07T03:30:00Z',
    )
  })

  it('a week begins on Monday, and has as many hours as its days', () => {
    expect(windowOf('2026-11-22T23:59:59Z', 'week', 'UTC')).toBe('2026-11-16T00:00:00Z → 2026-11-23T00:00:00Z')
    expect(windowOf('2026-10-25T12:00:00Z', 'week', 'Europe/Budapest')).toBe(
      '2026-10-18T22:00:00Z → 2026-10-25T23:00:00Z',
    )
  })

  it('quarters of an hour follow the minute hand of the zone', () => {
    expect(windowOf('2026-11-22T10:20:00Z', 'quarter', 'Asia/Kathmandu')).toBe(
      '2026-11-22T10:15:00Z → 2026-11-22T10:30:00Z',
    )
  })

  it('a day that Samoa left out has no window', () => {
    const days = windowsBetween(at('2011-12-29T12:00:00Z'), at('2011-12-31T12:00:00Z'), 'day', 'Pacific/Apia')
    expect(days.map(shown)).toEqual([
      '2011-12-29T10:00:00Z → 2011-12-30T10:00:00Z',
      '2011-12-30T10:00:00Z → 2011-12-31T10:00:00Z',
      '2011-12-31T10:00:00Z → 2012-01-01T10:00:00Z',
    ])
  })

  it('no windows between equal or reversed bounds', () => {
    expect(windowsBetween(5n, 5n, 'hour', 'UTC')).toEqual([])
    expect(windowRuns(6n, 5n, 'day', 'UTC')).toEqual([])
  })

  it('more windows than the bound are refused instead of filling the memory', () => {
    expect(() => windowsBetween(0n, at('2026-01-01T00:00:00Z'), 'minute', 'UTC')).toThrow(RangeError)
  })

  it('microseconds before and after an edge fall on either side, before 1970 too', () => {
    const edge = at('1969-12-31T23:00:00Z')
    expect(windowStart(edge - 1n, 'hour', 'UTC')).toBe(at('1969-12-31T22:00:00Z'))
    expect(windowStart(edge, 'hour', 'UTC')).toBe(edge)
    expect(windowStart(-1n, 'minute', 'UTC')).toBe(-60_000_000n)
  })
})

describe('the windows that an OpenMeter client expects', () => {
  it('43: minutes in Kathmandu are minutes in UTC', () => {
    expect(windowOf('2026-07-01T00:01:30Z', 'minute', 'Asia/Kathmandu')).toBe(
      '2026-07-01T00:01:00Z → 2026-07-01T00:02:00Z',
    )
  })
  it('44: a day in Kolkata', () => {
    expect(windowOf('2026-07-01T00:00:00Z', 'day', 'Asia/Kolkata')).toBe('2026-06-30T18:30:00Z → 2026-07-01T18:30:00Z')
  })
  it('45: hours in Kolkata begin at half past', () => {
    expect(windowOf('2026-07-01T00:01:00Z', 'hour', 'Asia/Kolkata')).toBe('2026-06-30T23:30:00Z → 2026-07-01T00:30:00Z')
  })
  it('67: the week of spring in Los Angeles has a day of 23 hours', () => {
    const days = windowsBetween(
      at('2025-03-06T08:00:00Z'),
      at('2025-03-13T07:00:00Z'),
      'day',
      'America/Los_Angeles',
    ).map(shown)
    expect(days).toHaveLength(7)
    expect(days[3]).toBe('2025-03-09T08:00:00Z → 2025-03-10T07:00:00Z')
    expect(days[0]).toMatch(/^2025-03-06T08:00:00Z/)
    expect(days[6]).toMatch(/2025-03-13T07:00:00Z$/)
  })
  it('68: the week of autumn has one of 25', () => {
    const days = windowsBetween(
      at('2025-10-30T07:00:00Z'),
      at('2025-11-06T08:00:00Z'),
      'day',
      'America/Los_Angeles',
    ).map(shown)
    expect(days).toHaveLength(7)
    expect(days[3]).toBe('2025-11-02T07:00:00Z → 2025-11-03T08:00:00Z')
  })
  it('69: the repeated hour is two windows', () => {
    expect(windowOf('2025-11-02T08:30:00Z', 'hour', 'America/Los_Angeles')).toBe(
      '2025-11-02T08:00:00Z → 2025-11-02T09:00:00Z',
    )
    expect(windowOf('2025-11-02T09:30:00Z', 'hour', 'America/Los_Angeles')).toBe(
      '2025-11-02T09:00:00Z → 2025-11-02T10:00:00Z',
    )
  })
  it('70: months in Budapest', () => {
    expect(windowOf('2025-01-15T00:00:00Z', 'month', 'Europe/Budapest')).toBe(
      '2024-12-31T23:00:00Z → 2025-01-31T23:00:00Z',
    )
    expect(windowOf('2026-03-15T00:00:00Z', 'month', 'Europe/Budapest')).toBe(
      '2026-02-28T23:00:00Z → 2026-03-31T22:00:00Z',
    )
  })
  it('71: November in New York', () => {
    expect(windowOf('2026-11-15T00:00:00Z', 'month', 'America/New_York')).toBe(
      '2026-11-01T04:00:00Z → 2026-12-01T05:00:00Z',
    )
  })
  it('72: a day without midnight, and a day of 24 hours and a half', () => {
    expect(windowOf('2018-11-04T12:00:00Z', 'day', 'America/Sao_Paulo')).toBe(
      '2018-11-04T03:00:00Z → 2018-11-05T02:00:00Z',
    )
    expect(windowOf('2026-04-05T00:00:00Z', 'day', 'Australia/Lord_Howe')).toBe(
      '2026-04-04T13:00:00Z → 2026-04-05T13:30:00Z',
    )
  })
  it('the half hour that Lord Howe takes back is a window of its own', () => {
    const hours = windowsBetween(at('2026-04-04T14:00:00Z'), at('2026-04-04T16:00:00Z'), 'hour', 'Australia/Lord_Howe')
    expect(hours.map(shown)).toEqual([
      '2026-04-04T14:00:00Z → 2026-04-04T15:00:00Z',
      '2026-04-04T15:00:00Z → 2026-04-04T15:30:00Z',
      '2026-04-04T15:30:00Z → 2026-04-04T16:30:00Z',
    ])
  })
})

describe('zones', () => {
  it('two names of one zone are one zone', () => {
    expect(canonicalZone('Asia/Kathmandu')).toBe(canonicalZone('Asia/Katmandu'))
    expect(canonicalZone('asia/kolkata')).toBe(canonicalZone('Asia/Calcutta'))
    expect(canonicalZone('Etc/UTC')).toBe('UTC')
  })
  it('what is not in the IANA database is no zone', () => {
    for (const name of ['Mars/Base', '+05:30', '', 'Z', ' UTC', 'UTC\0', "UTC'"]) expect(canonicalZone(name)).toBeNull()
  })
  it('a canonical name is its own canonical name', () => {
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      const canonical = canonicalZone(zone)
      expect(canonical).not.toBeNull()
      expect(canonicalZone(canonical!)).toBe(canonical)
    }
  })
  it('offsets of seconds are kept', () => {
    expect(offsetSecondsAt(Date.parse('1960-01-01T00:00:00Z') / 1000, 'Africa/Monrovia')).toBe(-2670)
  })
})
