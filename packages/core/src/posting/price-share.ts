import { amountText, type PriceVersion, quantityText, type RatedPart } from '../rating/index.ts'
import type { Window } from '../window/index.ts'
import type { Account, AccountWindow, MeterBase } from './account.ts'
import { accountBalance, type BalanceChange } from './account-balance.ts'
import { scaledBases } from './measured-base.ts'

/** One event within an entry of usage: what was posted before the entry, and what the entry was measured of, split at that event. */
export interface ShareQuestion {
  account: Account
  /** the capability's prices for the space, see priceTimeline */
  timeline: readonly PriceVersion[]
  /** charged windows of all earlier entries of the account; they may be summed up, one for each price segment */
  posted: readonly { window: Window; measured: readonly MeterBase[] }[]
  window: AccountWindow
  /** of events that come before it in the window, by time and then by place in the journal */
  before: readonly MeterBase[]
  own: readonly MeterBase[]
  after: readonly MeterBase[]
}

/** Decimal texts; `cumulative`: what the account had used in its month before this event, and with it. */
export interface PriceShare {
  quantity: string
  amount: string
  parts: RatedPart[]
  cumulative: { before: string; after: string }
  /** what the whole entry comes to by the same prices: another amount than was posted means that the prices were not the same */
  entry: { quantity: string; amount: string }
}

/**
 * What an event adds to its month's price: the price with it less the price before it. The shares of an entry's events, in their order, add up to the
 * entry's amount, exactly. Throws RangeError for a window outside of the account's period.
 */
export function priceShare(question: ShareQuestion): PriceShare {
  const { account, timeline, posted, window } = question
  const balance = accountBalance(account, timeline)
  for (const { window: earlierWindow, measured } of posted) {
    balance.load({ ...window, isExempt: false, window: earlierWindow }, scaledBases(measured))
  }
  const changes = [question.before, question.own, question.after].map((bases) =>
    balance.post(window, scaledBases(bases)),
  )
  const own = changes[1] as BalanceChange
  return {
    quantity: quantityText(own.quantity),
    amount: amountText(own.amount),
    parts: own.parts,
    cumulative: own.cumulative,
    entry: {
      quantity: quantityText(changes.reduce((sum, { quantity }) => sum + quantity, 0n)),
      amount: amountText(changes.reduce((sum, { amount }) => sum + amount, 0n)),
    },
  }
}
