import type { GapFacts } from '@meterbook/core/attribution'
import { readRightFacts } from './catalogue-acts/entitlement-acts.ts'
import { microsOf } from './micros-of.ts'
import type { Pool } from './pool.ts'

/**
 * What gaps of the catalogue are found by. An app is since it was first owned, or made where it never was; before that nothing of it
 * is missing. Until it was archived.
 */
export async function readGapFacts(pool: Pool): Promise<GapFacts> {
  const apps = await pool.query<{ id: string; since: string; until: string | null }>(
    `SELECT a.id, ${microsOf('coalesce(min(o.effective_from), a.created_at)')} AS since, ${microsOf('a.archived_at')} AS until
     FROM app a LEFT JOIN app_ownership o ON o.app_id = a.id GROUP BY a.id`,
  )
  const [rights, books, prices, versions] = await Promise.all([
    readRightFacts(
      pool,
      apps.rows.map(({ id }) => id),
    ),
    pool.query<{ id: string; price_book_id: string }>('SELECT id, price_book_id FROM subscription'),
    pool.query<{ price_book_id: string; capability_key: string; begins: string }>(
      `SELECT price_book_id, capability_key, ${microsOf('min(effective_from)')} AS begins FROM price GROUP BY 1, 2`,
    ),
    pool.query<{ slug: string; capability_key: string; begins: string; event_type: string }>(
      `SELECT m.slug, m.capability_key, ${microsOf('v.effective_from')} AS begins, v.event_type
       FROM meter m JOIN meter_version v ON v.meter_id = m.id ORDER BY m.slug, v.version`,
    ),
  ])
  const bookOf = new Map(books.rows.map(({ id, price_book_id }) => [id, price_book_id]))
  return {
    apps: apps.rows.map(({ id, since, until }) => ({
      id,
      since: BigInt(since),
      until: until === null ? null : BigInt(until),
    })),
    ...rights,
    subscriptions: rights.subscriptions.map((row) => ({ ...row, priceBookId: bookOf.get(row.id) ?? '' })),
    prices: prices.rows.map((row) => {
      return { priceBookId: row.price_book_id, capabilityKey: row.capability_key, from: BigInt(row.begins) }
    }),
    meters: [...Map.groupBy(versions.rows, ({ slug }) => slug)].map(([slug, ofMeter]) => ({
      slug,
      capabilityKey: ofMeter[0]?.capability_key ?? '',
      versions: ofMeter.map((row) => ({ from: BigInt(row.begins), eventType: row.event_type })),
    })),
  }
}
