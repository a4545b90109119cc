import { randomUUID } from 'node:crypto'
import { createClickHouse } from '@meterbook/db/clickhouse'
import { createPool, type Pool } from '@meterbook/db/postgres'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AdmissionWatch } from './admission-watch.ts'
import { JournalFaults } from './journal-faults.ts'
import { renderMetrics } from './metrics.ts'
import { readReadiness } from './readiness.ts'

const LOOK_MS_MAX = 10_000
const FULL = 1
const FREE = 2

let database: TestDatabase
let pool: Pool
let watch: AdmissionWatch
beforeAll(async () => {
  database = await createTestDatabase({ migrate: true })
  pool = createPool({ url: database.postgres.url, name: 'health-test' })
  // A shard that nobody has projected for 40 minutes, and one where nothing waits.
  await journal(FULL, { receivedMinutesAgo: 40 })
  await journal(FREE, { receivedMinutesAgo: 1 })
  await pool.query('INSERT INTO projection_progress (shard, generation, through, events) VALUES ($1, 1, 1, 7)', [FREE])
  watch = new AdmissionWatch(pool)
  await until(() => watch.shards().length === 2, { withinMs: LOOK_MS_MAX })
})
afterAll(async () => {
  watch.close()
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
  const render = (from: Pool) =>
    renderMetrics({
      pool: from,
      doors: () => watch.shards(),
      refused: () => ({ ...watch.refused(), quota: 0 }),
      nowMs: Date.now(),
    })

  test('are text that Prometheus reads: every sample declared before it, counters ending in _total', async () => {
    const types = new Map<string, string>()
    const lines = (await render(pool)).split('\n')
    expect(lines.at(-1)).toBe('')
    for (const line of lines.slice(0, -1)) {
      const declared = /^# TYPE (\w+) (gauge|counter)$/.exec(line)
      if (declared) types.set(declared[1] ?? '', declared[2] ?? '')
      if (line.startsWith('#')) continue
      const [, name] = /^(\w+)\{(?:\w+="\w+",?)*\} (?:\+Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line) ?? []
      expect(types.get(name ?? ''), line).toBe(line.split('{')[0]?.endsWith('_total') ? 'counter' : 'gauge')
    }
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
