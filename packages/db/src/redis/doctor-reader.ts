import { openRedis } from './connection.ts'

const CONNECT_MS_MAX = 3_000

export interface RedisState {
  /** The server's clock, microseconds since the epoch. */
  at: bigint
  /** What keeps it from writing, by its own words' first one (`OOM`, `MISCONF`, `READONLY`); null: nothing. */
  writeFault: string | null
}

/** One look, over a connection of its own. Throws what the server or the way to it said first, with its first word as `code`. */
export async function readRedisState(url: string): Promise<RedisState> {
  const redis = openRedis(url, {
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
    connectTimeout: CONNECT_MS_MAX,
    commandTimeout: CONNECT_MS_MAX,
  })
  let first: Error | undefined
  redis.on('error', (error: Error) => {
    first ??= error
  })
  try {
    await redis.connect()
    const [seconds = 0, micros = 0] = await redis.time()
    const writeFault = await redis.set('meterbook:doctor', '1', 'EX', 10).then(() => null, wordOf)
    return { at: BigInt(seconds) * 1_000_000n + BigInt(micros), writeFault }
  } catch (error) {
    throw Object.assign(new Error('Redis does not answer'), { code: wordOf(first ?? error) })
  } finally {
    redis.disconnect()
  }
}

function wordOf(error: unknown): string {
  const { code, message = '' } = error as { code?: unknown; message?: string }
  if (typeof code === 'string') return code
  return /^[A-Z]+/.exec(message)?.[0] ?? 'UNKNOWN'
}
