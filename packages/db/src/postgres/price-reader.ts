import type { Instant } from '@meterbook/core/kernel'
import { microsOf } from './micros-of.ts'
import type { Pool } from './pool.ts'

/** One version of a price: `price` for `per` units, from an instant on, in its book's currency. Exact decimal texts. */
export interface StoredPrice {
  capabilityKey: string
  effectiveFrom: Instant
  price: string
  per: string
  /** The price depends on the quantity of the month: a single event has none. */
  isTiered: boolean
}

export interface StoredPriceBook {
  id: string
  slug: string
  currency: string
  prices: StoredPrice[]
}

export interface StoredSubscription {
  spaceId: string
  priceBookId: string
  from: Instant
  to: Instant | null
}

/** Every price book with its prices, and which space has which one when. */
export async function readPrices(
  pool: Pool,
): Promise<{ books: StoredPriceBook[]; subscriptions: StoredSubscription[] }> {
  const [books, prices, subscriptions] = await Promise.all([
    pool.query<{ id: string; slug: string; currency: string }>(
      'SELECT id, slug, currency FROM price_book ORDER BY slug',
    ),
    pool.query<{
      price_book_id: string
      capability_key: string
      effective: string
      price: string
      per: string
      is_tiered: boolean
    }>(
      `SELECT price_book_id, capability_key, ${microsOf('effective_from')} AS effective, trim_scale(price)::text AS price,
         trim_scale(per)::text AS per, tiers IS NOT NULL AS is_tiered FROM price ORDER BY capability_key, effective_from, version`,
    ),
    pool.query<{ space_id: string; price_book_id: string; effective: string; ended: string | null }>(
      `SELECT space_id, price_book_id, ${microsOf('effective_from')} AS effective, ${microsOf('effective_to')} AS ended FROM subscription`,
    ),
  ])
  return {
    books: books.rows.map((book) => ({
      ...book,
      prices: prices.rows
        .filter((row) => row.price_book_id === book.id)
        .map((row) => ({
          capabilityKey: row.capability_key,
          effectiveFrom: BigInt(row.effective),
          price: row.price,
          per: row.per,
          isTiered: row.is_tiered,
        })),
    })),
    subscriptions: subscriptions.rows.map((row) => ({
      spaceId: row.space_id,
      priceBookId: row.price_book_id,
      from: BigInt(row.effective),
      to: row.ended === null ? null : BigInt(row.ended),
    })),
  }
}
