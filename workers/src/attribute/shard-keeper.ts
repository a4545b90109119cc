import { setTimeout as delay } from 'node:timers/promises'
import { isOwner, listShards, type ShardOwnership, takeShard } from '@meterbook/db/postgres'
import { runProjectionQueue } from '@meterbook/db/redis'
import type { Logger } from 'pino'
import { ShardProjection, type ShardProjectionDeps } from './shard-projection.ts'

/** How often a free shard is looked for, and how long a shard that failed is left alone. */
const RETAKE_MS = 1_000
/** How often new shards are looked for: the first events of an app on a new shard may wait this long. */
const LIST_MS = 1_000
/** How often the journal is looked at without a hint: what Redis lost is seen this late. */
const SWEEP_MS = 500

export interface ShardKeeperDeps extends ShardProjectionDeps {
  databaseUrl: string
  redisUrl: string
  workerId: string
  log: Logger
}

/**
 * Keeps every shard that there is, also those that begin while the worker runs: an app may be the first on its shard, and apps of
 * earlier days stay on shards that new ones are no longer spread over. Ends when all of them have been given up.
 */
export async function keepShards(deps: ShardKeeperDeps, signal: AbortSignal): Promise<void> {
  const kept = new Map<number, Promise<void>>()
  while (!signal.aborted) {
    const shards = await listShards(deps.pool).catch((error) => {
      deps.log.warn({ error: describe(error) }, 'the shards cannot be listed, will be asked again')
      return []
    })
    for (const shard of shards) if (!kept.has(shard)) kept.set(shard, keepShard(deps, shard, signal))
    await delay(LIST_MS, undefined, { signal }).catch(() => undefined)
  }
  await Promise.all(kept.values())
}

/**
 * Keeps trying to own one shard, and works it while it does. Whatever goes wrong, the shard is given up whole and taken again from the
 * start: an owner never goes on with what it knew before an error.
 */
async function keepShard(deps: ShardKeeperDeps, shard: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const ownership = await takeShard({ url: deps.databaseUrl, shard, workerId: deps.workerId })
      if (ownership) await work(deps, ownership, signal)
    } catch (error) {
      deps.log.warn({ shard, error: describe(error) }, 'shard given up, will be taken again')
    }
    await delay(RETAKE_MS, undefined, { signal }).catch(() => undefined)
  }
}

async function work(deps: ShardKeeperDeps, ownership: ShardOwnership, signal: AbortSignal): Promise<void> {
  const { shard } = ownership
  let give: (error: unknown) => void = () => undefined
  const givenUp = new Promise<never>((_, reject) => {
    give = reject
  })
  givenUp.catch(() => undefined)
  const onAbort = () => give(null)
  signal.addEventListener('abort', onAbort)
  let projection: ShardProjection | null = null
  let close: (() => Promise<void>) | null = null
  try {
    projection = await ShardProjection.begin(deps, ownership)
    deps.log.info({ shard, epoch: ownership.epoch.toString() }, 'shard taken')
    const drain = () => projection?.drain().catch(give) ?? Promise.resolve()
    const queue = runProjectionQueue({
      url: deps.redisUrl,
      shard,
      drain,
      onError: (error) => deps.log.debug({ shard, error: describe(error) }, 'queue of the shard is away'),
    })
    // Drains by itself, through no queue: while Redis is away or emptied, the journal still says what waits.
    const sweep = async () => {
      // With nothing to write, nothing else would tell an owner that a rebuild has taken its shard.
      if (!(await isOwner(deps.pool, ownership))) throw new Error(`shard ${shard}: another owner or a rebuild took it`)
      await drain()
    }
    const sweeper = setInterval(() => void sweep().catch(give), SWEEP_MS)
    close = async () => {
      clearInterval(sweeper)
      await queue.close()
    }
    void ownership.lost.then(() => give(new Error(`shard ${shard}: the session that held it ended`)))
    await drain()
    await givenUp
  } catch (error) {
    if (error !== null) throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    await close?.()
    await projection?.stop()
    await ownership.release().catch(() => undefined)
  }
}

/** What may be logged of an error: a store's own words may quote what was being written, so of those only the code. */
function describe(error: unknown): { name: string; code?: string; message?: string } {
  if (!(error instanceof Error)) return { name: typeof error }
  const { code, type } = error as { code?: unknown; type?: unknown }
  if (typeof type === 'string') return { name: error.name, code: type }
  return { name: error.name, message: error.message, ...(typeof code === 'string' ? { code } : {}) }
}
