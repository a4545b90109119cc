import { randomUUID } from 'node:crypto'
import { channel } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createClickHouse } from '@meterbook/db/clickhouse'
import { codeVersion, sessionName } from '@meterbook/db/code-version'
import { SpanExporter } from '@meterbook/db/collector'
import {
  createPool,
  findApp,
  isUnavailable,
  JournalWriter,
  KeyDirectory,
  KeyUses,
  listenToKeys,
  listMeters,
  TraceKeeper,
} from '@meterbook/db/postgres'
import { createRedis, ProjectionAnnouncer, readWorkerCounts } from '@meterbook/db/redis'
import pino, { type Logger } from 'pino'
import { createApiHandler } from './api/create-api-handler.ts'
import { personOfRequest } from './auth/person-of-request.ts'
import { awaitVerdicts } from './await-verdicts.ts'
import { getDrain } from './drain.ts'
import { getCollector, type WebEnv } from './env.ts'
import { createEvidenceMaker } from './evidence/make-evidence.ts'
import { AdmissionWatch } from './health/admission-watch.ts'
import { IngestMetrics } from './health/ingest-metrics.ts'
import { JournalFaults } from './health/journal-faults.ts'
import { renderMetrics } from './health/metrics.ts'
import { readReadiness } from './health/readiness.ts'
import { RequestMetrics } from './health/request-metrics.ts'
import { sendProblem } from './http/problem.ts'
import {
  createIngestHandler,
  type IngestDependencies,
  type IngestHandler,
  openTestDoor,
  RequestTraces,
  refuseForNow,
} from './ingest/index.ts'
import { IngestQuota } from './ingest-quota.ts'
import { createBoardHandler } from './pipeline/board.ts'
import { readQueues } from './pipeline/queues.ts'
import { findSpaceAccess } from './portal/stores.ts'

const CONNECTIONS_MAX = 20

/** To a sender that comes while this process ends: another one is there, or will be within a second. */
const DRAINING = { ok: false, status: 503, retryAfterSeconds: 1, reason: 'draining' } as const

const steps = channel('meterbook:step')

/** Answers one request by itself. A rejected promise is a bug: the server answers 500 and logs it. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

export type Handlers = {
  /** POST /api/v1/events: before Next, which is five to seven times slower on this path. */
  ingest: IngestHandler
  /** Every other /api/ path that is public. */
  api: NodeHandler
  healthz: NodeHandler
  livez: NodeHandler
  readyz: NodeHandler
  metrics: NodeHandler
  /** The board of the queues, and everything beneath it. */
  board: NodeHandler
  /** How long requests take; whoever listens tells it of each. */
  requests: RequestMetrics
  /** Called once on shutdown, after the last answer. */
  close: () => Promise<void>
}

