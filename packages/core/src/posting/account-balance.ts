import type { Instant } from '../kernel/index.ts'
import {
  differenceOf,
  NO_PARTS,
  type PartSums,
  type PriceSegment,
  type PriceVersion,
  priceSegments,
  quantityText,
  type RatedPart,
  type Rating,
  ratingOf,
} from '../rating/index.ts'
import type { Window } from '../window/index.ts'
import type { Account, AccountWindow } from './account.ts'
import { addBases, type BaseTotals, quantityOf, type ScaledBase } from './measured-base.ts'

/** What one more posting does to an account: `quantity` at the scale of quantities, `amount` at AMOUNT_SCALE, the rest as an entry has it. */
export interface BalanceChange {
  quantity: bigint
  amount: bigint
  parts: RatedPart[]
  cumulative: { before: string; after: string }
}

/** What an account used so far in its period, and what that costs, one account-window after the other. */
export interface AccountBalance {
  /** Takes in what was posted, without asking what each step costs. */
  load(window: AccountWindow, bases: readonly ScaledBase[]): void
  /** Takes in a difference and says what it changes. */
  post(window: AccountWindow, bases: readonly ScaledBase[]): BalanceChange
  /** what was used, without what is exempt; scaled */
  quantity(): bigint
  /** what all of it costs, at AMOUNT_SCALE */
  amount(): bigint
  segmentAt(window: AccountWindow): PriceSegment
}

/**
 * Exempt usage is counted apart: it costs nothing and takes no allowance. All environments are counted together. Throws RangeError for a window
 * that does not begin in the account's period.
 */
export function accountBalance(
  account: Account,
  timeline: readonly PriceVersion[],
  known?: KnownRatings,
): AccountBalance {
  const { segments, rating } = periodRating(account.period, timeline, known)
  const totals: BaseTotals[] = segments.map(() => new Map())
  const quantities = segments.map(() => 0n)
  const exemptTotals: BaseTotals = new Map()
  const sums = { charged: 0n, exempt: 0n }
  let parts: PartSums = NO_PARTS
  // What was loaded is divided and rated when somebody asks, once.
  const stale = new Set<number>()

  const indexOf = ({ window }: AccountWindow): number => {
    const index = segments.findIndex(({ start, end }) => start <= window.start && window.start < end)
    if (index < 0) throw new RangeError(`expected a window of app ${account.appId} within its billing period`)
    return index
  }
  const refresh = (): void => {
    if (stale.size === 0) return
    for (const index of stale) quantities[index] = quantityOf(totals[index] as BaseTotals)
    stale.clear()
    sums.charged = quantities.reduce((sum, quantity) => sum + quantity, 0n)
    sums.exempt = quantityOf(exemptTotals)
    parts = rating.partsOf(quantities)
  }
  const load = (window: AccountWindow, bases: readonly ScaledBase[]): void => {
    const index = indexOf(window)
    addBases(window.isExempt ? exemptTotals : (totals[index] as BaseTotals), bases)
    stale.add(index)
  }

  return {
    load,
    post(window, bases) {
      refresh()
      const before = { parts, quantity: window.isExempt ? sums.exempt : sums.charged }
      load(window, bases)
      refresh()
      const after = window.isExempt ? sums.exempt : sums.charged
      const quantity = after - before.quantity
      const rated = window.isExempt ? { parts: exemptParts(quantity), amount: 0n } : differenceOf(before.parts, parts)
      return { quantity, ...rated, cumulative: { after: quantityText(after), before: quantityText(before.quantity) } }
    },
    quantity() {
      refresh()
      return sums.charged
    },
    amount() {
      refresh()
      return differenceOf(NO_PARTS, parts).amount
    },
    segmentAt: (window) => segments[indexOf(window)] as PriceSegment,
  }
}

/** What many accounts have in common: the prices of a period, by timeline and the period's start. Only saves work. */
export type KnownRatings = Map<readonly PriceVersion[], Map<Instant, PeriodRating>>

interface PeriodRating {
  segments: PriceSegment[]
  rating: Rating
}

function periodRating(
  period: Window,
  timeline: readonly PriceVersion[],
  known: KnownRatings = new Map(),
): PeriodRating {
  const periods = known.get(timeline) ?? new Map<Instant, PeriodRating>()
  const found = periods.get(period.start)
  if (found !== undefined) return found
  const segments = priceSegments(timeline, period)
  const made = { segments, rating: ratingOf(segments.map(({ price }) => price)) }
  known.set(timeline, periods.set(period.start, made))
  return made
}

function exemptParts(quantity: bigint): RatedPart[] {
  if (quantity === 0n) return []
  const place = { priceBook: null, version: null, tier: 'exempt', unitPrice: null, per: null } as const
  return [{ ...place, quantity: quantityText(quantity), units: '0', amount: '0' }]
}
