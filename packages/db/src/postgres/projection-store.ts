import { formatInstant } from '@meterbook/core/kernel'
import { PROJECTION_LOCK } from './advisory-locks.ts'
import { takeLock } from './held-lock.ts'
import { microsOf } from './micros-of.ts'
import type { Pool } from './pool.ts'

/** This process was replaced as the owner of the shard: it must stop at once and forget what it knows. */
export class ShardLost extends Error {
  readonly code = 'shard_lost'
}

export interface ShardOwnership {
  shard: number
  epoch: bigint
  /** The generation of the projections that this owner writes. */
  generation: bigint
  /** Settles when the session that holds the lock ends, for whatever reason. */
  lost: Promise<void>
  release(): Promise<void>
}

/**
 * Takes a shard, or null if another process holds it, or while a rebuild drops the tables. The advisory lock lives on a session of its own: Postgres frees it the moment
 * the owner dies, and not before. The epoch is the fence behind it: a frozen owner that wakes up finds its writes refused.
 */
export async function takeShard(input: {
  url: string
  shard: number
  workerId: string
}): Promise<ShardOwnership | null> {
  const { url, shard, workerId } = input
  const held = await takeLock({ url, name: `meterbook-shard-${shard}`, lock: [PROJECTION_LOCK, shard] })
  if (held === null) return null
  const { session, lost, release } = held
  try {
    const owner = await session.query<{ epoch: string; generation: string }>(TAKE, [shard, workerId])
    const [row] = owner.rows
    if (row === undefined) {
      await session.end()
      return null
    }
    await session.query(
      'INSERT INTO projection_progress (shard, generation) VALUES ($1, $2) ON CONFLICT (shard) DO NOTHING',
      [shard, row.generation],
    )
    return {
      shard,
      epoch: BigInt(row.epoch),
      generation: BigInt(row.generation),
      lost,
      release,
    }
  } catch (error) {
    await session.end().catch(() => undefined)
    throw error
  }
}

/** A rebuild that drops the tables lets nobody own a shard. */
const TAKE = `INSERT INTO shard_owner AS o (shard, epoch, worker_id, taken_at)
  SELECT $1::smallint, 1, $2, now() FROM (SELECT dropped_at FROM projection_generation ORDER BY generation DESC LIMIT 1) newest
  WHERE newest.dropped_at IS NOT NULL
  ON CONFLICT (shard) DO UPDATE SET epoch = o.epoch + 1, worker_id = excluded.worker_id, taken_at = excluded.taken_at
  RETURNING epoch, (SELECT max(generation) FROM projection_generation) AS generation`

/** Whether an owner is still the one: a rebuild and a successor raise the epoch. */
export async function isOwner(pool: Pool, ownership: Pick<ShardOwnership, 'shard' | 'epoch'>): Promise<boolean> {
  const { rows } = await pool.query<{ epoch: string }>({
    name: 'projection-owner',
    text: 'SELECT epoch FROM shard_owner WHERE shard = $1',
    values: [ownership.shard],
  })
  return BigInt(rows[0]?.epoch ?? 0) === ownership.epoch
}

/** The unit of retry, as recorded before its first insert. */
export interface ProjectionGroup {
  shard: number
  first: bigint
  last: bigint
  catalogueRevision: bigint
  measureVersion: number
}

/** How far a shard's projection has come in its generation. */
export interface ProjectionProgress {
  /** The last number projected, and everything before it. */
  through: bigint
  /** Up to here the groups recorded in an earlier generation are replayed. */
  replayThrough: bigint
  /** How much of them is taken together at most, fixed when the rebuild began: a retry must end where the first try did. */
  replayEventsMax: number
  replayBatchesMax: number
  watermark: bigint | null
}

/** Throws ShardLost if the shard is in another generation. */
export async function readProgress(
  pool: Pool,
  { shard, generation }: Pick<ShardOwnership, 'shard' | 'generation'>,
): Promise<ProjectionProgress> {
  const { rows } = await pool.query<{
    through: string
    replay_through: string
    replay_events_max: number
    replay_batches_max: number
    watermark: string | null
  }>(
    `SELECT through, replay_through, replay_events_max, replay_batches_max, ${microsOf('watermark')} AS watermark FROM projection_progress WHERE shard = $1 AND generation = $2`,
    [shard, generation.toString()],
  )
  const [row] = rows
  if (row === undefined) throw new ShardLost(`shard ${shard}: expected generation ${generation}, found another`)
  return {
    through: BigInt(row.through),
    replayThrough: BigInt(row.replay_through),
    replayEventsMax: row.replay_events_max,
    replayBatchesMax: row.replay_batches_max,
    watermark: row.watermark === null ? null : BigInt(row.watermark),
  }
}

