import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClickHouse } from '@meterbook/db/clickhouse'
import { createPool, type Pool } from '@meterbook/db/postgres'
import { addWorkerCounts, createRedis, EVENT_TO_CHART_SECONDS, readWorkerCounts } from '@meterbook/db/redis'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AdmissionWatch } from './admission-watch.ts'
import { IngestMetrics } from './ingest-metrics.ts'
import { JournalFaults } from './journal-faults.ts'
import { lintMetrics } from './lint-metrics.ts'
import { renderMetrics } from './metrics.ts'
import { readReadiness } from './readiness.ts'
import { RequestMetrics } from './request-metrics.ts'

const LOOK_MS_MAX = 10_000
const FULL = 1
const FREE = 2

let database: TestDatabase
let pool: Pool
let watch: AdmissionWatch
let redis: ReturnType<typeof createRedis>
beforeAll(async () => {
  database = await createTestDatabase({ migrate: true })
  pool = createPool({ url: database.postgres.url, name: 'health-test' })
  // A shard that nobody has projected for 40 minutes, and one where nothing waits.
  await journal(FULL, { receivedMinutesAgo: 40 })
  await journal(FREE, { receivedMinutesAgo: 1 })
  await pool.query('INSERT INTO projection_progress (shard, generation, through, events) VALUES ($1, 1, 1, 7)', [FREE])
  watch = new AdmissionWatch(pool)
  redis = createRedis(database.redis.url)
  await until(() => redis.status === 'ready', { withinMs: LOOK_MS_MAX })
  await until(() => watch.shards().length === 2, { withinMs: LOOK_MS_MAX })
})
afterAll(async () => {
  watch.close()
  redis.disconnect()
  await pool.end()
  await database.drop()
})

async function journal(shard: number, { receivedMinutesAgo }: { receivedMinutesAgo: number }): Promise<void> {
  await pool.query('INSERT INTO journal_head (shard, next, events) VALUES ($1, 2, 7)', [shard])
  await pool.query(
    `INSERT INTO journal_batch (shard, number, received_at, key_id, app_id, event_count, codec, digest, body)
     VALUES ($1, 1, now() - make_interval(mins => $2), $3, $3, 7, 0, '\\x', '\\x')`,
    [shard, receivedMinutesAgo, randomUUID()],
  )
}

describe('the door', () => {
  const refusal = { ok: false, status: 503, reason: 'full', retryAfterSeconds: 30 }

  test('of a shard that nobody projects any more is closed, and no other', () => {
    expect(watch.admit(FULL)).toEqual(refusal)
    expect(watch.admit(FREE)).toEqual({ ok: true })
    expect(watch.admit(3)).toEqual({ ok: true })
  })

  test('lets in a sender whose shards are not known yet, and then takes all of a request or nothing', () => {
    expect(watch.admit(null)).toEqual({ ok: true })
    const before = watch.refused().full
    expect(watch.take([{ shard: FREE, eventCount: 1 }])).toEqual({ ok: true })
    expect(
      watch.take([
        { shard: FREE, eventCount: 1 },
        { shard: FULL, eventCount: 1 },
      ]),
    ).toEqual(refusal)
    expect(watch.refused().full).toBe(before + 1)
  })
})

