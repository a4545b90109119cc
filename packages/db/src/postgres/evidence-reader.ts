import type { Pool } from './pool.ts'

/**
 * The entries of usage that a line of a statement is made of, ascending: those of an app and a capability that its month carries, exempt ones and
 * corrections of earlier months too; one more than `limit` at most. Null if there is no such statement.
 */
export async function listLineEntries(
  pool: Pool,
  input: { statement: string; app: string; capabilityKey: string; limit: number },
): Promise<{ space: { id: string; slug: string }; sequences: bigint[] } | null> {
  const { rows: found } = await pool.query<{ id: string; slug: string; period_start: string }>(
    `SELECT s.id, s.slug, t.period_start::text
      FROM statement t JOIN developer_space s ON s.id = t.space_id WHERE t.id = $1`,
    [input.statement],
  )
  const [statement] = found
  if (statement === undefined) return null
  const { rows } = await pool.query<{ sequence: string }>(
    `SELECT e.sequence FROM ledger_entry e JOIN app a ON a.id = e.app_id
      WHERE e.space_id = $1 AND e.billed_in_start = $2::timestamptz AND e.capability_key = $4
        AND (a.slug = $3 OR a.id::text = $3) AND e.kind IN ('usage', 'adjustment')
      ORDER BY e.sequence LIMIT $5`,
    [statement.id, statement.period_start, input.app, input.capabilityKey, input.limit + 1],
  )
  const { id, slug } = statement
  return { space: { id, slug }, sequences: rows.map(({ sequence }) => BigInt(sequence)) }
}
