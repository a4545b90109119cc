// server/forecast: what a space's usage of past days leads to: its month's end, its allowances' ends, its apps' silences.
// Promises: quantities and amounts are of one moment, and those that statements and the cost pages are made of.
// Does not know: rights, pages; how a forecast is made, which core says.
import type { CostCell } from '@meterbook/core/cost'
import type { UsageDays } from '@meterbook/core/forecast'
import { type Instant, instantFromMs } from '@meterbook/core/kernel'
import { amountText, quantityText } from '@meterbook/core/rating'
import { earlier, later, type Window, windowEnd, windowStart, windowsBetween } from '@meterbook/core/window'
import { keptMoney } from '../cost/kept-money.ts'
import type { Money } from '../cost/space-money.ts'
import type { EventStores } from '../events/event-sight.ts'
import { readProgress, throughOf } from '../usage/read-freshness.ts'

/** Months before the one asked for: six of them can be forecast again, from the usage of those before. */
const MONTHS_BACK = 7
const HOUR = 3_600_000_000n

type Asked = { space: { id: string; billingZone: string } /** any instant of the month */; at: Instant; now: Instant }

export interface SpaceDays {
  period: Window
  /** months before it, the newest first */
  months: Window[]
  usage: UsageDays
  /** it has, or had, a price book: without one nothing can cost anything */
  isPriced: boolean
  costs: CostDays
  /** the month before it, as far as has passed of this one, in whole hours; and day by day to its end */
  before: { period: Window; usage: UsageDays; costs: CostDays; whole: string[] }
}

/** What usage of a month cost, day by day; corrections of other months are not in it. Decimal texts. */
interface CostDays {
  /** one amount for each day of the month, as far as there is one */
  apps: { appId: string; amounts: string[]; total: string }[]
  days: string[]
  total: string
}

/** `rebuilding`: usage is being projected anew; `repricing`: a price was added to the past; `behind`: too much is not settled. None of them is zero. */
type Unavailable = { unavailable: 'rebuilding' | 'repricing' | 'behind' }

export async function readUsageDays(stores: EventStores, { space, at, now }: Asked): Promise<SpaceDays | Unavailable> {
  const zone = space.billingZone
  const period = { start: windowStart(at, 'month', zone), end: windowEnd(at, 'month', zone) }
  const months = monthsBefore(period, zone)
  const last = months[0] as Window
  const money = await keptMoney(stores, { spaceId: space.id, periods: [...months.toReversed(), period], now })
  if (money === null) throw new RangeError(`expected a developer space, found ${space.id}`)
  if (money.unavailable !== null) return { unavailable: money.unavailable }
  const asOf = earlier(await throughNow(money, now), period.end)
  const elapsed = asOf - period.start
  const cut = earlier(last.start + (elapsed > 0n ? elapsed - (elapsed % HOUR) : 0n), last.end)
  const days = windowsBetween(months.at(-1)?.start ?? period.start, later(asOf, period.start + 1n), 'day', zone)
  const cells = [...cellsOf(money)]
  const usageOf = (through: Instant) => usageDays({ money, cells, days, zone, through })
  return {
    period,
    months,
    usage: usageOf(asOf),
    isPriced: money.space.subscriptions.length > 0,
    costs: costDays(cells, { period, through: period.end, zone }),
    before: {
      period: last,
      usage: usageOf(cut),
      costs: costDays(cells, { period: last, through: cut, zone }),
      whole: costDays(cells, { period: last, through: last.end, zone }).days,
    },
  }
}

/** Up to when everything received is in these figures. */
async function throughNow(money: Money, now: Instant): Promise<Instant> {
  const shards = [...money.apps.keys()].map((shard) => ({ shard }))
  const progress = await readProgress(shards)
  return earlier(now, instantFromMs(throughOf(progress, shards).getTime()))
}

function monthsBefore(period: Window, zone: string): Window[] {
  const months: Window[] = []
  let { start } = period
  while (months.length < MONTHS_BACK) {
    const end = start
    start = windowStart(end - 1n, 'month', zone)
    months.push({ start, end })
  }
  return months
}

/** Usage of the months themselves: what a month carries of earlier ones is no usage of its days. */
function* cellsOf({ months }: Money): Generator<CostCell> {
  for (const { posted, open } of months)
    for (const cells of [posted.cells(), open]) for (const cell of cells) if (!cell.isExempt) yield cell
}

function usageDays(input: {
  money: Money
  cells: readonly CostCell[]
  days: readonly Window[]
  zone: string
  through: Instant
}): UsageDays {
  const { money, cells, zone, through } = input
  const days = input.days.filter(({ start }) => start < through)
  const place = placeAmong(days)
  const accounts = new Map<string, { appId: string; capabilityKey: string; sums: bigint[] }>()
  for (const { appId, capability, window, sums } of cells) {
    const day = window.start < through ? place(window.start) : -1
    if (day < 0 || sums.quantity === 0n) continue
    const key = `${appId} ${capability}`
    const account = accounts.get(key) ?? { appId, capabilityKey: capability, sums: days.map(() => 0n) }
    accounts.set(key, account)
    account.sums[day] = (account.sums[day] ?? 0n) + sums.quantity
  }
  return {
    zone,
    asOf: through,
    days,
    accounts: [...accounts.values()].map(({ appId, capabilityKey, sums }) => ({
      appId,
      capabilityKey,
      timeline: money.facts.timelineOf(money.space, capabilityKey),
      quantities: sums.map(quantityText),
    })),
  }
}

function costDays(
  cells: readonly CostCell[],
  { period, through, zone }: { period: Window; through: Instant; zone: string },
): CostDays {
  const days = windowsBetween(period.start, period.end, 'day', zone)
  const place = placeAmong(days)
  const apps = new Map<string, bigint[]>()
  for (const { appId, window, sums } of cells) {
    const day = window.start < through ? place(window.start) : -1
    if (day < 0 || sums.amount === 0n) continue
    const amounts = apps.get(appId) ?? days.map(() => 0n)
    apps.set(appId, amounts)
    amounts[day] = (amounts[day] ?? 0n) + sums.amount
  }
  const all = [...apps.values()]
  const together = days.map((_, day) => all.reduce((sum, amounts) => sum + (amounts[day] ?? 0n), 0n))
  const sumOf = (amounts: readonly bigint[]) => amountText(amounts.reduce((sum, amount) => sum + amount, 0n))
  return {
    apps: [...apps].map(([appId, amounts]) => ({ appId, amounts: amounts.map(amountText), total: sumOf(amounts) })),
    days: together.map(amountText),
    total: sumOf(together),
  }
}

/** Which of the windows, ascending and without gap, holds an instant; -1: none. */
function placeAmong(windows: readonly Window[]): (at: Instant) => number {
  const [first, last] = [windows[0], windows.at(-1)]
  return (at) => {
    if (first === undefined || last === undefined || at < first.start || at >= last.end) return -1
    let [low, high] = [0, windows.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((windows[middle]?.start ?? at) <= at) low = middle
      else high = middle - 1
    }
    return low
  }
}
