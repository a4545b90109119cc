import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { UsageFault } from './command.ts'

/** Where the stores are. `ownerUrl` is who may change the shape of the Postgres database. */
export interface StoreUrls {
  postgres: { url: string; ownerUrl: string }
  clickhouse: { url: string }
  redis: { url: string }
}

export const CHECKOUT = path.resolve(import.meta.dirname, '..', '..', '..')

/** Where a Meterbook of this checkout keeps its data, unless METERBOOK_HOME says otherwise. */
export function homeOf(env: Record<string, string | undefined>): string {
  return env.METERBOOK_HOME ? path.resolve(env.METERBOOK_HOME) : path.join(CHECKOUT, '.meterbook')
}

const Services = z.object({
  postgres: z.object({ url: z.string(), ownerUrl: z.string() }),
  clickhouse: z.object({ url: z.string() }),
  redis: z.object({ url: z.string() }),
})

/**
 * The stores that the environment names (DATABASE_URL, DATABASE_OWNER_URL, CLICKHOUSE_URL, REDIS_URL), each one that it does not from
 * `<home>/services.json`, which a running Meterbook keeps there. Throws UsageFault when one is known from neither.
 */
export function findStores(env: Record<string, string | undefined>): StoreUrls {
  const home = homeOf(env)
  const file = path.join(home, 'services.json')
  const running = readServices(file)
  const of = (name: string, url: string | undefined): string => {
    const found = env[name] || url
    if (found) return found
    throw new UsageFault(
      `expected ${name} or a Meterbook that runs in ${home}, found neither: start it, or set DATABASE_URL, CLICKHOUSE_URL and REDIS_URL`,
    )
  }
  const url = of('DATABASE_URL', running?.postgres.url)
  const ownerOfRunning = env.DATABASE_URL ? url : running?.postgres.ownerUrl
  return {
    postgres: { url, ownerUrl: env.DATABASE_OWNER_URL || ownerOfRunning || url },
    clickhouse: { url: of('CLICKHOUSE_URL', running?.clickhouse.url) },
    redis: { url: of('REDIS_URL', running?.redis.url) },
  }
}

function readServices(file: string): z.infer<typeof Services> | null {
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    return Services.parse(JSON.parse(text))
  } catch {
    // Never its content: it holds passwords.
    throw new UsageFault(`expected the addresses of the stores in ${file}, found something else`)
  }
}
