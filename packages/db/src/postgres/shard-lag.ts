import { microsOf } from './micros-of.ts'
import type { Pool } from './pool.ts'
import type { PrismaClient } from './prisma.ts'

/** How far a shard's projection is behind its journal, as of one moment. Instants in microseconds since the epoch. */
export interface ShardLag {
  shard: number
  /** The last number of the journal; 0 while it is empty. */
  journaled: bigint
  /** The last number whose group is done, and everything before it. */
  projected: bigint
  /** Events taken since the shard began, and events projected in the generation in force. */
  takenEvents: bigint
  projectedEvents: bigint
  /** Their difference. */
  waitingEvents: bigint
  /** Receipt of the oldest batch that is not projected; null if there is none. */
  waitingSince: bigint | null
  lastReceivedAt: bigint | null
  /** When the projection last went forward; null if it never did. By the clock of Postgres, as `readAt`. */
  advancedAt: bigint | null
  readAt: bigint
  /** Old groups are being replayed: what waits is not due to the load. */
  isRebuilding: boolean
}

/** Every shard that has ever taken anything. A few index look-ups each, whatever the history: cheap enough to ask often. */
export async function readShardLags(pool: Pool): Promise<ShardLag[]> {
  const { rows } = await pool.query<LagRow>({ name: 'projection-lags', text: LAGS })
  return rows.map(lagOf)
}

/** The same, for who has a Prisma client. */
export async function readShardLagsBy(prisma: PrismaClient): Promise<ShardLag[]> {
  return (await prisma.$queryRawUnsafe<LagRow[]>(LAGS)).map(lagOf)
}

// A group that is open counts as waiting: its rows may be in the rollups only in part.
const LAGS = `SELECT h.shard, h.next - 1 AS journaled, coalesce(p.through, 0) AS projected,
    h.events AS taken_events, coalesce(p.events, 0) AS projected_events,
    (SELECT ${microsOf('b.received_at')} FROM journal_batch b
      WHERE b.shard = h.shard AND b.number = coalesce(p.through, 0) + 1) AS waiting_since,
    (SELECT ${microsOf('b.received_at')} FROM journal_batch b
      WHERE b.shard = h.shard AND b.number = h.next - 1) AS last_received_at,
    ${microsOf('p.updated_at')} AS advanced_at, ${microsOf('now()')} AS read_at,
    coalesce(p.through < p.replay_through, false) AS is_rebuilding
  FROM journal_head h LEFT JOIN projection_progress p ON p.shard = h.shard ORDER BY h.shard`

/** bigint is text to one client and a BigInt to the other. */
type Int8 = string | bigint
interface LagRow {
  shard: number
  journaled: Int8
  projected: Int8
  taken_events: Int8
  projected_events: Int8
  waiting_since: Int8 | null
  last_received_at: Int8 | null
  advanced_at: Int8 | null
  read_at: Int8
  is_rebuilding: boolean
}

function lagOf(row: LagRow): ShardLag {
  const instant = (value: Int8 | null) => (value === null ? null : BigInt(value))
  const takenEvents = BigInt(row.taken_events)
  const projectedEvents = BigInt(row.projected_events)
  return {
    shard: row.shard,
    journaled: BigInt(row.journaled),
    projected: BigInt(row.projected),
    takenEvents,
    projectedEvents,
    waitingEvents: takenEvents - projectedEvents,
    waitingSince: instant(row.waiting_since),
    lastReceivedAt: instant(row.last_received_at),
    advancedAt: instant(row.advanced_at),
    readAt: BigInt(row.read_at),
    isRebuilding: row.is_rebuilding,
  }
}

/** How long the last finished group of each shard took from its opening to its closing, in seconds. */
export async function readLastGroups(pool: Pool): Promise<{ shard: number; durationSeconds: number }[]> {
  const { rows } = await pool.query<{ shard: number; seconds: number }>({
    name: 'projection-last-groups',
    text: `SELECT h.shard, extract(epoch FROM g.done_at - g.opened_at)::float8 AS seconds
      FROM journal_head h CROSS JOIN LATERAL (
        SELECT opened_at, done_at FROM projection_group
        WHERE shard = h.shard AND done_at IS NOT NULL ORDER BY first DESC LIMIT 1
      ) g ORDER BY h.shard`,
  })
  return rows.map(({ shard, seconds }) => ({ shard, durationSeconds: seconds }))
}
