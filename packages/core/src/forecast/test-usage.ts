import fc from 'fast-check'
import { parseInstant } from '../kernel/index.ts'
import type { PriceVersion } from '../rating/index.ts'
import { type Window, windowsBetween } from '../window/index.ts'
import type { AccountDays, UsageDays } from './usage-days.ts'

/** Usage for examples and laws of the forecast: ninety days before a November of UTC, and some days of it. */
export function at(text: string): bigint {
  const parsed = parseInstant(text)
  if (!parsed.ok) throw new RangeError(text)
  return parsed.value
}

export const ZONE = 'UTC'
export const NOVEMBER: Window = { start: at('2026-11-01T00:00:00Z'), end: at('2026-12-01T00:00:00Z') }

export function daysUntil(asOf: bigint, from = at('2026-08-01T00:00:00Z')): Window[] {
  return windowsBetween(from, asOf, 'day', ZONE)
}

/** One price for ever: `price` for each unit beyond the allowance. */
export function priceOf(price: string, allowance = '0'): PriceVersion {
  return {
    bookId: 'book',
    capabilityKey: 'c',
    version: 1,
    effectiveFrom: at('2026-01-01T00:00:00Z'),
    allowance,
    price,
    per: '1',
    packaging: 'exact',
    tiers: null,
    from: at('2026-01-01T00:00:00Z'),
    to: null,
  }
}

export function usageOf(input: {
  asOf: bigint
  accounts: { appId?: string; price?: PriceVersion; quantityOf: (day: Window, index: number) => number }[]
}): UsageDays {
  const days = daysUntil(input.asOf)
  const accounts = input.accounts.map(
    ({ appId = 'app', price = priceOf('1'), quantityOf }, index): AccountDays => ({
      appId,
      capabilityKey: `c${index}`,
      timeline: [price],
      quantities: days.map((day, place) => String(quantityOf(day, place))),
    }),
  )
  return { zone: ZONE, asOf: input.asOf, days, accounts }
}

/** Some accounts of some apps, new or old, steady or wild, some of it taken back. */
export const anyUsage: fc.Arbitrary<UsageDays> = fc
  .record({
    hour: fc.nat(29 * 24 + 23),
    historyDays: fc.integer({ min: 0, max: 92 }),
    accounts: fc.array(
      fc.record({
        app: fc.constantFrom('a', 'b', 'c'),
        allowance: fc.nat(3_000).map(String),
        price: fc.nat(50).map((cents) => `0.${String(cents).padStart(2, '0')}`),
        begins: fc.nat(120),
        sizes: fc.array(fc.integer({ min: -20, max: 200 }), { minLength: 1, maxLength: 9 }),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ hour, historyDays, accounts }) => {
    const asOf = NOVEMBER.start + BigInt(hour) * 3_600_000_000n
    const days = daysUntil(
      asOf === NOVEMBER.start ? asOf + 1n : asOf,
      NOVEMBER.start - BigInt(historyDays) * 86_400_000_000n,
    )
    return {
      zone: ZONE,
      asOf,
      days,
      accounts: accounts.map(({ app, allowance, price, begins, sizes }, index) => ({
        appId: app,
        capabilityKey: `c${index}`,
        timeline: [priceOf(price, allowance)],
        quantities: days.map((_, day) => (day < begins ? '0' : String(sizes[day % sizes.length]))),
      })),
    }
  })
