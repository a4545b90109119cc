import pg from 'pg'
import { PROJECTION_LOCK, REBUILD_LOCK } from './advisory-locks.ts'
import type { Pool } from './pool.ts'

const LOCK_LOOK_MS = 100
/** A living owner notices the raised epoch within a second and finishes its insert; one that has not by then is frozen. */
const OWNER_MS_MAX = 15_000
const LOCK_MS_MAX = 60_000

/** One life of the projections: begun by somebody for a reason, its tables made, and what was recorded before it replayed. */
export interface Generation {
  generation: bigint
  begunBy: string
  reason: string
  /** False while the tables of the one before are being dropped; nobody projects then. */
  isDropped: boolean
  /** Everything recorded before it is replayed. */
  isFinished: boolean
}

/** The generation in force. Throws if the database was not migrated. */
export async function readGeneration(pool: Pool | pg.Client): Promise<Generation> {
  const { rows } = await pool.query<{
    generation: string
    begun_by: string
    reason: string
    is_dropped: boolean
    is_finished: boolean
  }>(
    `SELECT generation, begun_by, reason, dropped_at IS NOT NULL AS is_dropped, finished_at IS NOT NULL AS is_finished
     FROM projection_generation ORDER BY generation DESC LIMIT 1`,
  )
  const [row] = rows
  if (row === undefined) throw new Error('expected a generation of projections; the database was not migrated')
  return {
    generation: BigInt(row.generation),
    begunBy: row.begun_by,
    reason: row.reason,
    isDropped: row.is_dropped,
    isFinished: row.is_finished,
  }
}

/** Whether any group was ever recorded: then an empty analytical store has lost something. */
export async function hasProjected(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query('SELECT FROM projection_group LIMIT 1')
  return rows.length > 0
}

/**
 * Begins a new generation: takes every shard from its owner, has `drop` make the tables anew, and sets each shard back to its first
 * group. Killed at any point, the next call goes on where it stopped; while nothing is dropped yet or no more, nobody projects. If the
 * replay of an earlier call is still under way in tables that are still there, that one is left to go on, and returned.
 *
 * A frozen owner's session is ended after `ownerMsMax` (15 s): what it still sends carries the old generation, and is refused.
 */
export async function beginGeneration(
  input: { url: string; by: string; reason: string; log?: (line: string) => void; ownerMsMax?: number },
  projections: { isHeld(generation: bigint): Promise<boolean>; drop(generation: bigint): Promise<void> },
): Promise<{ generation: bigint; isNew: boolean }> {
  const session = new pg.Client({ connectionString: input.url, application_name: 'meterbook-rebuild' })
  session.on('error', () => undefined)
  await session.connect()
  try {
    await takeLock(session, { first: REBUILD_LOCK, second: 0 })
    await finishGeneration(session, (await readGeneration(session)).generation)
    const current = await readGeneration(session)
    const isReplaying = current.isDropped && !current.isFinished && (await projections.isHeld(current.generation))
    if (isReplaying) return { generation: current.generation, isNew: false }
    const generation = current.isDropped ? current.generation + 1n : current.generation
    if (current.isDropped) {
      await session.query('INSERT INTO projection_generation (generation, begun_by, reason) VALUES ($1, $2, $3)', [
        generation.toString(),
        input.by,
        input.reason,
      ])
    }
    await takeShards(session, { log: input.log ?? (() => undefined), ownerMsMax: input.ownerMsMax ?? OWNER_MS_MAX })
    await projections.drop(generation)
    await resetProgress(session, generation)
    return { generation, isNew: true }
  } finally {
    // Ends all of its locks at once: from here on the shards can be taken.
    await session.end().catch(() => undefined)
  }
}

