import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requestEvent, type SentEvent, sendBatch } from '../events.ts'
import { type OutageSystem, startOutageSystem } from '../outages/outage-system.ts'

const BATCHES = 60
const BATCH_EVENTS = 20
const WAIT_MS = 120_000

let one: OutageSystem
let many: OutageSystem
beforeAll(async () => {
  one = await startOutageSystem(async () => ({}))
  many = await startOutageSystem(async () => ({}), { workers: 3, doors: 2 })
})
afterAll(async () => {
  await many?.stop()
  await one?.stop()
})

/** The same events for both systems: some twice, some under an id that was taken, some of a type that nobody counts. */
function batchOf(app: number, batch: number): SentEvent[] {
  return Array.from({ length: BATCH_EVENTS }, (_, index) => {
    const number = batch * BATCH_EVENTS + index
    const id = `${app}-${number % 7 === 0 ? Math.max(0, number - 7) : number}`
    const time = new Date(Date.UTC(2026, 9, 1 + (number % 20), number % 24)).toISOString()
    if (number % 11 === 0) return requestEvent(id, { time, type: 'nobody.counts' })
    return requestEvent(id, { time, subject: `s${number % 5}`, data: { method: 'GET', route: `/${number % 3}` } })
  })
}

test('two doors and three workers, each killed in turn, come to the very totals of one and one', async () => {
  const apps = one.keys.map((_, app) => app)
  await Promise.all(apps.map((app) => sendAll(one, app)))
  const killing = killInTurn()
  await Promise.all(apps.map((app) => sendAll(many, app)))
  const kills = await killing.stop()
  expect(kills).toBeGreaterThanOrEqual(5)
  for (const system of [one, many]) await projected(system)

  const [expected, found] = [await totalsOf(one), await totalsOf(many)]
  expect(expected.length).toBeGreaterThan(50)
  expect(found).toEqual(expected)
  expect(await verdictsOf(many)).toEqual(await verdictsOf(one))
}, 600_000)

test('every worker that lives takes part once there are more shards than one', async () => {
  const { rows } = await many.pool.query<{ shards: number }>(
    'SELECT count(DISTINCT shard)::int AS shards FROM journal_head',
  )
  expect(rows[0]!.shards).toBeGreaterThan(1)
  const ready = await many.readyz()
  expect(ready.components.workers.state).toBe('up')
})

/** As an honest client: again until it is acknowledged, at the other door where one is away. */
async function sendAll(system: OutageSystem, app: number): Promise<void> {
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const events = batchOf(app, batch)
    let status = 0
    for (let attempt = 0; status !== 204; attempt += 1) {
      const url = system.urls[(batch + attempt) % system.urls.length]!
      status = await sendBatch({ url, key: system.keys[app]!, events })
      if (attempt > 500) throw new Error(`expected the batch to be taken, found ${status}`)
      if (status !== 204) await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** SIGKILL to a worker or a door, which is started again at once; until stopped, and through all of them at least once. */
function killInTurn(): { stop(): Promise<number> } {
  let isStopping = false
  let kills = 0
  const turns = [0, 1, 2, 'a', 'b'] as const
  const run = async () => {
    while (!isStopping || kills < turns.length) {
      const turn = turns[kills % turns.length]!
      const at = turn === 'a' ? 0 : turn === 'b' ? 1 : turn
      const isDoor = typeof turn === 'string'
      const child = (isDoor ? many.doors : many.workers)[at]!
      const ended = new Promise((resolve) => child.once('exit', resolve))
      // False: it has ended by itself, and there is nothing to wait for.
      if (child.kill('SIGKILL')) await ended
      if (isDoor) many.restart.door(at)
      else many.restart.worker(at)
      kills += 1
      await until(async () => (await many.readyz().catch(() => null)) !== null, { withinMs: WAIT_MS, everyMs: 100 })
    }
    return kills
  }
  const running = run()
  return {
    stop: () => {
      isStopping = true
      return running
    },
  }
}

async function projected({ pool }: OutageSystem): Promise<void> {
  const isDone = async () => {
    const { rows } = await pool.query<{ waiting: number }>(
      `SELECT count(*)::int AS waiting FROM journal_head h LEFT JOIN projection_progress p ON p.shard = h.shard
       WHERE h.next - 1 > coalesce(p.through, 0)`,
    )
    return rows[0]!.waiting === 0
  }
  expect(await until(isDone, { withinMs: WAIT_MS, everyMs: 100 })).toBe(true)
}

/** Each hour of each app's requests, by slug: ids differ between two systems. */
async function totalsOf({ pool, clickhouse }: OutageSystem): Promise<string[]> {
  const { rows: apps } = await pool.query<{ id: string; slug: string }>('SELECT id, slug FROM app')
  const slugs = new Map(apps.map(({ id, slug }) => [id, slug]))
  const result = await clickhouse.query({
    query: `SELECT app, toString(t) AS hour, toString(sum(sum)) AS value, toString(sum(count)) AS events
      FROM rollup_hour WHERE meter = 'requests' GROUP BY app, t`,
    format: 'JSONEachRow',
  })
  const rows = await result.json<{ app: string; hour: string; value: string; events: string }>()
  return rows.map(({ app, hour, value, events }) => `${slugs.get(app)} ${hour} ${value} ${events}`).sort()
}

/** How many events became what, each identity once among those that count. */
async function verdictsOf({ clickhouse }: OutageSystem): Promise<unknown[]> {
  const result = await clickhouse.query({
    query: `SELECT toString(verdict) AS verdict, toString(uniqExact(app, source, event_id)) AS identities
      FROM event_index WHERE verdict IN ('counted', 'quarantined') GROUP BY verdict ORDER BY verdict`,
    format: 'JSONEachRow',
  })
  return result.json()
}
