import { type Instant, parseInstant } from '../kernel/index.ts'
import { priceTimeline } from './price-timeline.ts'
import type { ListedPrice, PriceVersion } from './price-version.ts'

/** The public consumption price list that the demo uses, as far as its vectors need it. */
export const BOOK = 'book-public-2026'

export const LISTED: readonly ListedPrice[] = [
  listed('functions.duration', '2025-06-30T00:00:00Z', '100000', '0.000025', '1'),
  listed('functions.duration', '2026-06-29T00:00:00Z', '200000', '0.000025', '1', 2),
  listed('kvs.reads', '2025-06-30T00:00:00Z', '0.1', '0.055', '1'),
  listed('sql.requests', '2025-06-30T00:00:00Z', '100000', '1.929', '1000000'),
  listed('sql.stored', '2026-01-01T00:00:00Z', '730', '0.00076850', '1'),
  listed('objects.requests', '2026-01-01T00:00:00Z', '5000', '0.001353', '1000'),
]

export function instant(text: string): Instant {
  const read = parseInstant(text)
  if (!read.ok) throw new RangeError(text)
  return read.value
}

/** The capability's prices for a space that has had the book all the time. */
export function timelineOf(capabilityKey: string): PriceVersion[] {
  return priceTimeline({
    prices: LISTED.filter((price) => price.capabilityKey === capabilityKey),
    subscriptions: [{ bookId: BOOK, from: instant('2025-01-01T00:00:00Z'), to: null }],
  })
}

/** Half-open, of UTC: `monthOf('2026-06')`. */
export function monthOf(month: string): { start: Instant; end: Instant } {
  const [year = 0, number = 0] = month.split('-').map(Number)
  const next = number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`
  return { start: instant(`${month}-01T00:00:00Z`), end: instant(`${next}-01T00:00:00Z`) }
}

function listed(
  capabilityKey: string,
  from: string,
  allowance: string,
  price: string,
  per: string,
  version = 1,
): ListedPrice {
  const effectiveFrom = instant(from)
  return { bookId: BOOK, capabilityKey, version, effectiveFrom, allowance, price, per, packaging: 'exact', tiers: null }
}
