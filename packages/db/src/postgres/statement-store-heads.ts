import type { Instant } from '@meterbook/core/kernel'
import { microsOf } from './micros-of.ts'
import type { Pool } from './pool.ts'

/** The end of a chain, and when its last entry was posted. hash: 64 hex digits. */
export interface PostedHead {
  spaceId: string
  sequence: bigint
  hash: string
  postedAt: Instant
}

/** A page of the heads of the chains that have entries, by space. */
export async function listPostedHeads(
  pool: Pool,
  { offset, limit }: { offset: number; limit: number },
): Promise<PostedHead[]> {
  const { rows } = await pool.query<{ space_id: string; sequence: string; hash: string; posted_at: string }>({
    name: 'ledger-posted-heads',
    text: `SELECT h.space_id, h.sequence, encode(h.hash, 'hex') AS hash, ${microsOf('e.posted_at')} AS posted_at
      FROM ledger_head h JOIN ledger_entry e ON e.space_id = h.space_id AND e.sequence = h.sequence
      ORDER BY h.space_id OFFSET $1 LIMIT $2`,
    values: [offset, limit],
  })
  return rows.map((row) => ({
    spaceId: row.space_id,
    sequence: BigInt(row.sequence),
    hash: row.hash,
    postedAt: BigInt(row.posted_at),
  }))
}
