import pg from 'pg'
import type { Pool } from './pool.ts'

/** The first half of the two-part advisory lock that guards a shard's projection. */
const PROJECTION_LOCK = 77_001

const CONNECT_TIMEOUT_MS = 5_000

/** This process was replaced as the owner of the shard: it must stop at once and forget what it knows. */
export class ShardLost extends Error {
  readonly code = 'shard_lost'
}

export interface ShardOwnership {
  shard: number
  epoch: bigint
  /** Settles when the session that holds the lock ends, for whatever reason. */
  lost: Promise<void>
  release(): Promise<void>
}

/**
 * Takes a shard, or null if another process holds it. The advisory lock lives on a session of its own: Postgres frees it the moment
 * the owner dies, and not before. The epoch is the fence behind it: a frozen owner that wakes up finds its writes refused.
 */
export async function takeShard(input: {
  url: string
  shard: number
  workerId: string
}): Promise<ShardOwnership | null> {
  const session = new pg.Client({
    connectionString: input.url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: `meterbook-shard-${input.shard}`,
    keepAlive: true,
  })
  const lost = new Promise<void>((resolve) => {
    session.on('error', () => resolve())
    session.on('end', () => resolve())
  })
  await session.connect()
  try {
    const lock = await session.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS taken', [
      PROJECTION_LOCK,
      input.shard,
    ])
    if (lock.rows[0]?.taken !== true) {
      await session.end()
      return null
    }
    const owner = await session.query<{ epoch: string }>(
      `INSERT INTO shard_owner AS o (shard, epoch, worker_id, taken_at) VALUES ($1, 1, $2, now())
       ON CONFLICT (shard) DO UPDATE SET epoch = o.epoch + 1, worker_id = excluded.worker_id, taken_at = excluded.taken_at
       RETURNING epoch`,
      [input.shard, input.workerId],
    )
    return { shard: input.shard, epoch: BigInt(owner.rows[0]?.epoch ?? 0), lost, release: () => session.end() }
  } catch (error) {
    await session.end().catch(() => undefined)
    throw error
  }
}

/** The unit of retry, as recorded before its first insert. */
export interface ProjectionGroup {
  shard: number
  first: bigint
  last: bigint
  catalogueRevision: bigint
  measureVersion: number
}

/** Groups that were opened and not finished, oldest first: at most two, and they go before anything new. */
export async function listOpenGroups(pool: Pool, shard: number): Promise<ProjectionGroup[]> {
  const { rows } = await pool.query<{
    first: string
    last: string
    catalogue_revision: string
    measure_version: number
  }>(
    'SELECT first, last, catalogue_revision, measure_version FROM projection_group WHERE shard = $1 AND done_at IS NULL ORDER BY first',
    [shard],
  )
  return rows.map((row) => ({
    shard,
    first: BigInt(row.first),
    last: BigInt(row.last),
    catalogueRevision: BigInt(row.catalogue_revision),
    measureVersion: row.measure_version,
  }))
}

/** The last journal number that any group covers, done or open; 0 before the first. */
export async function lastGrouped(pool: Pool, shard: number): Promise<bigint> {
  const { rows } = await pool.query<{ last: string }>(
    'SELECT coalesce(max(last), 0) AS last FROM projection_group WHERE shard = $1 AND first = (SELECT max(first) FROM projection_group WHERE shard = $1)',
    [shard],
  )
  return BigInt(rows[0]?.last ?? 0)
}

/** Records a group, only as the shard's present owner and only where the last one ended. Throws ShardLost otherwise. */
export async function openGroup(pool: Pool, input: { group: ProjectionGroup; epoch: bigint }): Promise<void> {
  const { group, epoch } = input
  const result = await pool.query({
    name: 'projection-open',
    text: `INSERT INTO projection_group (shard, first, last, catalogue_revision, measure_version, epoch)
      SELECT $1::smallint, $2::bigint, $3::bigint, $4::bigint, $5::int, $6::bigint
      FROM (SELECT epoch FROM shard_owner WHERE shard = $1::smallint FOR SHARE) owner
      WHERE owner.epoch = $6::bigint
        AND $2::bigint = 1 + coalesce((SELECT last FROM projection_group WHERE shard = $1::smallint ORDER BY first DESC LIMIT 1), 0)`,
    values: [
      group.shard,
      group.first.toString(),
      group.last.toString(),
      group.catalogueRevision.toString(),
      group.measureVersion,
      epoch.toString(),
    ],
  })
  if (result.rowCount !== 1)
    throw new ShardLost(
      `shard ${group.shard}: group ${group.first} was refused: another owner, or not where the last one ended`,
    )
}

/** Marks a group as written, after both of its inserts returned. Throws ShardLost if the shard has another owner. */
export async function closeGroup(pool: Pool, input: { shard: number; first: bigint; epoch: bigint }): Promise<void> {
  const result = await pool.query({
    name: 'projection-close',
    text: `UPDATE projection_group SET done_at = now()
      FROM (SELECT epoch FROM shard_owner WHERE shard = $1::smallint FOR SHARE) owner
      WHERE projection_group.shard = $1::smallint AND first = $2::bigint AND owner.epoch = $3::bigint`,
    values: [input.shard, input.first.toString(), input.epoch.toString()],
  })
  if (result.rowCount !== 1)
    throw new ShardLost(`shard ${input.shard}: closing group ${input.first} was refused: another owner`)
}

/** How far a shard's projection is behind its journal. */
export interface ShardLag {
  shard: number
  /** The last number of the journal; 0 while it is empty. */
  journaled: bigint
  /** The last number whose group is done, and everything before it. */
  projected: bigint
  /** Receipt of the oldest batch that is not projected; null if there is none. Microseconds since the epoch. */
  waitingSince: bigint | null
}

export async function readShardLags(pool: Pool): Promise<ShardLag[]> {
  const { rows } = await pool.query<{
    shard: number
    journaled: string
    projected: string
    waiting_since: string | null
  }>({
    name: 'projection-lags',
    text: `SELECT h.shard, h.next - 1 AS journaled, p.projected,
        (SELECT trunc(extract(epoch FROM b.received_at) * 1000000)::bigint FROM journal_batch b
          WHERE b.shard = h.shard AND b.number = p.projected + 1) AS waiting_since
      FROM journal_head h CROSS JOIN LATERAL (
        SELECT coalesce(
          (SELECT min(first) - 1 FROM projection_group g WHERE g.shard = h.shard AND done_at IS NULL),
          (SELECT last FROM projection_group g WHERE g.shard = h.shard ORDER BY first DESC LIMIT 1),
          0) AS projected
      ) p ORDER BY h.shard`,
  })
  return rows.map((row) => ({
    shard: row.shard,
    journaled: BigInt(row.journaled),
    projected: BigInt(row.projected),
    waitingSince: row.waiting_since === null ? null : BigInt(row.waiting_since),
  }))
}

/** Shards that a living process owns now: its session holds the lock. A frozen process still holds it; its lag gives it away. */
export async function countOwnedShards(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>({
    name: 'projection-owned',
    text: `SELECT count(DISTINCT objid)::int AS count FROM pg_locks
      WHERE locktype = 'advisory' AND classid = $1 AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    values: [PROJECTION_LOCK],
  })
  return rows[0]?.count ?? 0
}
