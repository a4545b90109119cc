import { RECONCILIATION_LOCK } from './advisory-locks.ts'
import { type HeldLock, takeLock } from './held-lock.ts'
import type { Pool } from './pool.ts'

/** Becomes the one process that reconciles continuously, or null if another one is. Freed by Postgres the moment the process dies. */
export function takeReconciliation(url: string): Promise<HeldLock | null> {
  return takeLock({ url, name: 'meterbook-reconcile', lock: [RECONCILIATION_LOCK, 0] })
}

/** How far the projection of one shard has come, read in one statement for all of them. */
export interface ProjectionFrontier {
  shard: number
  generation: bigint
  /** The last journal number whose group is closed, and everything before it. */
  closed: bigint
  /** The last number that any group covers: beyond it nothing has been written. */
  opened: bigint
  /** The last number of the journal. */
  journaled: bigint
  /** Events taken so far. */
  events: bigint
  isRebuilding: boolean
}

/** What is closed for certain at this moment, and what may be half written. */
export async function readFrontiers(pool: Pool): Promise<ProjectionFrontier[]> {
  const { rows } = await pool.query<{
    shard: number
    generation: string
    closed: string
    opened: string
    journaled: string
    events: string
    is_rebuilding: boolean
  }>({
    name: 'reconciliation-frontiers',
    text: `SELECT p.shard, p.generation, p.through AS closed, coalesce(h.next - 1, 0) AS journaled, coalesce(h.events, 0) AS events,
        greatest(p.through, (SELECT last FROM projection_group g WHERE g.shard = p.shard ORDER BY first DESC LIMIT 1), 0) AS opened,
        p.through < p.replay_through AS is_rebuilding
      FROM projection_progress p LEFT JOIN journal_head h ON h.shard = p.shard ORDER BY p.shard`,
  })
  return rows.map((row) => ({
    shard: row.shard,
    generation: BigInt(row.generation),
    closed: BigInt(row.closed),
    opened: BigInt(row.opened),
    journaled: BigInt(row.journaled),
    events: BigInt(row.events),
    isRebuilding: row.is_rebuilding,
  }))
}

/** Which of these journal numbers are acts. */
export async function findActs(pool: Pool, input: { shard: number; numbers: readonly bigint[] }): Promise<Set<bigint>> {
  const { rows } = await pool.query<{ number: string }>({
    name: 'reconciliation-acts',
    text: 'SELECT number FROM journal_batch WHERE shard = $1 AND number = ANY($2::bigint[]) AND kind = 1',
    values: [input.shard, input.numbers.map(String)],
  })
  return new Set(rows.map((row) => BigInt(row.number)))
}

/** The slug of every app there ever was, by id: what a difference is called by. */
export async function listAppSlugs(pool: Pool): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ id: string; slug: string }>('SELECT id, slug FROM app')
  return new Map(rows.map(({ id, slug }) => [id, slug]))
}

/** The end of the last group all of whose batches, and those before, were received before a moment; 0 if there is none. */
export async function groupEndBefore(pool: Pool, input: { shard: number; receivedAt: bigint }): Promise<bigint> {
  const { rows } = await pool.query<{ last: string }>(
    `SELECT coalesce(max(g.last), 0) AS last FROM projection_group g
      WHERE g.shard = $1 AND g.last < coalesce(
        (SELECT min(number) FROM journal_batch b WHERE b.shard = $1 AND b.received_at >= 'epoch'::timestamptz + $2::bigint * interval '1 microsecond'),
        9223372036854775807)`,
    [input.shard, input.receivedAt.toString()],
  )
  return BigInt(rows[0]?.last ?? 0)
}

/** Where the continuous reconciliation stands in one shard: `newest` follows the closed groups, `roundThrough` goes over the old ones. */
export interface ReconciliationProgress {
  shard: number
  generation: bigint
  newest: bigint
  roundThrough: bigint
}

export async function readReconciliationProgress(pool: Pool): Promise<ReconciliationProgress[]> {
  const { rows } = await pool.query<{ shard: number; generation: string; newest: string; round_through: string }>(
    'SELECT shard, generation, newest, round_through FROM reconciliation_progress ORDER BY shard',
  )
  return rows.map((row) => ({
    shard: row.shard,
    generation: BigInt(row.generation),
    newest: BigInt(row.newest),
    roundThrough: BigInt(row.round_through),
  }))
}

