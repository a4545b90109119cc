import type { Instant } from '../kernel/index.ts'
import { earlier, later, type Window } from '../window/index.ts'
import type { BookSubscription, ListedPrice, PriceVersion } from './price-version.ts'

/**
 * The prices of one capability as they are in force for one space: its subscriptions, each with the versions of its book, cut where the
 * subscription begins and ends. Ascending, without overlap; where there is no price there is a gap. A subscription that was renewed under the same
 * version makes no cut: nothing changed. Two versions of a book that begin together: the
 * higher number stands. Throws RangeError for prices of several capabilities, or subscriptions that overlap.
 */
export function priceTimeline(input: {
  prices: readonly ListedPrice[]
  subscriptions: readonly BookSubscription[]
}): PriceVersion[] {
  const capabilities = new Set(input.prices.map(({ capabilityKey }) => capabilityKey))
  if (capabilities.size > 1) throw new RangeError(`expected prices of one capability, found ${[...capabilities]}`)
  const timeline: PriceVersion[] = []
  for (const subscription of [...input.subscriptions].sort(byFrom)) {
    for (const { price, to } of versionsOf(subscription.bookId, input.prices)) {
      const from = later(price.effectiveFrom, subscription.from)
      const until = earliestEnd(to, subscription.to)
      if (until !== null && until <= from) continue
      const last = timeline.at(-1)
      if (last !== undefined && (last.to === null || last.to > from)) {
        throw new RangeError(`expected one subscription at a time, found two that hold price book ${price.bookId}`)
      }
      const isRenewed = last?.to === from && last.bookId === price.bookId && last.version === price.version
      if (isRenewed) last.to = until
      else timeline.push({ ...price, from, to: until })
    }
  }
  return timeline
}

/** The price in force at that instant; null if there is none. */
export function priceAt(timeline: readonly PriceVersion[], at: Instant): PriceVersion | null {
  return timeline.find(({ from, to }) => from <= at && (to === null || at < to)) ?? null
}

/** A stretch of time under one price, or under none. */
export interface PriceSegment extends Window {
  price: PriceVersion | null
}

/** The segments that tile a period, in time order: settlement windows are cut where one begins. */
export function priceSegments(timeline: readonly PriceVersion[], period: Window): PriceSegment[] {
  const segments: PriceSegment[] = []
  let at = period.start
  for (const price of timeline) {
    const start = later(price.from, period.start)
    const end = price.to === null ? period.end : earlier(price.to, period.end)
    if (start >= end) continue
    if (at < start) segments.push({ start: at, end: start, price: null })
    segments.push({ start, end, price })
    at = end
  }
  if (at < period.end) segments.push({ start: at, end: period.end, price: null })
  return segments
}

/** The versions of one book with the end of each, oldest first. */
function versionsOf(bookId: string, prices: readonly ListedPrice[]): { price: ListedPrice; to: Instant | null }[] {
  const listed = prices
    .filter((price) => price.bookId === bookId)
    .sort((a, b) =>
      a.effectiveFrom === b.effectiveFrom ? b.version - a.version : a.effectiveFrom < b.effectiveFrom ? -1 : 1,
    )
  const standing = listed.filter((price, index) => price.effectiveFrom !== listed[index - 1]?.effectiveFrom)
  return standing.map((price, index) => ({ price, to: standing[index + 1]?.effectiveFrom ?? null }))
}

function earliestEnd(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null || b === null) return a ?? b
  return earlier(a, b)
}

function byFrom(a: { from: Instant }, b: { from: Instant }): number {
  return a.from < b.from ? -1 : a.from > b.from ? 1 : 0
}
