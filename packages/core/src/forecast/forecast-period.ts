import type { Instant } from '../kernel/index.ts'
import { amountText } from '../rating/index.ts'
import { earlier, later, type Window, windowsBetween } from '../window/index.ts'
import { missesOf, ONE } from './misses.ts'
import { type Pace, paceOf } from './pace.ts'
import { type PeriodCost, periodCost } from './period-cost.ts'
import { type Account, accountOf, type Day, dayOf, type UsageDays } from './usage-days.ts'

/** Amounts are decimal texts in the space's currency, before discounts, minimums and credits, and not rounded. */
interface Forecast {
  /** what the usage so far costs */
  spent: string
  /** where usage goes on as it did, with what it usually comes to more or less; the apps' add up to it exactly */
  likely: string
  /** eight of ten misses of this size in the past lie between; `low` ≤ `likely` ≤ `high` */
  low: string
  high: string
  apps: AppForecast[]
  /** what is likely to have been spent by the end of each day that is left, the running one first */
  path: { end: Instant; amount: string }[]
  /** whole days since the first use of anything */
  learnedDays: number
  /** apps whose usage is too new for misses to be known: their part of the range is a wide guess */
  newApps: { appId: string; days: number }[]
}

interface AppForecast {
  appId: string
  spent: string
  likely: string
}

const NEW_UNTIL_DAYS = 28n
/** How far usage may go in either direction of which nothing is known but one rate, and of which four weeks are known; parts in a million. */
const WIDEST = 800_000n
const NARROWEST = 200_000n

/**
 * What a billing period will have cost at its end: each account's usage goes on by the rhythm of its weekdays, and the whole of it is rated by the price
 * book, allowances and price changes ahead included. The range is what the same method missed by in the past, over as many days, all accounts of a
 * moment together. Where nothing was learned it is wide on purpose. Never below what is spent, under prices that only rise with usage.
 * `usage` has to reach back to the period's start; the more days before it, the better it is known.
 */
export function forecastPeriod(usage: UsageDays, period: Window): Forecast {
  const { zone, asOf } = usage
  const days = usage.days.map((day) => dayOf(day, zone))
  const outlook = outlookOf({ days, accounts: usage.accounts.map(accountOf), zone, asOf }, period)
  const { accounts, left } = outlook
  const apps = new Map<string, { spent: bigint; likely: bigint }>()
  for (const { appId, spent, likely } of accounts) {
    const known = apps.get(appId) ?? { spent: 0n, likely: 0n }
    apps.set(appId, { spent: known.spent + spent, likely: known.likely + likely })
  }
  const newDays = new Map<string, number>()
  for (const { appId, isNew, pace, spent, likely } of accounts)
    if (isNew && likely > spent) newDays.set(appId, Math.min(newDays.get(appId) ?? pace.days, pace.days))
  return {
    ...textsOf(outlook),
    apps: [...apps].map(([appId, { spent, likely }]) => ({
      appId,
      spent: amountText(spent),
      likely: amountText(likely),
    })),
    path: left.map(({ end }, index) => ({ end, amount: amountText(amountAt(accounts, index)) })),
    learnedDays: Math.max(0, ...accounts.map(({ pace }) => pace.days)),
    newApps: [...newDays].map(([appId, count]) => ({ appId, days: count })),
  }
}

function textsOf({ spent, likely, low, high }: Pick<Outlook, 'spent' | 'likely' | 'low' | 'high'>) {
  return { spent: amountText(spent), likely: amountText(likely), low: amountText(low), high: amountText(high) }
}

interface Outlook {
  spent: bigint
  likely: bigint
  low: bigint
  high: bigint
  accounts: AccountOutlook[]
  left: LeftDay[]
}

interface AccountOutlook {
  appId: string
  pace: Pace
  isNew: boolean
  /** what is ahead is likely to come to so much of the pace, parts in a million */
  middle: bigint
  spent: bigint
  likely: bigint
  cost: PeriodCost
  used: readonly bigint[]
  /** by day that is left: its segment and quantity */
  ahead: { segment: number; quantity: bigint }[]
}

/** A day, or the rest of one, that is still to come in the period. */
type LeftDay = Day & { restLength: bigint }

