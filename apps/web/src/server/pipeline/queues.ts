import { listShards, type Pool } from '@meterbook/db/postgres'
import { countJobs, openQueues, type Queue, type QueueCounts } from '@meterbook/db/redis'

const KEY = Symbol.for('meterbook.web.queues')
type Shared = { [KEY]?: { shards: string; queues: Queue[] } }

/** The queues of every shard there is, kept open by the process: made anew when a shard is added. */
export async function queuesOf(input: { pool: Pool; redisUrl: string }): Promise<Queue[]> {
  const shared = globalThis as Shared
  const shards = await listShards(input.pool)
  const known = shared[KEY]
  if (known?.shards === shards.join()) return known.queues
  for (const queue of known?.queues ?? []) queue.close().catch(() => undefined)
  const queues = openQueues(input.redisUrl, shards)
  shared[KEY] = { shards: shards.join(), queues }
  return queues
}

/** What waits in each queue; null while Redis does not answer. */
export async function readQueues(input: { pool: Pool; redisUrl: string }): Promise<QueueCounts[] | null> {
  const queues = await queuesOf(input)
  return Promise.all(queues.map(countJobs)).catch(() => null)
}
