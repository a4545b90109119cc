import { Queue, Worker } from 'bullmq'
import { createWorkerRedis, KEY_TAG, type RedisConnection } from './connection.ts'

const LOCK_MS = 5_000
const STALLED_CHECK_MS = 2_000
/** A job that stalls was killed with its process and goes on elsewhere, however often: only the journal decides what is done. */
const STALLED_MAX = 1_000_000
const KEPT_JOBS = { count: 100 }
const DRAIN_DELAY_SECONDS = 1

export const projectionQueueName = (shard: number) => `project-${shard}`
/** BullMQ's commands name several keys of a queue at once: all of them have the tag. */
export const QUEUE_PREFIX = `${KEY_TAG}:queue`

/** The message "batch N of this shard is there". A hint: the worker reads the journal from where it stopped, whatever it says. */
export interface ProjectionHint {
  shard: number
  number: string
}

/**
 * Announces journal batches to the shard's worker. At most one announcement a shard is under way; those that come meanwhile become one.
 * With the shard as deduplication id and keepLastIfActive, a thousand announcements make two runs, and the last one is never lost.
 */
export class ProjectionAnnouncer {
  readonly #redis: RedisConnection
  readonly #queues = new Map<number, Queue<ProjectionHint>>()
  readonly #latest = new Map<number, bigint>()
  readonly #sending = new Set<number>()

  /** `redis` from createRedis: an announcement that cannot be made at once is left to the sweeper. */
  constructor(redis: RedisConnection) {
    this.#redis = redis
  }

  announce(shard: number, number: bigint): void {
    if (this.#redis.status !== 'ready') return
    this.#latest.set(shard, number)
    if (!this.#sending.has(shard)) void this.#send(shard)
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#queues.values()].map((queue) => queue.close()))
  }

  async #send(shard: number): Promise<void> {
    this.#sending.add(shard)
    try {
      for (let number = this.#take(shard); number !== undefined; number = this.#take(shard)) {
        await this.#queueOf(shard).add(
          'project',
          { shard, number: number.toString() },
          {
            deduplication: { id: `shard-${shard}`, keepLastIfActive: true },
            removeOnComplete: KEPT_JOBS,
            removeOnFail: KEPT_JOBS,
          },
        )
      }
    } catch {
      // Redis is away. The sweeper announces every batch that is not projected once it is back.
      this.#latest.delete(shard)
      this.#forgetQueue(shard)
    } finally {
      this.#sending.delete(shard)
    }
  }

  #take(shard: number): bigint | undefined {
    const number = this.#latest.get(shard)
    this.#latest.delete(shard)
    return number
  }

  /** A queue whose first command failed fails for ever; the next announcement makes another on the same connection. */
  #forgetQueue(shard: number): void {
    const queue = this.#queues.get(shard)
    this.#queues.delete(shard)
    queue?.close().catch(() => undefined)
  }

  #queueOf(shard: number): Queue<ProjectionHint> {
    let queue = this.#queues.get(shard)
    if (!queue) {
      queue = new Queue<ProjectionHint>(projectionQueueName(shard), {
        connection: this.#redis,
        prefix: QUEUE_PREFIX,
        skipWaitingForReady: true,
      })
      queue.on('error', () => undefined)
      this.#queues.set(shard, queue)
    }
    return queue
  }
}

export interface ProjectionRunner {
  close(): Promise<void>
}

/** Runs `drain` for each hint of a shard, one at a time. Only the shard's owner does this. */
export function runProjectionQueue(input: {
  url: string
  shard: number
  drain: () => Promise<void>
  onError: (error: Error) => void
}): ProjectionRunner {
  const connection = createWorkerRedis(input.url)
  const worker = new Worker<ProjectionHint>(projectionQueueName(input.shard), () => input.drain(), {
    connection,
    prefix: QUEUE_PREFIX,
    concurrency: 1,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: STALLED_MAX,
    drainDelay: DRAIN_DELAY_SECONDS,
  })
  worker.on('error', input.onError)
  return {
    async close() {
      await worker.close(true)
      connection.disconnect()
    },
  }
}
