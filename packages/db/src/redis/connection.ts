// Redis, which holds hints: queues, live news, rate limits, caches. Losing all of it loses nothing.
// Promises: a caller never waits for a Redis that is away.
// Does not know: what is in the journal, what was counted.
import { Redis } from 'ioredis'

const RECONNECT_MS_MAX = 1_000

/** For one-off commands: fails at once while Redis is away, and reconnects by itself. */
export function createRedis(url: string): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (tries) => Math.min(tries * 50, RECONNECT_MS_MAX),
  })
  // Each command reports its own failure; the connection's own events would only repeat it.
  redis.on('error', () => undefined)
  return redis
}

/** For BullMQ's workers, which wait on the server and must outlive its restarts. */
export function createWorkerRedis(url: string): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    retryStrategy: (tries) => Math.min(tries * 50, RECONNECT_MS_MAX),
  })
  redis.on('error', () => undefined)
  return redis
}

/** For whoever looks now and then: a first command waits for the connection, one that finds Redis away fails at the first retry. */
export function createReaderRedis(url: string): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    retryStrategy: (tries) => Math.min(tries * 50, RECONNECT_MS_MAX),
  })
  redis.on('error', () => undefined)
  return redis
}
