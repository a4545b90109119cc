import type { Pool, PoolClient } from './pool.ts'

const SESSIONS_MAX = 100

/** A way in that is open. `id` is no secret; the token is, and is never read here. */
export interface OpenSession {
  id: string
  createdAt: Date
  seenAt: Date
  address: string | null
  agent: string | null
}

/** A person's sessions that are in force, the last used first, at most 100. */
export async function listSessions(pool: Pool, personId: string): Promise<OpenSession[]> {
  const { rows } = await pool.query<OpenSession>(
    `SELECT id, created_at AS "createdAt", updated_at AS "seenAt", ip_address AS address, user_agent AS agent
     FROM session WHERE person_id = $1 AND expires_at > now() ORDER BY updated_at DESC, id LIMIT ${SESSIONS_MAX}`,
    [personId],
  )
  return rows
}

/** Ends one session of a person, or all but `except`. What came by them is refused from the commit on. Returns how many ended. */
export async function endSessions(
  tx: PoolClient,
  input: { personId: string } & ({ id: string } | { except: string | null }),
): Promise<number> {
  const [condition, value] = 'id' in input ? ['id = $2', input.id] : ['id IS DISTINCT FROM $2', input.except]
  const { rowCount } = await tx.query(`DELETE FROM session WHERE person_id = $1 AND ${condition}`, [
    input.personId,
    value,
  ])
  return rowCount ?? 0
}

/** Whether a person set up a second factor, and proved it. */
export async function hasSecondFactor(pool: Pool, personId: string): Promise<boolean> {
  const { rowCount } = await pool.query('SELECT FROM person WHERE id = $1 AND two_factor_enabled', [personId])
  return rowCount === 1
}
