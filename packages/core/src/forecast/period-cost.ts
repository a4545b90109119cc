import type { Instant } from '../kernel/index.ts'
import { type PriceSegment, priceSegments, ratingOf } from '../rating/index.ts'
import { later, type Window } from '../window/index.ts'
import type { Account, Day } from './usage-days.ts'

/** One account's period under its prices: how much falls to each of them, and what that costs. */
export interface PeriodCost {
  /** which price takes usage of that instant; -1 outside the period */
  segmentAt(at: Instant): number
  /** what was used in the period, by segment */
  usedUp(days: readonly Day[]): bigint[]
  /** at the scale of amounts; one quantity a segment */
  costOf(quantities: readonly bigint[]): bigint
  segments: readonly PriceSegment[]
}

/** `cut` of the running day falls to the period as far as it has elapsed: quantities hold what was used by then and no more. */
export function periodCost(account: Pick<Account, 'timeline' | 'net'>, period: Window): PeriodCost {
  const segments = priceSegments(account.timeline, period)
  const rating = ratingOf(segments.map(({ price }) => price))
  const segmentAt = (at: Instant) => segments.findIndex(({ start, end }) => start <= at && at < end)
  return {
    segments,
    segmentAt,
    usedUp: (days) => {
      const sums = segments.map(() => 0n)
      for (const [index, day] of days.entries()) {
        if (day.end <= period.start || day.start >= period.end) continue
        const segment = segmentAt(later(day.start, period.start))
        sums[segment] = (sums[segment] ?? 0n) + (account.net[index] ?? 0n)
      }
      return sums
    },
    costOf: (quantities) => {
      let amount = 0n
      for (const [place, { units }] of rating.partsOf(quantities)) amount += units * place.price
      return amount
    },
  }
}
