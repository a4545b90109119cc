import { VERIFICATION_LOCK } from './advisory-locks.ts'
import { type HeldLock, takeLock } from './held-lock.ts'
import type { Pool } from './pool.ts'

/** Becomes the one process that verifies, or null if another one is. Freed by Postgres the moment the process dies. */
export function takeVerification(url: string): Promise<HeldLock | null> {
  return takeLock({ url, name: 'meterbook-verify', lock: [VERIFICATION_LOCK, 0] })
}

const WHAT = `('ledger_chain', 'audit_chain', 'journal_seal')`

/**
 * Where to go on with the run that was not completed, or, if one is due, where a new one begins (the empty text); null: none is due. One is due
 * `everyMs` after the last one began, and `faultyMs` after it was completed while an incident of verification is open.
 */
export async function beginVerification(
  pool: Pool,
  input: { everyMs: number; faultyMs: number },
): Promise<{ position: string } | null> {
  const { rows } = await pool.query<{ position: string }>({
    name: 'verification-begin',
    text: `UPDATE ledger_verification SET begun_at = CASE WHEN begun_at > coalesce(completed_at, '-infinity') THEN begun_at ELSE now() END
      WHERE id = 1 AND (begun_at IS NULL OR begun_at > coalesce(completed_at, '-infinity') OR begun_at <= now() - $1::bigint * interval '1 millisecond'
        OR (completed_at <= now() - $2::bigint * interval '1 millisecond'
          AND EXISTS (SELECT FROM incident WHERE resolved_at IS NULL AND what IN ${WHAT})))
      RETURNING position`,
    values: [input.everyMs, input.faultyMs],
  })
  return rows[0] ?? null
}

/** Everything up to there is verified, and what was found of it is kept. */
export async function markVerified(pool: Pool, position: string): Promise<void> {
  await pool.query('UPDATE ledger_verification SET position = $1 WHERE id = 1', [position])
}

/** Ends the run: its incidents that it did not see again are gone; of the journal only if it was looked at. Returns how many. */
export async function completeVerification(pool: Pool, { hasJournal }: { hasJournal: boolean }): Promise<number> {
  const result = await pool.query(
    `UPDATE incident SET resolved_at = now() FROM ledger_verification v
      WHERE resolved_at IS NULL AND last_seen_at < v.begun_at AND (what IN ('ledger_chain', 'audit_chain') OR (what = 'journal_seal' AND $1::boolean))`,
    [hasJournal],
  )
  await pool.query(`UPDATE ledger_verification SET completed_at = clock_timestamp(), position = '' WHERE id = 1`)
  return result.rowCount ?? 0
}
