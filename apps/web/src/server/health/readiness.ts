import { SHARD_COUNT } from '@meterbook/core/catalogue'
import type { ClickHouseClient } from '@meterbook/db/clickhouse'
import { countOwnedShards, type Pool, readShardLags, type ShardLag } from '@meterbook/db/postgres'
import { waitingMs } from './backlog-watch.ts'

/** Older than this, what waits for projection means that the system does not do its work, whatever its parts answer. */
const LAG_MS_MAX = 60_000
const ANSWER_MS_MAX = 2_000

type Component = { state: 'up' | 'down'; detail?: string }

export type Readiness = {
  status: 'ready' | 'unready'
  components: {
    postgres: Component
    clickhouse: Component
    redis: Component
    workers: Component & { shards: number; shardsOwned: number }
    projection: Component & { lagSeconds: number; waitingBatches: string }
  }
}

export type ReadinessDeps = {
  pool: Pool
  clickhouse: ClickHouseClient
  redis: { ping(): Promise<unknown> }
  nowMs: () => number
}

/** Asks every part at once; a part that does not answer in time is down. Ready only when all of them are up. */
export async function readReadiness(deps: ReadinessDeps): Promise<Readiness> {
  const [postgres, clickhouse, redis, owned, lags] = await Promise.all([
    probe(deps.pool.query('SELECT 1')),
    probe(pingClickHouse(deps.clickhouse)),
    probe(deps.redis.ping()),
    within(countOwnedShards(deps.pool)).catch(() => 0),
    within(readShardLags(deps.pool)).catch(() => null),
  ])
  const workers: Component =
    owned === SHARD_COUNT
      ? { state: 'up' }
      : { state: 'down', detail: `expected an owner for each of ${SHARD_COUNT} shards, found ${owned}` }
  const components = {
    postgres,
    clickhouse,
    redis,
    workers: { ...workers, shards: SHARD_COUNT, shardsOwned: owned },
    projection: projectionOf(lags, deps.nowMs()),
  }
  const isReady = Object.values(components).every((component) => component.state === 'up')
  return { status: isReady ? 'ready' : 'unready', components }
}

function projectionOf(lags: ShardLag[] | null, nowMs: number): Readiness['components']['projection'] {
  if (lags === null)
    return { state: 'down', detail: 'the journal does not answer', lagSeconds: 0, waitingBatches: 'unknown' }
  const lagMs = waitingMs(lags, nowMs)
  const waiting = lags.reduce((sum, lag) => sum + lag.journaled - lag.projected, 0n)
  const figures = { lagSeconds: Math.round(lagMs / 100) / 10, waitingBatches: waiting.toString() }
  if (lagMs <= LAG_MS_MAX) return { state: 'up', ...figures }
  return {
    state: 'down',
    detail: `expected a lag of at most ${LAG_MS_MAX / 1000} s, found ${figures.lagSeconds} s`,
    ...figures,
  }
}

async function pingClickHouse(client: ClickHouseClient): Promise<void> {
  const answer = await client.ping()
  if (!answer.success) throw answer.error
}

async function probe(answer: Promise<unknown>): Promise<Component> {
  try {
    await within(answer)
    return { state: 'up' }
  } catch (error) {
    const code = (error as { code?: unknown }).code
    return { state: 'down', detail: typeof code === 'string' ? code : 'no answer' }
  }
}

async function within<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('no answer in time'), { code: 'timeout' })), ANSWER_MS_MAX)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
    answer.catch(() => undefined)
  }
}
