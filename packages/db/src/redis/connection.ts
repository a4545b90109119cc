// Redis, which holds hints: queues, live news, rate limits, caches. Losing all of it loses nothing.
// Promises: a caller never waits for a Redis that is away.
// Does not know: what is in the journal, what was counted.
import { Cluster, Redis, type RedisOptions } from 'ioredis'

const RECONNECT_MS_MAX = 1_000
const PORT_DEFAULT = 6_379

/** One server or a cluster: both take the same commands, as long as the keys of one command are in one slot. */
export type RedisConnection = Redis | Cluster

/** What every key that is used together with others begins with: in a cluster, keys with one tag are in one slot. */
export const KEY_TAG = '{meterbook}'

/**
 * A connection to `redis://…`, or to the cluster of which that is a server where the address ends in `?cluster=true`: the other servers are learnt from it. A cluster
 * has one database, number 0.
 */
export function openRedis(
  url: string,
  options: RedisOptions & { retryStrategy: RedisOptions['retryStrategy'] },
): RedisConnection {
  const address = new URL(url)
  if (address.searchParams.get('cluster') !== 'true') return new Redis(url, options)
  const { lazyConnect = false, enableOfflineQueue = true, retryStrategy, ...redisOptions } = options
  const seed = { host: address.hostname, port: Number(address.port || PORT_DEFAULT) }
  return new Cluster([seed], {
    ...{ lazyConnect, enableOfflineQueue },
    clusterRetryStrategy: (tries) => retryStrategy?.(tries) ?? null,
    redisOptions: {
      ...redisOptions,
      username: decodeURIComponent(address.username),
      password: decodeURIComponent(address.password),
      ...(address.protocol === 'rediss:' && { tls: {} }),
    },
  })
}

/** For one-off commands: fails at once while Redis is away, and reconnects by itself. */
export function createRedis(url: string): RedisConnection {
  const redis = openRedis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (tries) => Math.min(tries * 50, RECONNECT_MS_MAX),
  })
  // Each command reports its own failure; the connection's own events would only repeat it.
  redis.on('error', () => undefined)
  return redis
}

/** For BullMQ's workers, which wait on the server and must outlive its restarts. */
export function createWorkerRedis(url: string): RedisConnection {
  const redis = openRedis(url, {
    maxRetriesPerRequest: null,
    retryStrategy: (tries) => Math.min(tries * 50, RECONNECT_MS_MAX),
  })
  redis.on('error', () => undefined)
  return redis
}

/** For whoever looks now and then: a first command waits for the connection, one that finds Redis away fails at the first retry. */
export function createReaderRedis(url: string): RedisConnection {
  const redis = openRedis(url, {
    maxRetriesPerRequest: 1,
    retryStrategy: (tries) => Math.min(tries * 50, RECONNECT_MS_MAX),
  })
  redis.on('error', () => undefined)
  return redis
}
