import { microsOf } from './micros-of.ts'
import type { Pool } from './pool.ts'

/** Rows whose sorting leaves the memory that is given to it: about 16 MB of temporary files. */
const SPILLED_ROWS = 250_000

/** The server's clock, microseconds since the epoch. */
export async function readPostgresClock(pool: Pool): Promise<bigint> {
  const { rows } = await pool.query<{ at: string }>(`SELECT ${microsOf('clock_timestamp()')} AS at`)
  return BigInt(rows[0]?.at ?? 0)
}

/** Sorts more than its memory holds, and so on the server's disk: fails with 53100 where there is no room. Nothing is kept, nothing logged. */
export async function probePostgresDisk(pool: Pool): Promise<void> {
  const session = await pool.connect()
  try {
    await session.query(`BEGIN READ ONLY; SET LOCAL work_mem = '256kB'`)
    await session.query(
      `SELECT count(*) FROM (SELECT md5(n::text) AS text FROM generate_series(1, ${SPILLED_ROWS}) n ORDER BY text OFFSET 1) s`,
    )
  } finally {
    await session.query('ROLLBACK').catch(() => undefined)
    session.release()
  }
}

/** Names of the sessions of this role in this database, each once. */
export async function listSessionNames(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT DISTINCT application_name AS name FROM pg_stat_activity
     WHERE datname = current_database() AND application_name <> '' ORDER BY name`,
  )
  return rows.map(({ name }) => name)
}

/** Indexes of the schema that can be used. */
export async function listUsableIndexes(pool: Pool): Promise<Set<string>> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indisvalid AND i.indisready AND c.relnamespace = 'public'::regnamespace`,
  )
  return new Set(rows.map(({ name }) => name))
}

/** Names of the migrations that were applied to their end. */
export async function listAppliedMigrations(pool: Pool): Promise<Set<string>> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT migration_name AS name FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
  )
  return new Set(rows.map(({ name }) => name))
}