async function takeShards(
  session: pg.Client,
  { log, ownerMsMax }: { log: (line: string) => void; ownerMsMax: number },
): Promise<void> {
  await session.query('UPDATE shard_owner SET epoch = epoch + 1')
  const { rows } = await session.query<{ shard: number }>(
    'SELECT shard FROM journal_head UNION SELECT shard FROM shard_owner ORDER BY shard',
  )
  for (const { shard } of rows) {
    await takeLock(session, {
      first: PROJECTION_LOCK,
      second: shard,
      lateMs: ownerMsMax,
      async onLate() {
        log(`the owner of shard ${shard} does not answer: ending its session`)
        await session.query(
          `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND granted
             AND pid != pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
          [PROJECTION_LOCK, shard],
        )
      },
    })
  }
}

async function takeLock(
  session: pg.Client,
  lock: { first: number; second: number; lateMs?: number; onLate?: () => Promise<void> },
): Promise<void> {
  const began = performance.now()
  let isLate = false
  for (;;) {
    const { rows } = await session.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS taken', [
      lock.first,
      lock.second,
    ])
    if (rows[0]?.taken === true) return
    const waitedMs = performance.now() - began
    if (waitedMs > LOCK_MS_MAX) {
      throw new Error(
        `expected lock ${lock.first}:${lock.second} to be free within ${LOCK_MS_MAX / 1000} s; somebody holds it`,
      )
    }
    if (waitedMs > (lock.lateMs ?? LOCK_MS_MAX) && !isLate) {
      isLate = true
      await lock.onLate?.()
    }
    await session.query('SELECT pg_sleep($1)', [LOCK_LOOK_MS / 1000])
  }
}

/** One transaction: either the tables count as dropped and every shard begins anew, or neither. */
async function resetProgress(session: pg.Client, generation: bigint): Promise<void> {
  await session.query('BEGIN')
  await session.query(
    `INSERT INTO projection_progress AS p (shard, generation, through, replay_through, events, watermark)
     SELECT h.shard, $1, 0, coalesce((SELECT last FROM projection_group g WHERE g.shard = h.shard ORDER BY first DESC LIMIT 1), 0), 0, NULL
     FROM journal_head h
     ON CONFLICT (shard) DO UPDATE SET generation = excluded.generation, through = 0, replay_through = excluded.replay_through,
       events = 0, watermark = NULL, replay_events_max = DEFAULT, replay_batches_max = DEFAULT, updated_at = now()`,
    [generation.toString()],
  )
  await session.query('UPDATE projection_progress SET generation = $1 WHERE generation != $1', [generation.toString()])
  await session.query('UPDATE projection_generation SET dropped_at = now() WHERE generation = $1', [
    generation.toString(),
  ])
  await session.query('COMMIT')
}

/** Marks a generation as finished if every shard has replayed what was recorded before it. */
export async function finishGeneration(pool: Pool | pg.Client, generation: bigint): Promise<void> {
  await pool.query(
    `UPDATE projection_generation SET finished_at = now()
     WHERE generation = $1 AND finished_at IS NULL AND dropped_at IS NOT NULL
       AND NOT EXISTS (SELECT FROM projection_progress WHERE through < replay_through)`,
    [generation.toString()],
  )
}

/** How far a rebuild has come, over all shards, in journal rows and events. */
export interface RebuildProgress extends Generation {
  batches: bigint
  batchesThrough: bigint
  events: bigint
  eventsThrough: bigint
}

export async function readRebuildProgress(pool: Pool): Promise<RebuildProgress> {
  const generation = await readGeneration(pool)
  const { rows } = await pool.query<{ batches: string; through: string; events: string; events_through: string }>(
    `SELECT coalesce(sum(p.replay_through), 0) AS batches, coalesce(sum(least(p.through, p.replay_through)), 0) AS through,
       coalesce(sum(h.events), 0) AS events, coalesce(sum(p.events), 0) AS events_through
     FROM projection_progress p JOIN journal_head h ON h.shard = p.shard`,
  )
  const [row] = rows
  return {
    ...generation,
    batches: BigInt(row?.batches ?? 0),
    batchesThrough: BigInt(row?.through ?? 0),
    events: BigInt(row?.events ?? 0),
    eventsThrough: BigInt(row?.events_through ?? 0),
  }
}
