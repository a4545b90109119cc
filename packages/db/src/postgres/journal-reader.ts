import { hash } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import { JOURNAL_CODEC } from './journal-writer.ts'
import { microsOf } from './micros-of.ts'
import type { Pool } from './pool.ts'

/** A request's bodies are at most 10 MB; what unpacks to more was not written by us. */
const BODY_BYTES_MAX = 32 * 1024 * 1024

/** One journal batch without its body. */
export interface JournalBatchHead {
  number: bigint
  /** Events as sent by a key, or an operator's act upon earlier ones. */
  kind: 'events' | 'act'
  /** Of an act: its targets. */
  eventCount: number
  receivedAt: bigint
}

export interface JournalBatch extends JournalBatchHead {
  appId: string
  /** Null for an act. */
  keyId: string | null
  /** Of events: a JSON array of the events, each as received; of an act: see readActBody. */
  body: string
}

/** The batches after a number, in order: what a projection can take next. */
export async function listBatches(
  pool: Pool,
  input: { shard: number; after: bigint; limit: number },
): Promise<JournalBatchHead[]> {
  const { rows } = await pool.query<{ number: string; kind: number; event_count: number; received_at: string }>({
    name: 'journal-list',
    text: `SELECT number, kind, event_count, ${microsOf('received_at')} AS received_at FROM journal_batch WHERE shard = $1 AND number > $2 ORDER BY number LIMIT $3`,
    values: [input.shard, input.after.toString(), input.limit],
  })
  return rows.map(headOf)
}

/**
 * The batches [first, last] with their bodies, in order. Throws if one is missing or its body is not what its digest says: the
 * projection must stop then, because the journal is the truth.
 */
export async function readBatches(
  pool: Pool,
  input: { shard: number; first: bigint; last: bigint },
): Promise<JournalBatch[]> {
  const { rows } = await pool.query<JournalRow>({
    name: 'journal-read',
    text: `SELECT number, kind, event_count, ${microsOf('received_at')} AS received_at, app_id, key_id, codec, digest, body
      FROM journal_batch WHERE shard = $1 AND number BETWEEN $2 AND $3 ORDER BY number`,
    values: [input.shard, input.first.toString(), input.last.toString()],
  })
  const expected = input.last - input.first + 1n
  if (BigInt(rows.length) !== expected) {
    throw new Error(
      `journal shard ${input.shard}: expected ${expected} batches ${input.first} to ${input.last}, found ${rows.length}`,
    )
  }
  return rows.map((row) => batchOf(row, input.shard))
}

/** Single batches by their numbers, in any order; a number that the journal does not have is left out. Throws like readBatches. */
export async function readBatchesAt(
  pool: Pool,
  input: { shard: number; numbers: readonly bigint[] },
): Promise<JournalBatch[]> {
  const { rows } = await pool.query<JournalRow>({
    name: 'journal-read-at',
    text: `SELECT number, kind, event_count, ${microsOf('received_at')} AS received_at, app_id, key_id, codec, digest, body
      FROM journal_batch WHERE shard = $1 AND number = ANY($2::bigint[]) ORDER BY number`,
    values: [input.shard, input.numbers.map(String)],
  })
  return rows.map((row) => batchOf(row, input.shard))
}

interface JournalRow {
  number: string
  kind: number
  event_count: number
  received_at: string
  app_id: string
  key_id: string | null
  codec: number
  digest: Buffer
  body: Buffer
}

function headOf(row: Pick<JournalRow, 'number' | 'kind' | 'event_count' | 'received_at'>): JournalBatchHead {
  return {
    number: BigInt(row.number),
    kind: row.kind === 0 ? 'events' : 'act',
    eventCount: row.event_count,
    receivedAt: BigInt(row.received_at),
  }
}

function batchOf(row: JournalRow, shard: number): JournalBatch {
  return { ...headOf(row), appId: row.app_id, keyId: row.key_id, body: bodyOf(row, shard) }
}

function bodyOf(row: JournalRow, shard: number): string {
  const bytes =
    row.codec === JOURNAL_CODEC.zstd ? zstdDecompressSync(row.body, { maxOutputLength: BODY_BYTES_MAX }) : row.body
  const found = hash('sha256', bytes, 'hex')
  const expected = row.digest.toString('hex')
  if (found !== expected) {
    throw new Error(
      `journal shard ${shard} batch ${row.number}: expected a body with digest ${expected}, found ${found}`,
    )
  }
  return bytes.toString('utf8')
}
