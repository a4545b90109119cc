// Postgres, where the truth lives: the catalogue, the journal, the ledger. This folder holds every statement sent to it.
// Promises: parameters are bound; what is acknowledged is committed with fsync.
// Does not know: what an event is worth, when a window closes, who may ask.
import pg from 'pg'

export type { Pool, PoolClient } from 'pg'

const CONNECT_TIMEOUT_MS = 5_000
/** No statement of ours takes this long; one that does is cut, and its caller told to try again. */
const STATEMENT_TIMEOUT_MS = 30_000

/** A pool on `postgresql://…`. bigint columns arrive as strings; instants are exchanged as text, so that microseconds survive. */
export function createPool(input: { url: string; connectionsMax?: number; name: string }): pg.Pool {
  const pool = new pg.Pool({
    connectionString: input.url,
    max: input.connectionsMax ?? 10,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: input.name,
    statement_timeout: STATEMENT_TIMEOUT_MS,
  })
  // An idle connection that the server closes is not an error of any request; the next one opens another.
  pool.on('error', () => undefined)
  // A connection that ends in the middle of a transaction fails its next statement; without a listener it would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** Work in one transaction of its own: committed if it returns, rolled back if it throws. */
export async function inTransaction<T>(pool: pg.Pool, work: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  const tx = await pool.connect()
  try {
    await tx.query('BEGIN')
    const done = await work(tx)
    await tx.query('COMMIT')
    return done
  } catch (error) {
    await tx.query('ROLLBACK').catch(() => undefined)
    throw error
  } finally {
    tx.release()
  }
}

/** Connection lost, out of resources (53100: a full disk), shut down, cut by the statement timeout, a disk that fails, or a primary that has become a standby. */
const UNAVAILABLE = /^(08|53|57P|57014|58030|25006)/

/** SQLSTATE classes and codes that say "the server is not there now": the same request may work later. */
export function isUnavailable(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code !== 'string') return error instanceof Error && /terminated|timeout|Connection/i.test(error.message)
  return UNAVAILABLE.test(code) || /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)/.test(code)
}
