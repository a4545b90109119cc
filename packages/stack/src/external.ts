import { Redis } from 'ioredis'
import pg from 'pg'
import { reasonOf, StackFault } from './fault.ts'

const connectMs = 5_000

/** The PostgreSQL of DATABASE_URL, once it has answered; migrations run at `ownerUrl`, which defaults to the same. */
export async function postgresAt(url: string, ownerUrl: string = url): Promise<{ url: string; ownerUrl: string }> {
  for (const [name, at] of [
    ['DATABASE_URL', url],
    ['DATABASE_OWNER_URL', ownerUrl],
  ] as const) {
    await mustAnswer(name, at, async () => {
      const client = new pg.Client({ connectionString: at, connectionTimeoutMillis: connectMs })
      client.on('error', () => {}) // told by the query below
      try {
        await client.connect()
        await client.query('SELECT 1')
      } finally {
        await client.end().catch(() => {}) // never connected: nothing to close
      }
    })
  }
  return { url, ownerUrl }
}

/** The ClickHouse of CLICKHOUSE_URL, once it has answered. */
export async function clickhouseAt(url: string): Promise<{ url: string }> {
  await mustAnswer('CLICKHOUSE_URL', url, async () => {
    const answer = await fetch(new URL('/ping', withoutPassword(url)), { signal: AbortSignal.timeout(connectMs) })
    if (!answer.ok) throw new Error(`answered ${answer.status} to /ping`)
  })
  return { url }
}

/** The Redis of REDIS_URL, once it has answered. */
export async function redisAt(url: string): Promise<{ url: string }> {
  await mustAnswer('REDIS_URL', url, async () => {
    const client = new Redis(url, { lazyConnect: true, connectTimeout: connectMs, retryStrategy: () => null })
    let reason: unknown
    client.on('error', (error) => {
      reason = error // connect() itself only says that the connection is closed
    })
    try {
      await client.connect()
      await client.ping()
    } catch (error) {
      throw reason ?? error
    } finally {
      client.disconnect()
    }
  })
  return { url }
}

async function mustAnswer(name: string, url: string, ask: () => Promise<void>): Promise<void> {
  let place: string
  try {
    place = withoutPassword(url).host
  } catch {
    throw new StackFault(`${name} is not a URL`)
  }
  try {
    await ask()
  } catch (error) {
    const reason = reasonOf(error) || (error as { code?: string }).code
    throw new StackFault(
      `the server of ${name} at ${place} does not answer (${reason}): start it, correct the URL, or unset ${name} to use the embedded one`,
      { cause: error },
    )
  }
}

function withoutPassword(url: string): URL {
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  return bare
}