/** Puts the doors of the process together: the one place that knows both the handlers and what they need. */
export function composeHandlers(env: WebEnv): Handlers {
  const log = pino({ base: { process: 'web' } })
  const version = codeVersion(process.env)
  const requests = new RequestMetrics()
  const ingestMetrics = new IngestMetrics()
  const pool = createPool({
    url: env.databaseUrl,
    connectionsMax: CONNECTIONS_MAX,
    name: sessionName('meterbook-web', version),
  })
  const clickhouse = createClickHouse(env.clickhouseUrl)
  const redis = createRedis(env.redisUrl)
  const journal = new JournalWriter(pool, (commit) => ingestMetrics.committed(commit))
  const keys = new KeyDirectory(pool)
  const keyNews = listenToKeys(pool, () => keys.forget())
  const keyUses = new KeyUses(pool)
  const announcer = new ProjectionAnnouncer(redis)
  const admission = new AdmissionWatch(pool)
  const journalFaults = new JournalFaults()
  const quota = new IngestQuota(env.ingestEventsPerMinute, env.webProcesses)
  const authenticate = async (key: string) => {
    const holder = await orUnavailable(keys.authenticate(key))
    if (holder !== null) keyUses.mark(holder)
    return holder
  }
  const traces = new RequestTraces({ keeper: new TraceKeeper(pool), exporter: openExporter({ version, log }) })
  const now = () => BigInt(Date.now()) * 1000n

  const ingestDeps: IngestDependencies = {
    authenticate,
    resolveApp: (name) => orUnavailable(findApp(pool, name)),
    async append(batches, key) {
      const taking = admission.take(batches)
      if (!taking.ok) {
        for (const { eventCount } of batches) await quota.giveBack(key, eventCount)
        throw refuseForNow(taking)
      }
      const positions = await journalFaults.watch(journal.append(batches))
      for (const { shard, number } of positions) announcer.announce(shard, number)
      return positions
    },
    awaitVerdicts: (input) => awaitVerdicts({ pool, clickhouse }, input),
    admit: (key) => (isDraining() ? DRAINING : admission.admit(key.app?.shard ?? null)),
    consume: (key, events) => quota.consume(key, events),
    countRequest: (key) => quota.countRequest(key),
    // Nobody listens but the torture run, which kills the process at steps of its choice.
    reached: (step) => steps.publish(step),
    took: (events) => ingestMetrics.took(events),
    traced: (request) => traces.took(request),
    now,
    log,
  }
  const ingest = createIngestHandler(ingestDeps)
  openTestDoor(ingestDeps)
  const api = createApiHandler({
    authenticate,
    people: { personOf: personOfRequest, spaceAccess: findSpaceAccess },
    meters: { listMeters: () => listMeters(pool) },
    clickhouse,
    pool,
    evidence: createEvidenceMaker({ databaseUrl: env.databaseUrl, clickhouseUrl: env.clickhouseUrl, now }),
    log,
    now,
  })

  return {
    ingest,
    requests,
    board: createBoardHandler({ pool, redisUrl: env.redisUrl, isHttps: env.url.startsWith('https://') }),
    async api(request, response) {
      const isAnswered = await api(request, response)
      if (!isAnswered) sendProblem(response, { status: 404, detail: 'expected a path of the public interface' })
    },
    healthz: alive,
    livez: alive,
    async readyz(_request, response) {
      const readiness = await readReadiness({
        pool,
        clickhouse,
        redis,
        journalFaults,
        doors: () => admission.shards(),
        nowMs: Date.now,
      })
      const status = isDraining() ? 'draining' : readiness.status
      response.statusCode = status === 'ready' ? 200 : 503
      response.setHeader('Content-Type', 'application/json')
      response.setHeader('Cache-Control', 'no-store')
      response.end(JSON.stringify({ ...readiness, status }))
    },
    async metrics(_request, response) {
      const text = await renderMetrics({
        pool,
        doors: () => admission.shards(),
        refused: () => ({ ...admission.refused(), quota: quota.refused() }),
        requests,
        ingest: ingestMetrics,
        workers: async () => {
          const [counts, queues] = await Promise.all([
            readWorkerCounts(redis),
            readQueues({ pool, redisUrl: env.redisUrl }),
          ])
          return { counts, queues: queues ?? [] }
        },
        version,
        nowMs: Date.now(),
      })
      response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
      response.end(text)
    },
    async close() {
      admission.close()
      await Promise.all([journal.drain(), keyNews.close(), keyUses.close(), traces.close()])
      await announcer.close()
      redis.disconnect()
      await Promise.allSettled([pool.end(), clickhouse.close()])
    },
  }
}

/** Null where no collector is named. */
function openExporter({ version, log }: { version: string; log: Logger }): SpanExporter | null {
  const collector = getCollector()
  if (collector === null) return null
  return new SpanExporter(collector, {
    resource: {
      'service.name': process.env.OTEL_SERVICE_NAME || 'meterbook-web',
      'service.version': version,
      'service.instance.id': randomUUID(),
    },
    onDropped: (spans) => log.warn({ spans }, 'spans were dropped: the collector does not take them'),
  })
}

function isDraining(): boolean {
  return getDrain().signal.aborted
}

const alive: NodeHandler = (_request, response) => {
  response.setHeader('Content-Type', 'text/plain')
  response.end('ok\n')
}

/** A store that is away is the sender's sign to try again, not a fault of the request. */
async function orUnavailable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw isUnavailable(error)
      ? Object.assign(new Error('a store is away', { cause: error }), { code: 'unavailable' })
      : error
  }
}
