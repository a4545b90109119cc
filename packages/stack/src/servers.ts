// The three servers Meterbook needs, real ones, for a machine that has none: PostgreSQL, ClickHouse and Redis under one home.
// Promises: they answer on URLs that stay valid until stop(), come back when they die, and keep their data between starts.
// Does not know what is stored in them: migrations, seeds and the processes that use them come after.
import path from 'node:path'
import { startClickhouse } from './clickhouse/server.ts'
import { clickhouseAt, postgresAt, redisAt } from './external.ts'
import { claimHome } from './home.ts'
import { startPostgres } from './postgres/server.ts'
import { startRedis } from './redis/server.ts'
import { loadSecrets } from './secrets.ts'
import type { SupervisedServer } from './supervised-server.ts'

/** URLs of the servers that `startServers` brought up or was pointed to. */
export interface LocalServers {
  /** `url` connects as the app's role, `ownerUrl` as the role that owns the tables and runs migrations. */
  postgres: { url: string; ownerUrl: string }
  /** `http://user:password@host:port/meterbook` */
  clickhouse: { url: string }
  redis: { url: string }
  /** The embedded ones among them, live: pids change when a server is restarted. */
  embedded: SupervisedServer[]
  /** Stops the embedded ones and gives the home back. Close clients first: ClickHouse waits for idle connections. */
  stop(): Promise<void>
}

/**
 * Starts PostgreSQL, ClickHouse and Redis with data, logs and generated secrets under `home` (an absolute path, made
 * when missing). DATABASE_URL (with DATABASE_OWNER_URL), CLICKHOUSE_URL and REDIS_URL in `env` each replace one.
 * Throws StackFault, in one line that says what to do, when a server cannot start or the home is in use.
 */
export async function startServers(options: {
  home: string
  env?: NodeJS.ProcessEnv
  log: (line: string) => void
  /** The way to give the home back, when the caller has claimed it already; stop() then uses it. */
  releaseHome?: () => void
}): Promise<LocalServers> {
  const { home, env = process.env, log } = options
  if (!path.isAbsolute(home)) throw new Error(`home must be an absolute path, not ${home}`)
  const releaseHome = options.releaseHome ?? (await claimHome(home))
  const started: SupervisedServer[] = []
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()))
    releaseHome()
  }
  try {
    const common = { home, runDir: path.join(home, 'run'), secrets: loadSecrets(home), env, log }
    const keep = <T extends { server: SupervisedServer }>(embedded: T) => {
      started.push(embedded.server)
      return embedded
    }
    // All of them are waited for, even after one failed: otherwise it could come up after stop() has run.
    const [postgres, clickhouse, redis] = settled(
      await Promise.allSettled([
        env.DATABASE_URL ? postgresAt(env.DATABASE_URL, env.DATABASE_OWNER_URL) : startPostgres(common).then(keep),
        env.CLICKHOUSE_URL ? clickhouseAt(env.CLICKHOUSE_URL) : startClickhouse(common).then(keep),
        env.REDIS_URL ? redisAt(env.REDIS_URL) : startRedis(common).then(keep),
      ]),
    )
    return {
      postgres: { url: postgres.url, ownerUrl: postgres.ownerUrl },
      clickhouse: { url: clickhouse.url },
      redis: { url: redis.url },
      embedded: started,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function settled<T extends readonly unknown[]>(results: { [K in keyof T]: PromiseSettledResult<T[K]> }): T {
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T
}
