import pg from 'pg'
import { VERIFICATION_LOCK } from './advisory-locks.ts'
import type { Pool } from './pool.ts'

const CONNECT_TIMEOUT_MS = 5_000

export interface Verifying {
  /** Settles when the session that holds the lock ends, for whatever reason. */
  lost: Promise<void>
  release(): Promise<void>
}

/** Becomes the one process that verifies, or null if another one is. Freed by Postgres the moment the process dies. */
export async function takeVerification(url: string): Promise<Verifying | null> {
  const session = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'meterbook-verify',
    keepAlive: true,
  })
  const lost = new Promise<void>((resolve) => {
    session.on('error', () => resolve())
    session.on('end', () => resolve())
  })
  await session.connect()
  try {
    const { rows } = await session.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1, 0) AS taken', [
      VERIFICATION_LOCK,
    ])
    if (rows[0]?.taken === true) return { lost, release: () => session.end() }
    await session.end()
    return null
  } catch (error) {
    await session.end().catch(() => undefined)
    throw error
  }
}

const WHAT = `('ledger_chain', 'journal_seal')`

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
      WHERE resolved_at IS NULL AND last_seen_at < v.begun_at AND (what = 'ledger_chain' OR (what = 'journal_seal' AND $1::boolean))`,
    [hasJournal],
  )
  await pool.query(`UPDATE ledger_verification SET completed_at = clock_timestamp(), position = '' WHERE id = 1`)
  return result.rowCount ?? 0
}
