import { type PriceVersion, partsBetween, quantityText } from '../rating/index.ts'
import type { AccountUsage } from './account.ts'
import { accountBalance } from './account-balance.ts'
import { type Drafting, inWindowOrder, type OrderedDraft } from './draft-entry.ts'
import { scaledBases } from './measured-base.ts'

/**
 * The posted usage of an account under other prices: an adjustment of each window whose amount is another one, window after window, as both lists would
 * have rated them in time order. Their sum is the difference of what both lists say of the period.
 */
export function decideRepricing(
  { account, timeline, posted }: AccountUsage,
  ratedBy: readonly PriceVersion[],
  draft: Drafting,
): OrderedDraft[] {
  const whole = accountBalance(account, ratedBy)
  const old = accountBalance(account, ratedBy)
  const fresh = accountBalance(account, timeline)
  const drafts: OrderedDraft[] = []
  const charged = posted.filter(({ isExempt }) => !isExempt)
  for (const window of charged) whole.load(window, scaledBases(window.measured))
  let cumulative = whole.quantity()
  for (const window of charged.toSorted(inWindowOrder)) {
    const bases = scaledBases(window.measured)
    const was = old.post(window, bases)
    const is = fresh.post(window, bases)
    // not zero only where a price begins elsewhere and a quotient without end is cut in other pieces
    const quantity = is.quantity - was.quantity
    const amount = is.amount - was.amount
    if (amount === 0n && quantity === 0n) continue
    const before = cumulative
    cumulative += quantity
    const change = {
      quantity,
      amount,
      parts: partsBetween(was.parts, is.parts),
      cumulative: { before: quantityText(before), after: quantityText(cumulative) },
    }
    const adjusting = { adjusts: window.firstSequence, reason: 'repriced' } as const
    drafts.push(draft({ window, change, bases: [], entitlements: window.entitlements, adjusting }))
  }
  return drafts
}
