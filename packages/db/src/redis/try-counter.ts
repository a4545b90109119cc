import { createHash } from 'node:crypto'
import { KEY_TAG, openRedis, type RedisConnection } from './connection.ts'

/** A caller waits no longer for a Redis that is away, or that hangs. */
const ANSWER_MS_MAX = 500
const RECONNECT_MS_MAX = 1_000

/** In one step: a count that was begun has its end, whatever dies in between. */
const COUNT = `local tries = redis.call('INCR', KEYS[1])
if tries == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return tries`

/** Counts what is tried, for all processes together, within windows that begin with the first try. Names are kept as digests: they may be addresses. */
export class TryCounter {
  readonly #redis: RedisConnection

  constructor(url: string) {
    this.#redis = openRedis(url, {
      commandTimeout: ANSWER_MS_MAX,
      connectTimeout: ANSWER_MS_MAX,
      maxRetriesPerRequest: 1,
      retryStrategy: (tries) => Math.min(tries * 50, RECONNECT_MS_MAX),
    })
    this.#redis.on('error', () => undefined)
  }

  /** Counts one more; how many there were in this window, this one included. Rejects where Redis does not answer in time. */
  async count(name: string, windowSeconds: number): Promise<number> {
    return Number(await this.#redis.eval(COUNT, 1, keyOf(name), windowSeconds * 1000))
  }

  /** As if none of these had ever been tried. */
  async forget(names: readonly string[]): Promise<void> {
    await this.#redis.del(...names.map(keyOf))
  }

  close(): void {
    this.#redis.disconnect()
  }
}

function keyOf(name: string): string {
  return `${KEY_TAG}:tries:${createHash('sha256').update(name).digest('base64url')}`
}
