import { Queue } from 'bullmq'
import { createReaderRedis } from './connection.ts'
import { projectionQueueName, QUEUE_PREFIX } from './projection-queue.ts'

export type { Queue } from 'bullmq'

/** How many jobs of a queue are in which state. */
export interface QueueCounts {
  name: string
  waiting: number
  active: number
  delayed: number
  failed: number
  completed: number
}

/** The queues of these shards, for whoever looks into them; to be closed. Nothing is lost with what they hold: jobs are hints. */
export function openQueues(url: string, shards: readonly number[]): Queue[] {
  const redis = createReaderRedis(url)
  return shards.map((shard) => {
    const queue = new Queue(projectionQueueName(shard), {
      connection: redis,
      prefix: QUEUE_PREFIX,
      skipWaitingForReady: true,
    })
    queue.on('error', () => undefined)
    return queue
  })
}

export async function countJobs(queue: Queue): Promise<QueueCounts> {
  const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed', 'completed')
  const of = (state: string): number => counts[state] ?? 0
  return {
    name: queue.name,
    waiting: of('waiting'),
    active: of('active'),
    delayed: of('delayed'),
    failed: of('failed'),
    completed: of('completed'),
  }
}
