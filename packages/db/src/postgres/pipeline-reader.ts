import type { Instant } from '@meterbook/core/kernel'
import { microsOf } from './micros-of.ts'
import type { Pool } from './pool.ts'
import type { BilledSpace } from './statement-store.ts'

/** How far each stage of a shard is. Instants in microseconds; null: never. */
export interface ShardStages {
  shard: number
  /** Who owns the shard; null: nobody ever did. */
  owner: string | null
  epoch: bigint
  generation: bigint | null
  /** Everything before it was projected. */
  watermark: Instant | null
  /** Groups that are recorded and not done. */
  groupsOpen: number
  /** The oldest of them began then. */
  groupOpenSince: Instant | null
  /** Every window that ended by then is posted. */
  settledUntil: Instant | null
  settledAt: Instant | null
}

export async function readShardStages(pool: Pool): Promise<ShardStages[]> {
  const { rows } = await pool.query<StageRow>({
    name: 'pipeline-stages',
    text: `SELECT h.shard, o.worker_id AS owner, coalesce(o.epoch, 0) AS epoch, p.generation, ${microsOf('p.watermark')} AS watermark,
        ${microsOf('s.until')} AS settled_until, ${microsOf('s.updated_at')} AS settled_at, g.groups, ${microsOf('g.since')} AS since
      FROM journal_head h LEFT JOIN shard_owner o ON o.shard = h.shard LEFT JOIN projection_progress p ON p.shard = h.shard
      LEFT JOIN settlement_progress s ON s.shard = h.shard
      CROSS JOIN LATERAL (SELECT count(*)::int AS groups, min(opened_at) AS since FROM projection_group
        WHERE shard = h.shard AND first > coalesce(p.through, 0) AND done_at IS NULL) g
      ORDER BY h.shard`,
  })
  return rows.map((row) => ({
    shard: row.shard,
    owner: row.owner,
    epoch: BigInt(row.epoch),
    generation: instantOf(row.generation),
    watermark: instantOf(row.watermark),
    groupsOpen: row.groups,
    groupOpenSince: instantOf(row.since),
    settledUntil: instantOf(row.settled_until),
    settledAt: instantOf(row.settled_at),
  }))
}

/** Every developer space that pays, archived ones last: their last months have to be closed too. */
export async function listBilledSpaces(pool: Pool): Promise<BilledSpace[]> {
  const { rows } = await pool.query<BilledSpace>(
    `SELECT id, slug, name, currency, billing_zone AS "billingZone" FROM developer_space ORDER BY archived_at IS NOT NULL, slug`,
  )
  return rows
}

interface StageRow {
  shard: number
  owner: string | null
  epoch: string
  generation: string | null
  watermark: string | null
  settled_until: string | null
  settled_at: string | null
  groups: number
  since: string | null
}

function instantOf(text: string | null): bigint | null {
  return text === null ? null : BigInt(text)
}