describe('metrics', () => {
  const requests = new RequestMetrics()
  const ingest = new IngestMetrics()
  const render = (from: Pool) =>
    renderMetrics({
      pool: from,
      doors: () => watch.shards(),
      refused: () => ({ ...watch.refused(), quota: 0 }),
      requests,
      ingest,
      workers: async () => ({
        counts: await readWorkerCounts(redis),
        queues: [{ name: 'projection-0', waiting: 1, active: 0, delayed: 0, failed: 0, completed: 0 }],
      }),
      version: 'abc "1\\2"',
      nowMs: Date.now(),
    })

  test('hold to what Prometheus asks of names, units, help, histograms and labels', async () => {
    ingest.took({ accepted: 7, refused: 1 })
    ingest.committed({ batches: 3, bytes: 2_000 })
    const server = createServer((request, response) => {
      requests.watch(request, response, 'api')
      response.end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers: { connection: 'close' } })
    server.close()
    await until(() => requests.render().length > 2, { withinMs: LOOK_MS_MAX })
    const text = await render(pool)
    expect(lintMetrics(text)).toEqual([])
    expect(text).toContain(
      'http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="api",http_response_status_code="200",le="10"} 1',
    )
    expect(text).toContain('portal_ingest_events_total{outcome="accepted"} 7')
    expect(text).toContain('portal_journal_commit_batches_bucket{le="4"} 1')
  })

  test('say what all workers made of events, from whichever process they are asked', async () => {
    const verdicts = new Map([
      ['counted ', 5],
      ['quarantined unknown_type', 2],
    ])
    const chartBuckets = EVENT_TO_CHART_SECONDS.map((bound) => (bound === 0.5 ? 7 : 0))
    for (let worker = 0; worker < 2; worker += 1)
      await addWorkerCounts(redis, { verdicts, chartBuckets: [...chartBuckets, 1], chartMs: 3_000 })
    const lines = (await render(pool)).split('\n')
    expect(lines).toContain('portal_event_verdicts_total{verdict="counted",reason=""} 10')
    expect(lines).toContain('portal_event_verdicts_total{verdict="quarantined",reason="unknown_type"} 4')
    expect(lines).toContain('portal_event_to_chart_seconds_bucket{le="0.25"} 0')
    expect(lines).toContain('portal_event_to_chart_seconds_bucket{le="0.5"} 14')
    expect(lines).toContain('portal_event_to_chart_seconds_bucket{le="+Inf"} 16')
    expect(lines).toContain('portal_event_to_chart_seconds_sum 6')
  })

  test('of the dashboard and the alerts are all there', async () => {
    const there = new Set((await render(pool)).split('\n').flatMap((line) => /^# TYPE (\w+)/.exec(line)?.[1] ?? []))
    for (const file of ['grafana-dashboard.json', 'alerts.yaml']) {
      const text = fs.readFileSync(new URL(`../../../../../docker/monitoring/${file}`, import.meta.url), 'utf8')
      const named = new Set(text.match(/\b(?:portal|process|nodejs|http)_[a-z0-9_]+\b/g)?.map(familyOf))
      for (const label of ['http_route', 'http_response_status_code', 'http_request_method']) named.delete(label)
      expect(named.size).toBeGreaterThan(8)
      expect([...named].filter((name) => !there.has(name))).toEqual([])
    }
  })

  test('find their linter awake', () => {
    const help = '# HELP portal_x Something.\n'
    expect(lintMetrics(`${help}# TYPE portal_x counter\nportal_x 1\n`)[0]).toContain('its name says otherwise')
    expect(lintMetrics(`${help}# TYPE portal_x gauge\nportal_x{app="a"} 1\n`)[0]).toContain('label app')
    expect(lintMetrics(`# HELP portal_x_ms Something.\n# TYPE portal_x_ms gauge\n`)[0]).toContain('base unit')
    expect(lintMetrics('portal_y 1\n').length).toBeGreaterThan(0)
    const torn = '# TYPE portal_x histogram\nportal_x_bucket{le="1"} 2\nportal_x_bucket{le="+Inf"} 1\n'
    expect(lintMetrics(help + torn).length).toBeGreaterThan(1)
  })

  test('say how much waits, for how long, and what the door does about it', async () => {
    const lines = (await render(pool)).split('\n')
    expect(lines).toContain(`portal_backlog_events{shard="${FULL}"} 7`)
    expect(lines).toContain(`portal_backlog_events{shard="${FREE}"} 0`)
    expect(lines).toContain(`portal_backlog_age_seconds{shard="${FREE}"} 0`)
    const age = lines.find((line) => line.startsWith(`portal_backlog_age_seconds{shard="${FULL}"}`))
    expect(Number(age?.split(' ').at(-1))).toBeGreaterThanOrEqual(2_400)
    expect(lines).toContain(`portal_admission_mode{shard="${FULL}",mode="full"} 1`)
    expect(lines).toContain(`portal_admission_limit_events_per_second{shard="${FREE}"} +Inf`)
  })

  test('without Postgres are what the process itself knows', async () => {
    const nowhere = createPool({ url: 'postgresql://nobody@127.0.0.1:9/none', name: 'health-test' })
    const lines = (await render(nowhere)).split('\n')
    await nowhere.end()
    expect(lines).toContain('portal_up{component="postgres"} 0')
    expect(lines.some((line) => line.startsWith('portal_backlog_events'))).toBe(false)
    expect(lines).toContain(`portal_admission_mode{shard="${FULL}",mode="full"} 1`)
  })
})

/** `portal_x_bucket` and the like belong to `portal_x`. */
function familyOf(name: string): string {
  return name.replace(/_(bucket|sum|count)$/, '')
}

describe('readiness', () => {
  const read = async (journalFaults = new JournalFaults()) => {
    const clickhouse = createClickHouse(database.clickhouse.url)
    try {
      return await readReadiness({
        pool,
        clickhouse,
        redis: { set: async () => 'OK' },
        journalFaults,
        doors: () => watch.shards(),
        nowMs: Date.now,
      })
    } finally {
      await clickhouse.close()
    }
  }

  test('names what is late, by how much, and where', async () => {
    const { status, components } = await read()
    expect(status).toBe('unready')
    expect(components.workers).toMatchObject({ state: 'down', shardsOwned: 0 })
    expect(components.projection).toMatchObject({ state: 'down', waitingBatches: '1', waitingEvents: '7' })
    expect(components.projection.detail).toMatch(/^expected a lag of at most 60 s, found 24\d\d/)
    expect(components.projection.shards).toMatchObject([
      { shard: FULL, waitingEvents: '7', admission: 'full' },
      { shard: FREE, lagSeconds: 0, admission: 'open' },
    ])
    expect(components.reconciliation).toEqual({ state: 'up', openIncidents: 0 })
  })

  test('says that the journal cannot be written although Postgres answers, until it takes something again', async () => {
    const faults = new JournalFaults()
    const full = Object.assign(new Error('x'), { code: 'unavailable', cause: { code: '53100' } })
    await expect(faults.watch(Promise.reject(full))).rejects.toBe(full)
    const down = { state: 'down', detail: 'the journal cannot be written: 53100' }
    expect((await read(faults)).components.postgres).toEqual(down)
    await faults.watch(Promise.resolve([]))
    expect((await read(faults)).components.postgres).toEqual({ state: 'up' })
  })

  test('tells of a ClickHouse that is empty while the journal was projected before', async () => {
    await pool.query(
      `INSERT INTO projection_group (shard, first, last, catalogue_revision, measure_version, epoch, done_at)
       VALUES ($1, 1, 1, 1, 1, 1, now())`,
      [FREE],
    )
    const clickhouse = createClickHouse(database.clickhouse.url)
    await clickhouse.command({ query: 'TRUNCATE TABLE projection_marker' })
    await clickhouse.close()
    const { projection } = (await read()).components
    expect(projection.detail).toMatch(/^expected ClickHouse to hold the projections of this journal/)
  })
})
