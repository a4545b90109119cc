import { type ClickHouseClient, readWriteFault } from '@meterbook/db/clickhouse'
import {
  countOpenIncidents,
  listOwnedShards,
  listShards,
  type Pool,
  readShardLags,
  type ShardLag,
} from '@meterbook/db/postgres'
import { checkProjection } from '@meterbook/db/rebuild'
import { type ShardDoorState, waitingMs } from './admission-watch.ts'
import type { JournalFaults } from './journal-faults.ts'

/** Older than this, what waits for projection means that the system does not do its work, whatever its parts answer. */
const LAG_MS_MAX = 60_000
const ANSWER_MS_MAX = 2_000
/** A store that refused a write this lately is not well, although it answers. */
const FAULT_MS_MAX = 15_000
const REDIS_PROBE = { key: 'meterbook:readyz', seconds: 10 }

type Component = { state: 'up' | 'down'; detail?: string }

export type ShardReadiness = {
  shard: number
  lagSeconds: number
  waitingEvents: string
  isRebuilding: boolean
  /** What the door of this process does with what is sent for this shard. */
  admission: string
}

export type Readiness = {
  status: 'ready' | 'unready'
  components: {
    postgres: Component
    clickhouse: Component
    redis: Component
    workers: Component & { shards: number | null; shardsOwned: number | null }
    projection: Component & {
      lagSeconds: number | null
      waitingBatches: string
      waitingEvents: string
      isRebuilding: boolean
      shards: ShardReadiness[]
    }
    /** Differences that were found and are not resolved: for an operator, no reason to send events elsewhere. */
    reconciliation: Component & { openIncidents: number | null }
  }
}

export type ReadinessDeps = {
  pool: Pool
  clickhouse: ClickHouseClient
  redis: { set(key: string, value: string, unit: 'EX', seconds: number): Promise<unknown> }
  /** What the journal last said to this process. */
  journalFaults: Pick<JournalFaults, 'since'>
  doors: () => ShardDoorState[]
  nowMs: () => number
}

/** Asks every part at once; a part that does not answer in time is down. Ready only when all of them are up. */
export async function readReadiness(deps: ReadinessDeps): Promise<Readiness> {
  const { pool, clickhouse, redis } = deps
  const [postgres, clickhouseAnswer, redisAnswer, shards, lags, held, incidents] = await Promise.all([
    probe(pool.query('SELECT 1')),
    probe(askClickHouse(clickhouse)),
    // A write: a Redis that is out of memory answers every ping.
    probe(redis.set(REDIS_PROBE.key, '1', 'EX', REDIS_PROBE.seconds)),
    within(Promise.all([listShards(pool), listOwnedShards(pool)])).catch(() => null),
    within(readShardLags(pool)).catch(() => null),
    within(checkProjection({ pool, clickhouse })).catch(() => null),
    within(countOpenIncidents(pool)).catch(() => null),
  ])
  const components = {
    postgres: withJournal(postgres, deps.journalFaults.since(FAULT_MS_MAX)),
    clickhouse: clickhouseAnswer,
    redis: redisAnswer,
    workers: workersOf(shards),
    projection: projectionOf({ lags, held, doors: deps.doors(), nowMs: deps.nowMs() }),
    reconciliation: reconciliationOf(incidents),
  }
  const isReady = Object.values(components).every((component) => component.state === 'up')
  return { status: isReady ? 'ready' : 'unready', components }
}

function workersOf(shards: [wanted: number[], owned: number[]] | null): Readiness['components']['workers'] {
  if (shards === null)
    return { state: 'down', detail: 'who owns the shards is not known', shards: null, shardsOwned: null }
  const [wanted, owned] = shards
  const counts = { shards: wanted.length, shardsOwned: owned.length }
  const missing = wanted.filter((shard) => !owned.includes(shard))
  if (missing.length === 0) return { state: 'up', ...counts }
  return { state: 'down', detail: `expected an owner for each shard, found none for ${missing.join(', ')}`, ...counts }
}

/** A full disk lets Postgres answer everything but an append. */
function withJournal(answer: Component, fault: string | null): Component {
  if (answer.state === 'down' || fault === null) return answer
  return { state: 'down', detail: `the journal cannot be written: ${fault}` }
}

type Projecting = {
  lags: ShardLag[] | null
  held: 'held' | 'dropping' | 'lost' | null
  doors: ShardDoorState[]
  nowMs: number
}

function projectionOf({ lags, held, doors, nowMs }: Projecting): Readiness['components']['projection'] {
  if (lags === null) {
    const unknown = { lagSeconds: null, waitingBatches: 'unknown', waitingEvents: 'unknown', isRebuilding: false }
    return { state: 'down', detail: 'the journal does not answer', ...unknown, shards: [] }
  }
  const lagMs = Math.max(0, ...lags.map((lag) => waitingMs(lag, nowMs)))
  const modes = new Map(doors.map(({ shard, mode }) => [shard, mode]))
  const figures = {
    lagSeconds: seconds(lagMs),
    waitingBatches: lags.reduce((sum, lag) => sum + lag.journaled - lag.projected, 0n).toString(),
    waitingEvents: lags.reduce((sum, lag) => sum + lag.waitingEvents, 0n).toString(),
    isRebuilding: held === 'dropping' || lags.some((lag) => lag.isRebuilding),
    shards: lags.map((lag) => ({
      shard: lag.shard,
      lagSeconds: seconds(waitingMs(lag, nowMs)),
      waitingEvents: lag.waitingEvents.toString(),
      isRebuilding: lag.isRebuilding,
      admission: modes.get(lag.shard) ?? 'open',
    })),
  }
  if (held === 'lost') {
    return {
      state: 'down',
      detail:
        'expected ClickHouse to hold the projections of this journal, found it empty or of another generation: run `meterbook rebuild`',
      ...figures,
    }
  }
  if (lagMs <= LAG_MS_MAX) return { state: 'up', ...figures }
  const why = figures.isRebuilding ? ', while the projections are rebuilt' : ''
  return {
    state: 'down',
    detail: `expected a lag of at most ${LAG_MS_MAX / 1000} s, found ${figures.lagSeconds} s${why}`,
    ...figures,
  }
}

function reconciliationOf(openIncidents: number | null): Readiness['components']['reconciliation'] {
  if (openIncidents === null) return { state: 'down', detail: 'the incidents cannot be read', openIncidents }
  if (openIncidents === 0) return { state: 'up', openIncidents }
  return { state: 'up', detail: `${openIncidents} differences are not resolved`, openIncidents }
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10
}

/** Answers, and has not lately refused a write for want of room. */
async function askClickHouse(client: ClickHouseClient): Promise<void> {
  const answer = await client.ping({ select: true })
  if (!answer.success) throw answer.error
  const fault = await readWriteFault(client, FAULT_MS_MAX)
  if (fault !== null) throw Object.assign(new Error('a write was refused'), { code: fault })
}

async function probe(answer: Promise<unknown>): Promise<Component> {
  try {
    await within(answer)
    return { state: 'up' }
  } catch (error) {
    return { state: 'down', detail: reasonOf(error) }
  }
}

/** A code, or the first word of Redis' errors, which is one; a store's sentences stay inside. */
function reasonOf(error: unknown): string {
  const { code, type, name, message } = error as { code?: unknown; type?: unknown; name?: unknown; message?: unknown }
  if (typeof type === 'string') return type
  if (typeof code === 'string') return code
  if (name === 'ReplyError' && typeof message === 'string') return message.split(' ', 1)[0] ?? 'no answer'
  return 'no answer'
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
