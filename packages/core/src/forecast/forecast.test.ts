import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDecimals, compareDecimals } from '../kernel/index.ts'
import { windowsBetween } from '../window/index.ts'
import { accountCosts, backTest, forecastPeriod } from './index.ts'
import { anyUsage, at, NOVEMBER, priceOf, usageOf, ZONE } from './test-usage.ts'

const NOON_22 = at('2026-11-22T12:00:00Z')
const isWeekend = (start: bigint) => [0, 6].includes((Number(start / 86_400_000_000n) + 4) % 7)

test('usage that goes on evenly is forecast to the last unit, in a range without width', () => {
  const usage = usageOf({ asOf: NOON_22, accounts: [{ quantityOf: ({ end }) => (end > NOON_22 ? 5 : 10) }] })
  expect(forecastPeriod(usage, NOVEMBER)).toMatchObject({
    spent: '215',
    likely: '300',
    low: '300',
    high: '300',
    newApps: [],
  })
})

test('weekends are forecast as weekends', () => {
  const usage = usageOf({
    asOf: at('2026-11-16T00:00:00Z'),
    accounts: [{ quantityOf: ({ start }) => (isWeekend(start) ? 1 : 8) }],
  })
  const month = windowsBetween(NOVEMBER.start, NOVEMBER.end, 'day', ZONE)
  expect(forecastPeriod(usage, NOVEMBER).likely).toBe(
    String(month.reduce((sum, { start }) => sum + (isWeekend(start) ? 1 : 8), 0)),
  )
})

test('an allowance is used up before anything costs: money is rated, not drawn on as a line', () => {
  const usage = usageOf({
    asOf: at('2026-11-11T00:00:00Z'),
    accounts: [{ price: priceOf('2', '200'), quantityOf: () => 10 }],
  })
  // ten days of ten within the allowance cost nothing yet; thirty days are a hundred beyond it
  expect(forecastPeriod(usage, NOVEMBER)).toMatchObject({ spent: '0', likely: '200' })
})

test('the path ends at what is likely, and never goes back', () => {
  fc.assert(
    fc.property(anyUsage, (usage) => {
      const { path, likely, spent } = forecastPeriod(usage, NOVEMBER)
      let before = spent
      for (const { amount } of path) {
        expect(compareDecimals(before, amount)).toBeLessThanOrEqual(0)
        before = amount
      }
      expect(before).toBe(likely)
    }),
    { numRuns: 60 },
  )
})

test('the range holds the point, and nothing lies below what is spent', () => {
  fc.assert(
    fc.property(anyUsage, (usage) => {
      const { spent, low, likely, high } = forecastPeriod(usage, NOVEMBER)
      expect(compareDecimals(spent, low)).toBeLessThanOrEqual(0)
      expect(compareDecimals(low, likely)).toBeLessThanOrEqual(0)
      expect(compareDecimals(likely, high)).toBeLessThanOrEqual(0)
    }),
    { numRuns: 150 },
  )
})

test('the apps add up to the whole, spent and likely, to the last digit', () => {
  fc.assert(
    fc.property(anyUsage, (usage) => {
      const { apps, spent, likely } = forecastPeriod(usage, NOVEMBER)
      expect(apps.reduce((sum, app) => addDecimals(sum, app.spent), '0')).toBe(spent)
      expect(apps.reduce((sum, app) => addDecimals(sum, app.likely), '0')).toBe(likely)
    }),
    { numRuns: 100 },
  )
})

test('the same usage gives the same forecast, in whatever order its accounts come', () => {
  fc.assert(
    fc.property(anyUsage, (usage) => {
      const { apps: _, ...turned } = forecastPeriod({ ...usage, accounts: usage.accounts.toReversed() }, NOVEMBER)
      const { apps: __, ...straight } = forecastPeriod(usage, NOVEMBER)
      expect({ ...turned, newApps: null }).toEqual({ ...straight, newApps: null })
    }),
    { numRuns: 60 },
  )
})

