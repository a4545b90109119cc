import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { SETTLEMENT_LOCK } from './advisory-locks.ts'
import { type HeldLock, takeLock } from './held-lock.ts'
import { microsOf } from './micros-of.ts'
import type { Pool, PoolClient } from './pool.ts'

/** Becomes the one that settles a shard, or null if another is. Freed by Postgres the moment the process dies. */
export function takeSettlement({ url, shard }: { url: string; shard: number }): Promise<HeldLock | null> {
  return takeLock({ url, name: `meterbook-settle-${shard}`, lock: [SETTLEMENT_LOCK, shard] })
}

/** How far a shard is settled: every window that ended at or before `until`, as of the journal number `through`. */
export interface SettlementProgress {
  through: bigint
  /** on an hour of UTC, microseconds; null: nothing was ever settled */
  until: Instant | null
}

/** Where a shard stands, read in one statement: what was read first cannot be ahead of what is read after. */
export interface SettlementStand {
  shard: number
  generation: bigint
  /** The last journal number projected, and everything before it. */
  projected: bigint
  watermark: Instant | null
  /** Nothing of the journal waits to be projected. */
  isIdle: boolean
  /** Tables are being made anew, or old groups replayed. */
  isRebuilding: boolean
  settled: SettlementProgress
  /** When it was last settled, by the clock of Postgres; null: never. */
  settledAt: Instant | null
}

/** null: the shard was never projected. */
export async function readSettlementStand(pool: Pool, shard: number): Promise<SettlementStand | null> {
  const { rows } = await pool.query<{
    generation: string
    projected: string
    watermark: string | null
    is_idle: boolean
    is_rebuilding: boolean
    through: string
    until: string | null
    settled_at: string | null
  }>({
    name: 'settlement-stand',
    text: `SELECT p.generation, p.through AS projected, ${microsOf('p.watermark')} AS watermark,
        p.through >= coalesce(h.next - 1, 0) AS is_idle, p.through < p.replay_through OR p.generation <> ${NEWEST_GENERATION} AS is_rebuilding,
        coalesce(s.through, 0) AS through, ${microsOf('s.until')} AS until, ${microsOf('s.updated_at')} AS settled_at
      FROM projection_progress p LEFT JOIN journal_head h ON h.shard = p.shard LEFT JOIN settlement_progress s ON s.shard = p.shard
      WHERE p.shard = $1`,
    values: [shard],
  })
  const [row] = rows
  if (row === undefined) return null
  return {
    shard,
    generation: BigInt(row.generation),
    projected: BigInt(row.projected),
    watermark: row.watermark === null ? null : BigInt(row.watermark),
    isIdle: row.is_idle,
    isRebuilding: row.is_rebuilding,
    settled: { through: BigInt(row.through), until: row.until === null ? null : BigInt(row.until) },
    settledAt: row.settled_at === null ? null : BigInt(row.settled_at),
  }
}

/** A rebuild says so here before it drops a table: what was read while this stood still was read of whole tables. */
const NEWEST_GENERATION = '(SELECT max(generation) FROM projection_generation)'

/** What was read to be posted is of another time: somebody else settles the shard now, or its tables were dropped. Ends the step; the next one reads anew. */
export class StaleSettlement extends Error {
  override name = 'StaleSettlement'
}

/**
 * To be asked in the transaction that posts, under the lock of the ledger's head: whoever took the shard over before waits for that lock, and sees what is
 * posted; whoever takes it over after has not read yet. `pid`: of the session that holds the settlement lock; null: nobody else can settle.
 */
export async function refuseStale(
  client: PoolClient,
  input: { shard: number; generation: bigint; pid: number | null },
): Promise<void> {
  const { rows } = await client.query<{ is_ours: boolean; is_whole: boolean }>({
    name: 'settlement-fence',
    text: `SELECT $3::bigint = ${NEWEST_GENERATION} AS is_whole,
        $4::int IS NULL OR EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND pid = $4::int AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS is_ours`,
    values: [SETTLEMENT_LOCK, input.shard, input.generation.toString(), input.pid],
  })
  if (rows[0]?.is_whole !== true) throw new StaleSettlement(`shard ${input.shard}: the projection was begun anew`)
  if (!rows[0].is_ours) throw new StaleSettlement(`shard ${input.shard}: another process settles it now`)
}

/**
 * Moves a shard's settlement on, after all of its entries are committed. False if it did not stand where the caller found it: somebody else
 * settled meanwhile, and what was posted in between is in the ledger all the same.
 */
export async function writeSettlementProgress(
  pool: Pool,
  input: { shard: number; generation: bigint; from: SettlementProgress; to: { through: bigint; until: Instant } },
): Promise<boolean> {
  const { shard, generation, from, to } = input
  const result = await pool.query({
    name: 'settlement-progress',
    text: `INSERT INTO settlement_progress AS s (shard, generation, through, until) SELECT $1::smallint, $2::bigint, $3::bigint, $4::timestamptz WHERE $2::bigint = ${NEWEST_GENERATION}
      ON CONFLICT (shard) DO UPDATE SET generation = excluded.generation, through = excluded.through, until = excluded.until, updated_at = now()
      WHERE s.through = $5 AND s.until IS NOT DISTINCT FROM $6::timestamptz AND s.through <= excluded.through AND (s.until IS NULL OR s.until <= excluded.until)`,
    values: [
      shard,
      generation.toString(),
      to.through.toString(),
      formatInstant(to.until),
      from.through.toString(),
      from.until === null ? null : formatInstant(from.until),
    ],
  })
  return result.rowCount === 1
}

/** The apps of a shard, ascending by id. */
export async function listShardApps(pool: Pool, shard: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'settlement-apps',
    text: 'SELECT id FROM app WHERE shard = $1 ORDER BY id',
    values: [shard],
  })
  return rows.map(({ id }) => id)
}

/** The journal numbers of operators' acts after one number and up to another, ascending. */
export async function listActs(
  pool: Pool,
  input: { shard: number; after: bigint; through: bigint },
): Promise<bigint[]> {
  const { rows } = await pool.query<{ number: string }>({
    name: 'settlement-acts',
    text: 'SELECT number FROM journal_batch WHERE shard = $1 AND number > $2 AND number <= $3 AND kind = 1 ORDER BY number',
    values: [input.shard, input.after.toString(), input.through.toString()],
  })
  return rows.map(({ number }) => BigInt(number))
}
