import type { Instant } from '@meterbook/core/kernel'
import { type JournalBatch, readBatchesAt } from './journal-reader.ts'
import { microsOf } from './micros-of.ts'
import type { Pool } from './pool.ts'

/** The journal row that brought an event, and who sent it. */
export interface EventOrigin {
  shard: number
  number: bigint
  /** SHA-256 of the row before compression, in hex. */
  digest: string
  receivedAt: Instant
  eventCount: number
  /** Null for an act, which no key sent. `prefix` is the readable part of the key. */
  key: { kind: 'ingest' | 'service'; name: string; prefix: string } | null
}

/** Where rows of a shard's journal came from, by number; a row that is not there is left out. */
export async function readOrigins(
  pool: Pool,
  input: { shard: number; numbers: readonly bigint[] },
): Promise<Map<bigint, EventOrigin>> {
  const { rows } = await pool.query<{
    number: string
    digest: string
    received: string
    event_count: number
    key_kind: 'ingest' | 'service' | null
    key_name: string | null
    key_prefix: string | null
  }>(
    `SELECT b.number, encode(b.digest, 'hex') AS digest, ${microsOf('b.received_at')} AS received, b.event_count,
       CASE WHEN i.id IS NOT NULL THEN 'ingest' WHEN s.id IS NOT NULL THEN 'service' END AS key_kind,
       coalesce(i.name, s.name) AS key_name, coalesce(i.prefix, s.prefix) AS key_prefix
     FROM journal_batch b LEFT JOIN ingest_key i ON i.id = b.key_id LEFT JOIN service_key s ON s.id = b.key_id
     WHERE b.shard = $1 AND b.number = ANY($2::bigint[])`,
    [input.shard, input.numbers.map(String)],
  )
  return new Map(
    rows.map((row) => [
      BigInt(row.number),
      {
        shard: input.shard,
        number: BigInt(row.number),
        digest: row.digest,
        receivedAt: BigInt(row.received),
        eventCount: row.event_count,
        key:
          row.key_kind === null ? null : { kind: row.key_kind, name: row.key_name ?? '', prefix: row.key_prefix ?? '' },
      },
    ]),
  )
}

/** The catalogue revision under which each of these journal rows was worked on; a row that is in no group yet is left out. */
export async function readRevisions(
  pool: Pool,
  input: { shard: number; numbers: readonly bigint[] },
): Promise<Map<bigint, bigint>> {
  const { rows } = await pool.query<{ number: string; catalogue_revision: string }>(
    `SELECT asked.number, g.catalogue_revision FROM unnest($2::bigint[]) AS asked (number)
     CROSS JOIN LATERAL (
       SELECT last, catalogue_revision FROM projection_group WHERE shard = $1 AND first <= asked.number ORDER BY first DESC LIMIT 1
     ) g WHERE g.last >= asked.number`,
    [input.shard, input.numbers.map(String)],
  )
  return new Map(rows.map((row) => [BigInt(row.number), BigInt(row.catalogue_revision)]))
}

/** When the group that a journal row is in was begun, and when all of it was visible; null while it is not. */
export interface GroupTimes {
  openedAt: Instant
  /** When its work reached each of core's GROUP_STEPS; none where nobody noted it. */
  steps: Instant[]
  doneAt: Instant | null
}

/** Null: the row is in no group yet. */
export async function readGroupTimes(
  pool: Pool,
  { shard, number }: { shard: number; number: bigint },
): Promise<GroupTimes | null> {
  const { rows } = await pool.query<{ opened: string; done: string | null; last: string; before: string[] | null }>(
    `SELECT ${microsOf('opened_at')} AS opened, ${microsOf('done_at')} AS done, last, steps_before_done::text[] AS before
     FROM projection_group WHERE shard = $1 AND first <= $2 ORDER BY first DESC LIMIT 1`,
    [shard, number.toString()],
  )
  const [row] = rows
  if (row === undefined || BigInt(row.last) < number) return null
  const doneAt = row.done === null ? null : BigInt(row.done)
  const steps = doneAt === null ? [] : (row.before ?? []).map((micros) => doneAt - BigInt(micros))
  return { openedAt: BigInt(row.opened), steps, doneAt }
}

/** How far one shard is worked on: its journal's last number, what is projected of it, and its watermark. */
export interface ShardReach {
  journaled: bigint
  projected: bigint
  /** Old groups are being replayed after the projections were dropped: what was known of an event comes back. */
  isRebuilding: boolean
  watermark: Instant | null
}

export async function readShardReach(pool: Pool, shard: number): Promise<ShardReach> {
  const { rows } = await pool.query<{
    journaled: string
    projected: string
    is_rebuilding: boolean
    watermark: string | null
  }>({
    name: 'shard-reach',
    text: `SELECT coalesce(h.next - 1, 0) AS journaled, coalesce(p.through, 0) AS projected,
        coalesce(p.through < p.replay_through, false) AS is_rebuilding, ${microsOf('p.watermark')} AS watermark
      FROM (SELECT $1::smallint AS shard) s LEFT JOIN journal_head h ON h.shard = s.shard
      LEFT JOIN projection_progress p ON p.shard = s.shard`,
    values: [shard],
  })
  const [row] = rows
  return {
    journaled: BigInt(row?.journaled ?? 0),
    projected: BigInt(row?.projected ?? 0),
    isRebuilding: row?.is_rebuilding ?? false,
    watermark: row?.watermark == null ? null : BigInt(row.watermark),
  }
}

/** Journal rows read at a time: of at most 10 MB each. */
const WAITING_LOT = 8

/**
 * The rows of these apps' events after a journal number, in order, with their bodies: what was taken and is not projected yet. Read a few at
 * a time, so that whoever has found what they look for reads no further.
 */
export async function* readWaiting(
  pool: Pool,
  input: { shard: number; appIds: readonly string[]; after: bigint; limit: number },
): AsyncGenerator<JournalBatch> {
  const { rows } = await pool.query<{ number: string }>(
    'SELECT number FROM journal_batch WHERE shard = $1 AND number > $2 AND app_id = ANY($3::uuid[]) AND kind = 0 ORDER BY number LIMIT $4',
    [input.shard, input.after.toString(), input.appIds, input.limit],
  )
  for (let at = 0; at < rows.length; at += WAITING_LOT) {
    const numbers = rows.slice(at, at + WAITING_LOT).map(({ number }) => BigInt(number))
    yield* await readBatchesAt(pool, { shard: input.shard, numbers })
  }
}
