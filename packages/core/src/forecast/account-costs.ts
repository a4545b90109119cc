import { amountText, quantityText } from '../rating/index.ts'
import type { Window } from '../window/index.ts'
import { periodCost } from './period-cost.ts'
import { accountOf, dayOf, type UsageDays } from './usage-days.ts'

/** What one account used in the period so far, and what that costs: decimal texts. */
export interface AccountCost {
  appId: string
  capabilityKey: string
  quantity: string
  amount: string
}

/** Usage of a period so far, rated as a whole: what the ledger says of the same usage. */
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