export async function writeReconciliationProgress(pool: Pool, progress: ReconciliationProgress): Promise<void> {
  await pool.query({
    name: 'reconciliation-progress',
    text: `INSERT INTO reconciliation_progress (shard, generation, newest, round_through) VALUES ($1, $2, $3, $4)
      ON CONFLICT (shard) DO UPDATE SET generation = excluded.generation, newest = excluded.newest,
        round_through = excluded.round_through, updated_at = now()`,
    values: [
      progress.shard,
      progress.generation.toString(),
      progress.newest.toString(),
      progress.roundThrough.toString(),
    ],
  })
}

/** The parts of a round, in the order in which they are gone through. */
export type RoundPhase = 'groups' | 'rollups' | 'ledger' | 'statements' | 'identities' | 'strays'

/** The round under way. `position`: how far its phase has come, in the phase's own words. */
export interface ReconciliationRound {
  round: bigint
  generation: bigint
  phase: RoundPhase
  position: string
  /** Events compared in this round so far. */
  events: bigint
}

export async function readReconciliationRound(pool: Pool): Promise<ReconciliationRound> {
  const { rows } = await pool.query<{
    round: string
    generation: string
    phase: RoundPhase
    position: string
    events: string
  }>('SELECT round, generation, phase, position, events FROM reconciliation_round WHERE id = 1')
  const [row] = rows
  if (row === undefined) throw new Error('expected the row of the reconciliation round, found none')
  return { ...row, round: BigInt(row.round), generation: BigInt(row.generation), events: BigInt(row.events) }
}

/** Remembers how far the round has come; one with a higher number begins it. */
export async function writeReconciliationRound(pool: Pool, round: ReconciliationRound): Promise<void> {
  await pool.query({
    name: 'reconciliation-round',
    text: `UPDATE reconciliation_round SET begun_at = CASE WHEN round = $1 THEN begun_at ELSE now() END,
        round = $1, generation = $2, phase = $3, position = $4, events = $5, looked_at = now() WHERE id = 1`,
    values: [round.round.toString(), round.generation.toString(), round.phase, round.position, round.events.toString()],
  })
}

/** Marks the round as complete: everything that was there when it began has been compared. */
export async function completeReconciliationRound(pool: Pool): Promise<void> {
  await pool.query('UPDATE reconciliation_round SET completed_at = now(), completed_events = events WHERE id = 1')
}

/** How well reconciliation itself is; instants in microseconds since the epoch, null before the first. */
export interface ReconciliationHealth {
  openIncidents: number
  /** The last step of any kind: minutes in the past if no process reconciles. */
  lookedAt: bigint | null
  /** When everything had been compared once. */
  completedAt: bigint | null
  /** Events compared in that round. */
  completedEvents: bigint
  /** Closed groups of the newest events that wait to be compared, in journal batches. */
  waitingBatches: bigint
}

export async function readReconciliationHealth(pool: Pool): Promise<ReconciliationHealth> {
  const { rows } = await pool.query<{
    open_incidents: string
    looked_at: string | null
    completed_at: string | null
    completed_events: string
    waiting_batches: string
  }>({
    name: 'reconciliation-health',
    text: `SELECT (SELECT count(*) FROM incident WHERE resolved_at IS NULL) AS open_incidents,
        trunc(extract(epoch FROM greatest(looked_at, (SELECT max(updated_at) FROM reconciliation_progress))) * 1000000)::bigint AS looked_at,
        trunc(extract(epoch FROM completed_at) * 1000000)::bigint AS completed_at, completed_events,
        (SELECT coalesce(sum(greatest(p.through - coalesce(r.newest, 0), 0)), 0) FROM projection_progress p
          LEFT JOIN reconciliation_progress r ON r.shard = p.shard) AS waiting_batches
      FROM reconciliation_round WHERE id = 1`,
  })
  const [row] = rows
  const instant = (value: string | null | undefined): bigint | null =>
    value === null || value === undefined ? null : BigInt(value)
  return {
    openIncidents: Number(row?.open_incidents ?? 0),
    lookedAt: instant(row?.looked_at),
    completedAt: instant(row?.completed_at),
    completedEvents: BigInt(row?.completed_events ?? 0),
    waitingBatches: BigInt(row?.waiting_batches ?? 0),
  }
}
