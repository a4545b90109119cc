import { type Instant, QUANTITY_SCALE } from '../kernel/index.ts'
import { amountText, priceAt, quantityText, scaledOf } from '../rating/index.ts'
import { later, type Window, windowsBetween } from '../window/index.ts'
import { type Pace, paceOf } from './pace.ts'
import { type PeriodCost, periodCost } from './period-cost.ts'
import { type Account, accountOf, type Day, dayOf, type UsageDays } from './usage-days.ts'

/** How far an account's allowance of this period is used up. Decimal texts; quantities in the capability's unit. */
export interface AllowanceUse {
  appId: string
  capabilityKey: string
  allowance: string
  used: string
  /** one decimal, cut and not rounded up: 99.9 is not used up */
  percent: string
  /** when it was used up, within the day by its share; null: it is not */
  usedUpAt: Instant | null
  /** when it runs out at the present rate; null: not in this period, or it has */
  runsOutAt: Instant | null
  /** what a day costs once it is used up, at the mean rate of the next seven days */
  dayAfter: string
}

/** Allowances of the period that some usage counts against, soonest to run out first, then by how far they are used; used-up ones last. */
export function allowanceUses(usage: UsageDays, period: Window): AllowanceUse[] {
  const { zone, asOf } = usage
  const days = usage.days.map((day) => dayOf(day, zone))
  const whole = days.filter(({ end }) => end <= asOf).length
  const ahead = windowsBetween(asOf, period.end, 'day', zone).map((window) => dayOf(window, zone))
  const at = { days, whole, ahead, asOf, period }
  return usage.accounts.flatMap((days) => useOf(accountOf(days), at)).sort(inOrder)
}

type Place = { days: readonly Day[]; whole: number; ahead: readonly Day[]; asOf: Instant; period: Window }

function useOf(account: Account, at: Place): AllowanceUse[] {
  const { days, whole, asOf, period } = at
  const price = priceAt(account.timeline, asOf)
  const allowance = price === null ? 0n : scaledOf(price.allowance, QUANTITY_SCALE)
  if (allowance <= 0n) return []
  const cost = periodCost(account, period)
  const bySegment = cost.usedUp(days)
  // usage without a price uses up nothing
  const priced = cost.segments.flatMap((segment, index) => (segment.price === null ? [] : (bySegment[index] ?? 0n)))
  const net = priced.reduce((sum, quantity) => sum + quantity, 0n)
  const used = net > 0n ? net : 0n
  const today = days[whole]
  const running = today === undefined ? null : { elapsed: asOf - today.start, length: today.end - today.start }
  const pace = paceOf({ days, used: account.used, whole, running })
  if (used === 0n && pace.byWeekday.every((quantity) => quantity === 0n)) return []
  const isUsedUp = used >= allowance
  return [
    {
      appId: account.appId,
      capabilityKey: account.capabilityKey,
      allowance: quantityText(allowance),
      used: quantityText(used),
      percent: tenths((used * 1_000n) / allowance),
      usedUpAt: isUsedUp ? usedUpAt(account, cost, { ...at, allowance }) : null,
      runsOutAt: isUsedUp ? null : runsOutAt(pace, { ...at, lacking: allowance - used }),
      dayAfter: amountText(dayAfter({ cost, asOf, pace, allowance, used })),
    },
  ]
}

/** Day by day until it is gone; within that day by its share. Later takings-back do not give it back: it says when it was crossed last. */
function usedUpAt(
  account: Account,
  cost: PeriodCost,
  { days, asOf, allowance }: Place & { allowance: bigint },
): Instant | null {
  let before = 0n
  let crossed: Instant | null = null
  for (const [index, day] of days.entries()) {
    const segment = cost.segmentAt(day.start)
    if (cost.segments[segment]?.price == null) continue
    const quantity = account.net[index] ?? 0n
    const after = before + quantity
    const end = day.end < asOf ? day.end : asOf
    if (before < allowance && after >= allowance)
      crossed = day.start + ((end - day.start) * (allowance - before)) / quantity
    before = after
  }
  return crossed
}

function runsOutAt(pace: Pace, { ahead, asOf, lacking }: Place & { lacking: bigint }): Instant | null {
  let left = lacking
  for (const { start, end, weekday } of ahead) {
    const from = start > asOf ? start : asOf
    const rate = pace.byWeekday[weekday] ?? 0n
    const quantity = (rate * (end - from)) / (end - start)
    if (quantity >= left && quantity > 0n) return from + ((end - from) * left) / quantity
    left -= quantity
  }
  return null
}

function dayAfter(input: { cost: PeriodCost; asOf: Instant; pace: Pace; allowance: bigint; used: bigint }): bigint {
  const { cost, asOf, pace, allowance, used } = input
  const segment = cost.segmentAt(asOf)
  if (segment < 0) return 0n
  const mean = pace.byWeekday.reduce((sum, quantity) => sum + quantity, 0n) / BigInt(pace.byWeekday.length)
  const from = later(used, allowance)
  const costAt = (quantity: bigint) => {
    const quantities = cost.segments.map(() => 0n)
    quantities[segment] = quantity
    return cost.costOf(quantities)
  }
  return costAt(from + mean) - costAt(from)
}

function tenths(value: bigint): string {
  return `${value / 10n}.${value % 10n}`
}

function inOrder(a: AllowanceUse, b: AllowanceUse): number {
  const [atA, atB] = [a.runsOutAt, b.runsOutAt]
  if (atA !== null || atB !== null) {
    if (atA === null) return 1
    if (atB === null) return -1
    if (atA !== atB) return atA < atB ? -1 : 1
  }
  if ((a.usedUpAt === null) !== (b.usedUpAt === null)) return a.usedUpAt === null ? -1 : 1
  return Number(b.percent) - Number(a.percent) || compareTexts(nameOf(a), nameOf(b))
}

function nameOf({ appId, capabilityKey }: AllowanceUse): string {
  return `${appId} ${capabilityKey}`
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
