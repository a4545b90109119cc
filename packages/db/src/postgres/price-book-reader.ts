import type { Instant } from '@meterbook/core/kernel'
import { microsOf } from './micros-of.ts'
import type { Pool } from './pool.ts'

export interface NamedPriceBook {
  id: string
  slug: string
  name: string
  currency: string
}

export async function listPriceBooks(pool: Pool): Promise<NamedPriceBook[]> {
  const { rows } = await pool.query<NamedPriceBook>('SELECT id, slug, name, currency FROM price_book ORDER BY slug')
  return rows
}

/** A space that has, had or will have a price book, [from, to). */
export interface SpaceSubscription {
  id: string
  priceBookId: string
  space: { id: string; slug: string; name: string; currency: string }
  from: Instant
  to: Instant | null
}

/** Every subscription there is, by space and time; one that ended where it began never was. */
export async function listSubscriptions(pool: Pool): Promise<SpaceSubscription[]> {
  const { rows } = await pool.query<{
    id: string
    price_book_id: string
    space_id: string
    slug: string
    name: string
    currency: string
    begins: string
    ends: string | null
  }>(
    `SELECT s.id, s.price_book_id, s.space_id, d.slug, d.name, d.currency, ${microsOf('s.effective_from')} AS begins,
       ${microsOf('s.effective_to')} AS ends
     FROM subscription s JOIN developer_space d ON d.id = s.space_id
     WHERE s.effective_to IS NULL OR s.effective_from < s.effective_to ORDER BY d.slug, s.effective_from`,
  )
  return rows.map((row) => ({
    id: row.id,
    priceBookId: row.price_book_id,
    space: { id: row.space_id, slug: row.slug, name: row.name, currency: row.currency },
    from: BigInt(row.begins),
    to: row.ends === null ? null : BigInt(row.ends),
  }))
}

/** Spaces in use, for whoever gives them a price book or rights. */
export async function listSpaceNames(pool: Pool): Promise<SpaceSubscription['space'][]> {
  const { rows } = await pool.query<SpaceSubscription['space']>(
    'SELECT id, slug, name, currency FROM developer_space WHERE archived_at IS NULL ORDER BY slug',
  )
  return rows
}