/** `days` end with the one that runs at asOf, or with the last before it. */
export function outlookOf(
  known: { days: readonly Day[]; accounts: readonly Account[]; zone: string; asOf: Instant },
  period: Window,
): Outlook {
  const { days, zone, asOf } = known
  const whole = days.filter(({ end }) => end <= asOf).length
  const left = leftDays(period, zone, asOf)
  const at = { days, whole, asOf, left, period }
  const misses = missesOf({ days, accounts: known.accounts, whole, horizon: left.length })
  const accounts = known.accounts.map((account, index) =>
    accountOutlook(account, { ...at, isNew: !misses.isKnown(index), middle: misses.middleOf(index) }),
  )
  const spent = total(accounts.map((account) => account.spent))
  const likely = total(accounts.map((account) => account.likely))
  const sure = accounts.flatMap((account, index) => (account.isNew ? [] : [{ account, index }]))
  const scenarios = misses.moments
    .map((factors) => total(sure.map(({ account, index }) => costWith(account, factors[index] ?? ONE))))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const sureLikely = total(sure.map(({ account }) => account.likely))
  const apart = BigInt(misses.apart)
  const guesses = accounts.filter(({ isNew }) => isNew).map(guessOf)
  const low = widened(rank(scenarios, 1), { from: sureLikely, apart }) + total(guesses.map((guess) => guess.low))
  const high = widened(rank(scenarios, 9), { from: sureLikely, apart }) + total(guesses.map((guess) => guess.high))
  return { spent, likely, low: earlier(later(low, spent), likely), high: later(high, likely), accounts, left }
}

function leftDays(period: Window, zone: string, asOf: Instant): LeftDay[] {
  const from = later(asOf, period.start)
  return windowsBetween(from, period.end, 'day', zone).map((window) => {
    const day = dayOf(window, zone)
    return { ...day, restLength: day.end - later(from, day.start) }
  })
}

function accountOutlook(
  account: Account,
  at: {
    days: readonly Day[]
    whole: number
    asOf: Instant
    left: readonly LeftDay[]
    period: Window
    isNew: boolean
    middle: bigint
  },
): AccountOutlook {
  const { days, whole, asOf, left, period, isNew, middle } = at
  const today = days[whole]
  const running = today === undefined ? null : { elapsed: asOf - today.start, length: today.end - today.start }
  const pace = paceOf({ days, used: account.used, whole, running })
  const cost = periodCost(account, period)
  const used = cost.usedUp(days)
  const ahead = left.map(({ start, end, weekday, restLength }) => ({
    segment: cost.segmentAt(later(start, period.start)),
    quantity: ((pace.byWeekday[weekday] ?? 0n) * restLength) / (end - start),
  }))
  const outlook = { appId: account.appId, pace, isNew, middle, cost, used, ahead, spent: cost.costOf(used), likely: 0n }
  return { ...outlook, likely: costWith(outlook, middle) }
}

/** The period's cost if what is ahead comes to `factor` (parts in a million) of what is expected. */
function costWith({ cost, used, ahead }: Pick<AccountOutlook, 'cost' | 'used' | 'ahead'>, factor: bigint): bigint {
  const quantities = [...used]
  for (const { segment, quantity } of ahead)
    quantities[segment] = (quantities[segment] ?? 0n) + (quantity * factor) / ONE
  return cost.costOf(quantities)
}

function amountAt(accounts: readonly AccountOutlook[], day: number): bigint {
  return total(
    accounts.map((account) => costWith({ ...account, ahead: account.ahead.slice(0, day + 1) }, account.middle)),
  )
}

function guessOf(account: AccountOutlook): { low: bigint; high: bigint } {
  const days = BigInt(account.pace.days)
  const lacking = days < NEW_UNTIL_DAYS ? NEW_UNTIL_DAYS - days : 0n
  const spread = NARROWEST + ((WIDEST - NARROWEST) * lacking) / NEW_UNTIL_DAYS
  const costs = [costWith(account, ONE - spread), account.likely, costWith(account, ONE + 2n * spread)]
  return { low: costs.reduce(earlier), high: costs.reduce(later) }
}

/** Few looks that share no day see little of how far it can miss: the fewer, the wider. */
function widened(amount: bigint | undefined, { from, apart }: { from: bigint; apart: bigint }): bigint {
  return amount === undefined ? from : from + ((amount - from) * (apart + 2n)) / apart
}

/** The tenth of them, by nearest rank; undefined where there is none. */
function rank(sorted: readonly bigint[], tenths: 1 | 9): bigint | undefined {
  return sorted[Math.max(0, Math.ceil((sorted.length * tenths) / 10) - 1)]
}

function total(amounts: readonly bigint[]): bigint {
  let sum = 0n
  for (const amount of amounts) sum += amount
  return sum
}
