import { amountText, quantityText } from '../rating/index.ts'
import { later, type Window } from '../window/index.ts'
import { periodCost } from './period-cost.ts'
import { accountOf, dayOf, type UsageDays } from './usage-days.ts'

/** What each app's usage cost, day by day of the period so far: decimal texts, one for each of `days`. */
export interface CostDays {
  days: Window[]
  apps: { appId: string; amounts: string[]; total: string }[]
  total: string
}

/**
 * Usage of a period rated in the order of its days: what comes first uses up the allowance. Days and apps add up to the whole exactly, which is what
 * the ledger says of the same usage.
 */
export function costDays(usage: UsageDays, period: Window): CostDays {
  const days = usage.days.map((day) => dayOf(day, usage.zone))
  const own = days.flatMap((day, index) => (day.end > period.start && day.start < period.end ? [{ day, index }] : []))
  const apps = new Map<string, bigint[]>()
  for (const account of usage.accounts.map(accountOf)) {
    const cost = periodCost(account, period)
    const used = cost.segments.map(() => 0n)
    const amounts = apps.get(account.appId) ?? own.map(() => 0n)
    apps.set(account.appId, amounts)
    let before = 0n
    for (const [place, { day, index }] of own.entries()) {
      const segment = cost.segmentAt(later(day.start, period.start))
      used[segment] = (used[segment] ?? 0n) + (account.net[index] ?? 0n)
      const after = cost.costOf(used)
      amounts[place] = (amounts[place] ?? 0n) + after - before
      before = after
    }
  }
  const totals = [...apps.values()].map((amounts) => amounts.reduce((sum, amount) => sum + amount, 0n))
  return {
    days: own.map(({ day: { start, end } }) => ({ start, end })),
    apps: [...apps].map(([appId, amounts], index) => ({
      appId,
      amounts: amounts.map(amountText),
      total: amountText(totals[index] ?? 0n),
    })),
    total: amountText(totals.reduce((sum, amount) => sum + amount, 0n)),
  }
}

/** What one account used in the period so far, and what that costs: decimal texts. */
export interface AccountCost {
  appId: string
  capabilityKey: string
  quantity: string
  amount: string
}

/** Σ amounts is the total of costDays, exactly. */
export function accountCosts(usage: UsageDays, period: Window): AccountCost[] {
  const days = usage.days.map((day) => dayOf(day, usage.zone))
  return usage.accounts.map(accountOf).map((account) => {
    const cost = periodCost(account, period)
    const used = cost.usedUp(days)
    const quantity = used.reduce((sum, each) => sum + each, 0n)
    const { appId, capabilityKey } = account
    return { appId, capabilityKey, quantity: quantityText(quantity), amount: amountText(cost.costOf(used)) }
  })
}