/** Recorded groups that begin after a journal number, in order: open ones, and those that a rebuild replays. */
export async function listGroups(
  pool: Pool,
  input: { shard: number; after: bigint; limit: number },
): Promise<ProjectionGroup[]> {
  const { shard } = input
  const { rows } = await pool.query<{
    first: string
    last: string
    catalogue_revision: string
    measure_version: number
  }>({
    name: 'projection-groups',
    text: 'SELECT first, last, catalogue_revision, measure_version FROM projection_group WHERE shard = $1 AND first > $2 ORDER BY first LIMIT $3',
    values: [shard, input.after.toString(), input.limit],
  })
  return rows.map((row) => ({
    shard,
    first: BigInt(row.first),
    last: BigInt(row.last),
    catalogueRevision: BigInt(row.catalogue_revision),
    measureVersion: row.measure_version,
  }))
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

/** What was written: one group, or in a replay several recorded ones in a row. */
export interface WrittenGroup {
  shard: number
  first: bigint
  last: bigint
  events: number
  watermark: bigint | null
  /** By core's GROUP_STEPS: so many microseconds ago its work reached each step. Absent where nobody noted it. */
  stepsBefore?: readonly number[]
}

/**
 * Marks a group as written, after all of its inserts returned, and moves the shard's progress past it. Throws ShardLost if the shard has
 * another owner or generation, or was not where this group begins.
 */
export async function closeGroup(
  pool: Pool,
  input: { group: WrittenGroup; ownership: Pick<ShardOwnership, 'epoch' | 'generation'> },
): Promise<void> {
  const { group, ownership } = input
  const result = await pool.query({
    name: 'projection-close',
    text: `WITH owner AS (SELECT epoch FROM shard_owner WHERE shard = $1::smallint FOR SHARE),
      moved AS (
        UPDATE projection_progress SET through = $3::bigint, events = events + $4::bigint, updated_at = now(),
          watermark = greatest(watermark, $5::timestamptz)
        FROM owner
        WHERE shard = $1::smallint AND through = $2::bigint - 1 AND generation = $7::bigint AND owner.epoch = $6::bigint
        RETURNING shard
      ), closed AS (
        UPDATE projection_group SET done_at = now(), steps_before_done = $8::bigint[] FROM moved
        WHERE projection_group.shard = moved.shard AND first BETWEEN $2::bigint AND $3::bigint AND done_at IS NULL
      )
      SELECT shard FROM moved`,
    values: [
      group.shard,
      group.first.toString(),
      group.last.toString(),
      group.events,
      group.watermark === null ? null : formatInstant(group.watermark),
      ownership.epoch.toString(),
      ownership.generation.toString(),
      group.stepsBefore ?? null,
    ],
  })
  if (result.rowCount !== 1)
    throw new ShardLost(`shard ${group.shard}: closing group ${group.first} was refused: another owner or generation`)
}

/**
 * Every shard that needs an owner: those of apps, and those that the journal has, ascending. The first shard is always one of them, so
 * that a system without apps still shows whether anybody works for it.
 */
export async function listShards(pool: Pool): Promise<number[]> {
  const { rows } = await pool.query<{ shard: number }>({
    name: 'projection-shards',
    text: 'SELECT 0 AS shard UNION SELECT shard FROM app UNION SELECT shard FROM journal_head ORDER BY shard',
  })
  return rows.map(({ shard }) => shard)
}

/** Shards that a living process owns now, ascending: its session holds the lock. A frozen process still holds it; its lag gives it away. */
export async function listOwnedShards(pool: Pool): Promise<number[]> {
  const { rows } = await pool.query<{ shard: number }>({
    name: 'projection-owned',
    text: `SELECT DISTINCT objid::int AS shard FROM pg_locks
      WHERE locktype = 'advisory' AND classid = $1 AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      ORDER BY shard`,
    values: [PROJECTION_LOCK],
  })
  return rows.map(({ shard }) => shard)
}