test('what was taken back is no pace: days ahead never take anything back', () => {
  const usage = usageOf({
    asOf: NOON_22,
    accounts: [{ quantityOf: ({ start }) => (start === at('2026-11-20T00:00:00Z') ? -150 : 10) }],
  })
  const { spent, likely } = forecastPeriod(usage, NOVEMBER)
  expect(compareDecimals(likely, spent)).toBe(1)
})

test('little history is a wide range that says so, and it narrows with every day', () => {
  const widths = [2, 5, 10, 20].map((days) => {
    const asOf = NOVEMBER.start + BigInt(days) * 86_400_000_000n
    const usage = usageOf({ asOf, accounts: [{ quantityOf: ({ start }) => (start >= NOVEMBER.start ? 10 : 0) }] })
    const { low, high, newApps } = forecastPeriod(usage, NOVEMBER)
    expect(newApps).toEqual([{ appId: 'app', days }])
    return Number(high) - Number(low)
  })
  expect(widths).toEqual(widths.toSorted((a, b) => b - a))
  expect(widths.at(-1)).toBeGreaterThan(0)
})

test('usage that jumps about has a wider range than usage that does not', () => {
  const widthOf = (quantityOf: (index: number) => number) => {
    const usage = usageOf({ asOf: NOON_22, accounts: [{ quantityOf: (_, index) => quantityOf(index) }] })
    const { low, high } = forecastPeriod(usage, NOVEMBER)
    return Number(high) - Number(low)
  }
  expect(widthOf((index) => 10 + ((index * 7) % 11))).toBeGreaterThan(widthOf((index) => 10 + (index % 2)))
})

test('a period that is over is its own forecast', () => {
  const usage = usageOf({ asOf: NOVEMBER.end, accounts: [{ quantityOf: (_, index) => index % 5 }] })
  const { spent, likely, low, high, path } = forecastPeriod(usage, NOVEMBER)
  expect([likely, low, high]).toEqual([spent, spent, spent])
  expect(path).toEqual([])
})

const PERIODS = ['2026-08', '2026-09', '2026-10'].map((month) => {
  const start = at(`${month}-01T00:00:00Z`)
  return windowsBetween(start, start + 1n, 'month', ZONE)[0]!
})

test('a forecast that was right is held, one that was not is not, and months without a past are not tested', () => {
  const steady = usageOf({ asOf: NOON_22, accounts: [{ quantityOf: () => 10 }] })
  const right = backTest(steady, { periods: PERIODS, elapsedDays: 21 })
  expect(right).toMatchObject({ held: 3, medianMissPercent: '0.0' })
  const doubled = usageOf({
    asOf: NOON_22,
    accounts: [{ quantityOf: ({ start }) => (start >= at('2026-10-22T00:00:00Z') ? 40 : 10) }],
  })
  const wrong = backTest(doubled, { periods: PERIODS, elapsedDays: 21 })
  expect(wrong.tested.map(({ isHeld }) => isHeld)).toEqual([true, true, false])
  expect(backTest(steady, { periods: PERIODS, elapsedDays: 0 }).tested).toHaveLength(2)
})

test('a back-test knows nothing of what came later', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100), { minLength: 31, maxLength: 31 }), (later) => {
      const usage = usageOf({
        asOf: NOON_22,
        accounts: [
          { quantityOf: ({ start }, index) => (start >= at('2026-10-22T00:00:00Z') ? (later[index % 31] ?? 0) : 10) },
        ],
      })
      const tested = backTest(usage, { periods: PERIODS.slice(-1), elapsedDays: 21 }).tested[0]
      expect([tested?.low, tested?.likely, tested?.high]).toEqual(['310', '310', '310'])
    }),
    { numRuns: 40 },
  )
})

test('accounts rated one by one add up to what is spent, to the last digit', () => {
  fc.assert(
    fc.property(anyUsage, (usage) => {
      const costs = accountCosts(usage, NOVEMBER).map(({ amount }) => amount)
      expect(costs.reduce(addDecimals, '0')).toBe(forecastPeriod(usage, NOVEMBER).spent)
    }),
    { numRuns: 100 },
  )
})
