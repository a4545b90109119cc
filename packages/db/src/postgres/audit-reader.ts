import { AuditEntry } from '@meterbook/core/ledger'
import type { Pool, PoolClient } from './pool.ts'

/** Which entries. What is left out is not asked of them. `from`, `to`: RFC 3339, [from, to); `target`: the beginning of its id. */
export interface AuditFilter {
  actorId?: string | undefined
  /** An act, or with a trailing `.` all that begin so: `member.` */
  act?: string | undefined
  targetType?: string | undefined
  target?: string | undefined
  spaceId?: string | undefined
  requestId?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

export interface StoredAudit {
  sequence: bigint
  /** What was hashed, read; null where it is no entry any more. */
  entry: AuditEntry | null
  actorName: string | null
  space: string | null
  /** 64 hex digits. */
  hash: string
  previousHash: string
}

/** Entries, newest first. `before`: the number of the last one seen. */
export async function listAudit(
  db: Pool | PoolClient,
  input: { filter: AuditFilter; before?: bigint | undefined; limit: number },
): Promise<StoredAudit[]> {
  const { filter, before, limit } = input
  const { rows } = await db.query<AuditRow>(
    `SELECT a.sequence, a.canonical, encode(a.hash, 'hex') AS hash, encode(a.previous_hash, 'hex') AS previous_hash,
       p.name AS actor_name, s.slug AS space
     FROM audit_entry a LEFT JOIN person p ON p.id = a.actor_id LEFT JOIN developer_space s ON s.id = a.space_id
     WHERE ($1::text IS NULL OR a.actor_id = $1)
       AND ($2::text IS NULL OR a.act = $2 OR ($2 LIKE '%.' AND starts_with(a.act, $2)))
       AND ($3::text IS NULL OR a.target_type = $3)
       AND ($4::text IS NULL OR starts_with(a.target_id, $4))
       AND ($5::uuid IS NULL OR a.space_id = $5)
       AND ($6::text IS NULL OR a.request_id = $6)
       AND ($7::timestamptz IS NULL OR a.recorded_at >= $7)
       AND ($8::timestamptz IS NULL OR a.recorded_at < $8)
       AND ($9::bigint IS NULL OR a.sequence < $9)
     ORDER BY a.sequence DESC LIMIT $10`,
    [
      filter.actorId ?? null,
      filter.act ?? null,
      filter.targetType ?? null,
      filter.target ?? null,
      filter.spaceId ?? null,
      filter.requestId ?? null,
      filter.from ?? null,
      filter.to ?? null,
      before?.toString() ?? null,
      limit,
    ],
  )
  return rows.map(auditOf)
}

/** What there is to filter by: every act that was ever done, and everybody who did one. */
export async function listAuditChoices(
  db: Pool | PoolClient,
): Promise<{ acts: string[]; actors: { id: string; name: string }[] }> {
  const acts = await db.query<{ act: string }>(`SELECT DISTINCT act FROM audit_entry ORDER BY act LIMIT 500`)
  const actors = await db.query<{ id: string; name: string }>(
    `SELECT a.id, coalesce(p.name, a.id) AS name FROM (SELECT DISTINCT actor_id AS id FROM audit_entry WHERE actor_id IS NOT NULL LIMIT 1000) a
     LEFT JOIN person p ON p.id = a.id ORDER BY 2`,
  )
  return { acts: acts.rows.map(({ act }) => act), actors: actors.rows }
}

interface AuditRow {
  sequence: string
  canonical: string
  hash: string
  previous_hash: string
  actor_name: string | null
  space: string | null
}

function auditOf(row: AuditRow): StoredAudit {
  return {
    sequence: BigInt(row.sequence),
    entry: entryOf(row.canonical),
    actorName: row.actor_name,
    space: row.space,
    hash: row.hash,
    previousHash: row.previous_hash,
  }
}

function entryOf(canonical: string): AuditEntry | null {
  try {
    return AuditEntry.safeParse(JSON.parse(canonical)).data ?? null
  } catch {
    return null // somebody touched it: verification names it, the list still has to be readable
  }
}
