import type { Instant } from '../kernel/index.ts'
import { amountText } from '../rating/index.ts'
import { type Window, windowsBetween } from '../window/index.ts'
import { outlookOf } from './forecast-period.ts'
import { periodCost } from './period-cost.ts'
import { type Account, accountOf, type Day, dayOf, type UsageDays } from './usage-days.ts'

/** A period that is over, forecast as if its first days were all that was known, beside what it came to. Decimal texts. */
interface TestedPeriod {
  period: Window
  asOf: Instant
  low: string
  likely: string
  high: string
  actual: string
  isHeld: boolean
  /** of what it came to, one decimal */
  missPercent: string
}

export interface BackTest {
  tested: TestedPeriod[]
  held: number
  /** of all tested; null: none was */
  medianMissPercent: string | null
}

/**
 * How good the forecast was: made again for each of `periods` after as many of its days as have passed of this one, with what was known then and no
 * more, and laid beside what the period came to. A period is left out in which usage only
 * began, that had none by then, or that cost nothing.
 */
export function backTest(usage: UsageDays, input: { periods: readonly Window[]; elapsedDays: number }): BackTest {
  const { zone } = usage
  const days = usage.days.map((day) => dayOf(day, zone))
  const accounts = usage.accounts.map(accountOf)
  const tested = input.periods.flatMap((period) => {
    const own = windowsBetween(period.start, period.end, 'day', zone)
    const asOf = own[Math.min(input.elapsedDays, own.length - 1)]?.start
    if (asOf === undefined) return []
    return testOf({ days, accounts, zone, period, asOf, through: usage.asOf })
  })
  const misses = tested.map(({ missPercent }) => Number(missPercent)).sort((a, b) => a - b)
  return {
    tested,
    held: tested.filter(({ isHeld }) => isHeld).length,
    medianMissPercent: misses.length === 0 ? null : medianOf(misses).toFixed(1),
  }
}

function testOf(input: {
  days: readonly Day[]
  accounts: readonly Account[]
  zone: string
  period: Window
  asOf: Instant
  through: Instant
}): TestedPeriod[] {
  const { days, accounts, zone, period, asOf, through } = input
  const first = days.findIndex((_, index) => accounts.some(({ used }) => (used[index] ?? 0n) > 0n))
  const isWhole = period.end <= through && (days[first]?.start ?? period.end) <= period.start
  const before = days.filter(({ end }) => end <= asOf)
  const known = accounts.filter(({ used }) => used.slice(0, before.length).some((quantity) => quantity > 0n))
  if (!isWhole || known.length === 0) return []
  const { low, likely, high } = outlookOf({ days: before, accounts: known, zone, asOf }, period)
  const actual = accounts.reduce((sum, account) => {
    const cost = periodCost(account, period)
    return sum + cost.costOf(cost.usedUp(days))
  }, 0n)
  if (actual <= 0n) return []
  const miss = likely > actual ? likely - actual : actual - likely
  return [
    {
      period,
      asOf,
      low: amountText(low),
      likely: amountText(likely),
      high: amountText(high),
      actual: amountText(actual),
      isHeld: low <= actual && actual <= high,
      missPercent: (Number((miss * 1_000n) / actual) / 10).toFixed(1),
    },
  ]
}

function medianOf(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}
