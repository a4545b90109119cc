import { AMOUNT_SCALE, divideHalfEven, PRICE_SCALE, type PriceVersion, scaledOf } from '../rating/index.ts'
import type { Window } from '../window/index.ts'

/** What can be added up. Quantities at the scale of quantities, money at AMOUNT_SCALE. */
export interface CostSums {
  quantity: bigint
  /** of it, what is charged for: neither within the allowance nor exempt nor without a price */
  billable: bigint
  amount: bigint
  /** what the allowance took off, at the price of the first units beyond it */
  saved: bigint
  /** of usage of earlier, closed months: billed in this one, and none of its usage */
  correction: bigint
  /** the amount as it was first posted, before anything was adjusted */
  first: bigint
}

export const NO_SUMS: CostSums = { quantity: 0n, billable: 0n, amount: 0n, saved: 0n, correction: 0n, first: 0n }

/** An account-window with all that is posted of it, or will be: the smallest piece that has an amount of its own. */
export interface CostCell {
  appId: string
  capability: string
  environment: string
  isExempt: boolean
  /** of a correction: the instant at which it was posted */
  window: Window
  sums: CostSums
  /** the price in force */
  price: PriceVersion | null
  isProvisional: boolean
  /** it was changed after it had been posted */
  isAdjusted: boolean
}

export function addSums(to: CostSums, more: CostSums): void {
  to.quantity += more.quantity
  to.billable += more.billable
  to.amount += more.amount
  to.saved += more.saved
  to.correction += more.correction
  to.first += more.first
}

/** How much of what was measured in a cell was used before an instant, in any one unit. */
export interface Used {
  used: bigint
  whole: bigint
}

/** Shares of an amount are cut at this many digits after the point; the last one takes what is left, so that they add up. */
const SHARE_SCALE = 48
const SHARE_UNIT = 10n ** BigInt(AMOUNT_SCALE - SHARE_SCALE)

/**
 * What of a cell belongs to the first `used` of the `whole` that was measured in it. An hour is charged as one; within it the units of the allowance
 * come first, and those that are charged share the amount alike. Nothing of nothing; all of all: pieces between cuts add up to the cell.
 */
export function shareOf(sums: CostSums, { used, whole }: Used): CostSums {
  if (used <= 0n || whole <= 0n) return NO_SUMS
  if (used >= whole) return sums
  const { quantity, billable } = sums
  const free = quantity - billable
  const part = divideHalfEven(quantity * used, whole)
  const alike = (amount: bigint) => cut(amount, used, whole)
  const correction = alike(sums.correction)
  // More was taken back than used, or it costs something without being charged for: no order to follow.
  if (quantity <= 0n || billable < 0n || free < 0n || (billable === 0n && sums.amount !== 0n)) {
    return {
      quantity: part,
      billable: divideHalfEven(billable * used, whole),
      amount: alike(sums.amount),
      saved: alike(sums.saved),
      correction,
      first: alike(sums.first),
    }
  }
  const charged = part > free ? part - free : 0n
  return {
    quantity: part,
    billable: charged,
    amount: billable === 0n ? 0n : cut(sums.amount, charged, billable),
    saved: free === 0n ? 0n : cut(sums.saved, part - charged, free),
    correction,
    first: billable === 0n ? 0n : cut(sums.first, charged, billable),
  }
}

function cut(amount: bigint, used: bigint, whole: bigint): bigint {
  return amount === 0n ? 0n : divideHalfEven(amount * used, whole * SHARE_UNIT) * SHARE_UNIT
}

/** What so much within the allowance would have cost, at the price of the first units beyond it; at AMOUNT_SCALE. `free` at the scale of quantities. */
export function savedBy(free: bigint, price: PriceVersion | null): bigint {
  if (price === null || free === 0n) return 0n
  const first = scaledOf(price.tiers?.tiers[0]?.price ?? price.price, PRICE_SCALE)
  const per = scaledOf(price.per, PRICE_SCALE)
  // quantity (30) × price (30) ÷ per (30) is at 30; SHARE_SCALE wants 18 more.
  return divideHalfEven(free * first * 10n ** BigInt(SHARE_SCALE - PRICE_SCALE), per) * SHARE_UNIT
}
