// The worker process: takes what shards it can and projects them, until it is told to stop.
// Promises: killed at any point, it loses nothing and counts nothing twice; stopped by a signal, it finishes the group under way.
// Does not know: what is true (core decides), who asks.
import { randomUUID } from 'node:crypto'
import { channel } from 'node:diagnostics_channel'
import { formatInstant, instantFromMs } from '@meterbook/core/kernel'
import type { ProjectedEvent } from '@meterbook/core/projection'
import { createClickHouse } from '@meterbook/db/clickhouse'
import { codeVersion, sessionName } from '@meterbook/db/code-version'
import { SpanExporter } from '@meterbook/db/collector'
import { createPool } from '@meterbook/db/postgres'
import { addWorkerCounts, createRedis, publishNews } from '@meterbook/db/redis'
import pino from 'pino'
import { CatalogueCache } from './attribute/catalogue-cache.ts'
import { EventCounts } from './attribute/event-counts.ts'
import { InsertPace } from './attribute/insert-pace.ts'
import type { PipelineStep } from './attribute/pipeline-steps.ts'
import { keepShards } from './attribute/shard-keeper.ts'
import type { ClosedGroup } from './attribute/shard-projection.ts'
import { readEnvironment } from './env.ts'
import { keepMeasuring } from './latency/keep-measuring.ts'
import { keepReconciling } from './reconcile/keep-reconciling.ts'
import { keepSettling } from './settle/keep-settling.ts'
import type { PostedNews } from './settle/settle-shard.ts'
import type { SettlementStep } from './settle/settlement-steps.ts'
import { GroupTraces } from './trace/group-traces.ts'
import { keepVerifying } from './verify/keep-verifying.ts'

const STOP_MS_MAX = 10_000
const CONNECTIONS_MAX = 8

const steps = channel('meterbook:step')
const env = readEnvironment(process.env)
const workerId = randomUUID()
const log = pino({ level: env.LOG_LEVEL, base: { worker: workerId.slice(0, 8) } })
const pool = createPool({
  url: env.DATABASE_URL,
  connectionsMax: CONNECTIONS_MAX,
  name: sessionName('meterbook-worker', codeVersion(process.env)),
})
const clickhouse = createClickHouse(env.CLICKHOUSE_URL)
const redis = createRedis(env.REDIS_URL)
const counts = new EventCounts((seen) => addWorkerCounts(redis, seen))
const catalogues = new CatalogueCache(pool)
const traces = openTraces()
const stop = new AbortController()

const deps = {
  databaseUrl: env.DATABASE_URL,
  redisUrl: env.REDIS_URL,
  workerId,
  log,
  pool,
  clickhouse,
  catalogues,
  pace: new InsertPace(),
  onVisible(events: readonly ProjectedEvent[], { isFirst }: { isFirst: boolean }) {
    tellPages(events)
    if (isFirst) counts.count(events, Date.now())
  },
  // Nobody listens but the torture run, which kills the process at steps of its choice.
  reached: (step: PipelineStep) => steps.publish(step),
  ...(traces !== null && { onClosed: traces.closed }),
}
const projecting = keepShards(deps, stop.signal)
const reconciling = keepReconciling({ databaseUrl: env.DATABASE_URL, pool, clickhouse, log }, stop.signal)
const settling = keepSettling(
  {
    databaseUrl: env.DATABASE_URL,
    pool,
    clickhouse,
    log,
    now: () => instantFromMs(Date.now()),
    onPosted: tellOfPosting,
    reached: (step: SettlementStep) => steps.publish(step),
  },
  stop.signal,
)
const measuring = keepMeasuring({ pool, log }, stop.signal)
const verifying = keepVerifying({ databaseUrl: env.DATABASE_URL, pool, log }, stop.signal)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void shutDown())
log.info('worker started')

/** Null, and nobody told of anything, where no collector is named. */
function openTraces(): { closed(group: ClosedGroup): void; close(): Promise<void> } | null {
  if (env.collector === null) return null
  const exporter = new SpanExporter(env.collector, {
    resource: {
      'service.name': process.env.OTEL_SERVICE_NAME || 'meterbook-worker',
      'service.version': codeVersion(process.env),
      'service.instance.id': workerId,
    },
    onDropped: (spans) => log.warn({ spans }, 'spans were dropped: the collector does not take them'),
  })
  const traces = new GroupTraces({ pool, exporter })
  return {
    closed: (group) => traces.closed(group),
    async close() {
      await traces.close()
      await exporter.close()
    },
  }
}

async function shutDown(): Promise<void> {
  if (stop.signal.aborted) return
  stop.abort()
  setTimeout(() => process.exit(1), STOP_MS_MAX).unref()
  await Promise.all([projecting, reconciling, settling, verifying, measuring])
  await counts.close()
  await traces?.close()
  await Promise.allSettled([pool.end(), clickhouse.close()])
  redis.disconnect()
  process.exit(0)
}

/** The same for what was posted: cost that was provisional is no more. No usage came with it, so nothing is visible through a later moment. */
function tellOfPosting({ spaceId, appIds }: PostedNews): void {
  const through = formatInstant(0n)
  publishNews(redis, { spaceId, appIds, through, sentAtMs: Date.now() }).catch(() => undefined)
}

/** News for the open pages: which apps of which spaces have new usage. A hint; losing it only delays a repaint. */
function tellPages(events: readonly ProjectedEvent[]): void {
  const last = events.at(-1)
  if (!last) return
  const bySpace = new Map<string, Set<string>>()
  let told: ProjectedEvent | undefined
  for (const event of events) {
    const { spaceId, source } = event
    // Neighbours are nearly always of one batch, and so of one app.
    if (spaceId === '' || (told?.spaceId === spaceId && told.source.appId === source.appId)) continue
    told = event
    const apps = bySpace.get(spaceId) ?? new Set()
    bySpace.set(spaceId, apps.add(source.appId))
  }
  const through = formatInstant(last.source.receivedAt)
  for (const [spaceId, apps] of bySpace) {
    publishNews(redis, { spaceId, appIds: [...apps], through, sentAtMs: Date.now() }).catch(() => undefined)
  }
}
