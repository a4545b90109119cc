import pg from 'pg'

const CONNECT_TIMEOUT_MS = 5_000

/** An advisory lock that a session of its own holds. */
export interface HeldLock {
  session: pg.Client
  /** Of the session, as Postgres knows it. */
  pid: number
  /** Settles when the session that holds the lock ends, for whatever reason. */
  lost: Promise<void>
  release(): Promise<void>
}

/** Takes the lock, or null if another session holds it. Freed by Postgres the moment the process dies, and not before. */
export async function takeLock(input: {
  url: string
  /** What the session is called in Postgres. */
  name: string
  lock: readonly [group: number, member: number]
}): Promise<HeldLock | null> {
  const session = new pg.Client({
    connectionString: input.url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: input.name,
    keepAlive: true,
  })
  const lost = new Promise<void>((resolve) => {
    session.on('error', () => resolve())
    session.on('end', () => resolve())
  })
  await session.connect()
  try {
    const { rows } = await session.query<{ taken: boolean; pid: number }>(
      'SELECT pg_try_advisory_lock($1, $2) AS taken, pg_backend_pid() AS pid',
      [...input.lock],
    )
    if (rows[0]?.taken === true) return { session, pid: rows[0].pid, lost, release: () => session.end() }
    await session.end()
    return null
  } catch (error) {
    await session.end().catch(() => undefined)
    throw error
  }
}
