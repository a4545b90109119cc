import type { AuditColumns, ChainHead, ChainRow } from '@meterbook/core/ledger'
import { anyMicrosOf, instantTextOf } from './ledger-store-times.ts'
import type { Pool, PoolClient } from './pool.ts'

const PAGE_ROWS = 1_000

/** The end of the audit log's chain, or null if somebody took it away. */
export async function readAuditHead(db: Pool | PoolClient): Promise<ChainHead | null> {
  const { rows } = await db.query<{ sequence: string; hash: string }>({
    name: 'audit-head',
    text: `SELECT sequence, encode(hash, 'hex') AS hash FROM audit_head WHERE id = 1`,
  })
  const [row] = rows
  return row === undefined ? null : { sequence: BigInt(row.sequence), hash: row.hash }
}

/** The rows of the audit log exactly as they stand in the table, by sequence, in pages: for whoever verifies them. Nothing is taken for granted. */
export async function* readAuditRows(db: Pool | PoolClient): AsyncGenerator<ChainRow<AuditColumns>[], void> {
  let after: string | null = null
  for (;;) {
    const { rows }: { rows: StoredRow[] } = await db.query<StoredRow>({
      name: 'audit-rows',
      text: `SELECT sequence, encode(previous_hash, 'hex') AS previous_hash, encode(hash, 'hex') AS hash, canonical,
          ${anyMicrosOf('recorded_at')} AS recorded_at, actor_id, act, target_type, target_id, space_id::text, reason, request_id
        FROM audit_entry WHERE $1::bigint IS NULL OR sequence > $1::bigint ORDER BY sequence LIMIT $2`,
      values: [after, PAGE_ROWS],
    })
    if (rows.length > 0) yield rows.map(rowOf)
    if (rows.length < PAGE_ROWS) return
    after = rows.at(-1)?.sequence ?? null
  }
}

interface StoredRow {
  sequence: string
  previous_hash: string
  hash: string
  canonical: string
  recorded_at: string
  actor_id: string | null
  act: string
  target_type: string
  target_id: string
  space_id: string | null
  reason: string | null
  request_id: string | null
}

function rowOf(row: StoredRow): ChainRow<AuditColumns> {
  return {
    sequence: BigInt(row.sequence),
    canonical: row.canonical,
    previousHash: row.previous_hash,
    hash: row.hash,
    columns: {
      recordedAt: instantTextOf(row.recorded_at),
      actorId: row.actor_id,
      act: row.act,
      targetType: row.target_type,
      targetId: row.target_id,
      spaceId: row.space_id,
      reason: row.reason,
      requestId: row.request_id,
    },
  }
}
