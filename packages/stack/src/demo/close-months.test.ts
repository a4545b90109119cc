import { createHash, randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { EntryDraft } from '@meterbook/core/ledger'
import { appendEntries, createPool, listStatements, type Pool, readEntries } from '@meterbook/db/postgres'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../test-servers.ts'
import { until } from '../wait.ts'
import { keepClosing } from './close-months.ts'
import type { DemoCredentials } from './credentials.ts'
import { progressFile } from './progress.ts'
import { seedDemo } from './seed.ts'

const NOW = '2026-11-22T12:00:00Z'
const WITHIN_MS = 20_000
const BOTH = ['2026-09-fernline', '2026-10-fernline', '2026-09-quarry-lane', '2026-10-quarry-lane']

let database: TestDatabase
let owner: pg.Client
let pool: Pool
let home: string
let demo: DemoCredentials
let running: { stop(): Promise<void>; lines: string[] }[]

beforeEach(async () => {
  database = await createTestDatabase({ migrate: true })
  owner = new pg.Client({ connectionString: database.postgres.ownerUrl })
  await owner.connect()
  pool = createPool({ url: database.postgres.url, name: 'test' })
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-close-test-'))
  demo = await seedDemo({ databaseUrl: database.postgres.url, home, url: 'http://127.0.0.1:1', log: () => {} })
  for (const space of ['fernline', 'quarry-lane']) {
    for (const month of ['2026-09', '2026-10', '2026-11']) await post(space, month)
  }
  running = []
})
afterEach(async () => {
  for (const { stop } of running) await stop()
  await pool.end()
  await owner.end()
  fs.rmSync(home, { recursive: true, force: true })
  await database.drop()
})

test('the past months are closed, oldest first and each once, when all of the past is sent and settled, and not before', async () => {
  await journalTo(9)
  await settle({ through: 5, until: '2026-11-20T12:00:00Z' })
  const { lines } = start()
  sentThrough('2026-11-22T11:00:00Z')
  await isStill(() => statements())
  sentThrough(NOW)
  await isStill(() => statements())
  await settle({ through: 9, until: '2026-11-20T12:00:00Z' })
  expect(await until(async () => (await statements()).length === 4, { withinMs: WITHIN_MS })).toBe(true)
  expect(await statements()).toEqual(BOTH)
  expect(lines).toEqual(BOTH.map((id) => `closed ${id}: 1.5 USD in 1 lines`))
  const kept = await ledgers()
  await running[0]?.stop()
  const again = start()
  await isStill(() => ledgers(), kept)
  expect(again.lines).toEqual([])
})

test('a month whose checklist does not hold is not closed, and neither are those after it, until it does', async () => {
  await journalTo(1)
  await settle({ through: 1, until: '2026-11-20T12:00:00Z' })
  await openIncident('2026-09-25T10:00:00Z')
  sentThrough(NOW)
  const { lines } = start()
  const isSaid = () => lines.some((line) => line.startsWith('2026-09-fernline is not closed yet: 1 difference'))
  expect(await until(isSaid, { withinMs: WITHIN_MS })).toBe(true)
  await isStill(async () => (await statements()).filter((id) => id.endsWith('fernline')))
  await owner.query('UPDATE incident SET resolved_at = now()')
  expect(await until(async () => (await statements()).length === 4, { withinMs: WITHIN_MS })).toBe(true)
  expect(lines.filter((line) => line.includes('not closed yet'))).toHaveLength(1)
})

test('only the demo’s own mishaps are waived, with the reason in the checklist: what somebody else sent is left to be judged', async () => {
  await journalTo(1)
  await settle({ through: 1, until: '2026-11-20T12:00:00Z' })
  await hold('2026-10-10T10:00:00Z', '/demo/sprint-radar')
  await hold('2026-10-11T10:00:00Z', '/demo/billing-sync', 'billing-sync')
  await hold('2026-10-12T10:00:00Z', '/checkout', 'billing-sync')
  sentThrough(NOW)
  start()
  expect(await until(async () => (await statements()).length === 3, { withinMs: WITHIN_MS })).toBe(true)
  await isStill(() => statements(), BOTH.slice(0, 3))
  const [, october] = await listStatements(pool, await spaceId('fernline'))
  expect(october?.checklist.at(-1)).toEqual({
    key: 'quarantine',
    state: 'waived',
    text: '1 event of the month held, waived by demo: Sent by the demo itself, on purpose without a value, to show what quarantine is.',
  })
})

function start(): { lines: string[] } {
  const stop = new AbortController()
  const lines: string[] = []
  const ended = keepClosing({
    databaseUrl: database.postgres.url,
    clickhouseUrl: database.clickhouse.url,
    home,
    apps: demo.apps,
    now: () => Date.parse(NOW),
    signal: stop.signal,
    log: (line) => lines.push(line),
    lookMs: 20,
  })
  const end = async () => {
    stop.abort()
    await ended
  }
  running.push({ stop: end, lines })
  return { lines }
}

/** It is the same after the closer has had some turns: it asks Postgres in each. */
async function isStill<T>(read: () => Promise<T[]>, expected: T[] = []): Promise<void> {
  for (let looks = 0; looks < 10; looks += 1) expect(await read()).toEqual(expected)
}

async function post(slug: string, month: string): Promise<void> {
  const start = `${month}-01T00:00:00Z`
  const end = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 1)).toISOString().replace('.000', '')
  const period = { start, end }
  const app = demo.apps.find(({ space }) => space === slug)?.id ?? ''
  const draft: EntryDraft = {
    ...{ kind: 'usage', period, billedIn: period, app, environment: 'production', exempt: false },
    ...{
      capability: 'sql.compute',
      unit: 'hour',
      window: { start: `${month}-02T10:00:00Z`, end: `${month}-02T11:00:00Z` },
    },
    ...{ quantity: '3', amount: '1.5', currency: 'USD', priceBook: randomUUID() },
    parts: [],
    measured: [{ meter: 'sql-compute', version: 1, base: '3', divisor: '1' }],
    entitlements: [],
    journal: { shard: 0, through: '1' },
    cumulative: { before: '0', after: '3' },
  }
  await appendEntries(pool, { spaceId: await spaceId(slug), drafts: [draft], postedAt: 1_790_000_000_000_000n })
}

async function spaceId(slug: string): Promise<string> {
  const { rows } = await owner.query<{ id: string }>('SELECT id FROM developer_space WHERE slug = $1', [slug])
  return rows[0]?.id ?? ''
}

async function statements(): Promise<string[]> {
  const { rows } = await owner.query<{ id: string }>('SELECT id FROM statement ORDER BY closed_at, ledger_sequence')
  const ids = rows.map(({ id }) => id)
  return [...ids.filter((id) => id.endsWith('fernline')), ...ids.filter((id) => !id.endsWith('fernline'))]
}

async function ledgers(): Promise<string[]> {
  const entries = await Promise.all(
    ['fernline', 'quarry-lane'].map(async (slug) => readEntries(pool, { spaceId: await spaceId(slug), limit: 1_000 })),
  )
  return entries.flat().map(({ hash }) => hash)
}

function sentThrough(time: string): void {
  progressFile({ home, appIds: demo.apps.map(({ id }) => id) }).write(Date.parse(time))
}

async function journalTo(last: number): Promise<void> {
  await owner.query(
    `INSERT INTO journal_head (shard, next) VALUES (0, $1) ON CONFLICT (shard) DO UPDATE SET next = excluded.next`,
    [last + 1],
  )
}

/** As the worker would say so, who is not here. */
async function settle({ through, until: at }: { through: number; until: string }): Promise<void> {
  await owner.query(
    `INSERT INTO projection_progress (shard, generation, through) VALUES (0, 1, $1) ON CONFLICT (shard) DO UPDATE SET through = excluded.through`,
    [through],
  )
  await owner.query(
    `INSERT INTO settlement_progress (shard, generation, through, until) VALUES (0, 1, $1, $2)
      ON CONFLICT (shard) DO UPDATE SET through = excluded.through, until = excluded.until`,
    [through, at],
  )
}

async function openIncident(hour: string): Promise<void> {
  await owner.query(
    `INSERT INTO incident (id, scope_key, what, figure, app_id, meter, hour, space_id, environment, expected, found, difference, positions)
      VALUES ($1, $2, 'rollup_hour', 'sum', '', '', $3, $4, '', '1', '2', '1', '{}')`,
    [randomUUID(), createHash('sha256').update(hour).digest('hex'), hour, await spaceId('fernline')],
  )
}

let held = 0

async function hold(at: string, source: string, slug = 'sprint-radar'): Promise<void> {
  const url = new URL(database.clickhouse.url)
  const app = demo.apps.find((one) => one.slug === slug)?.id
  held += 1
  const row = { shard: 0, batch: held, pos: 0, app, event_id: `e${held}`, source, type: 'kvs.written' }
  const query = `INSERT INTO event_index FORMAT JSONEachRow ${JSON.stringify({
    ...{ ...row, occurred_at: at.replace('T', ' ').replace('Z', ''), verdict: 'quarantined', reason: 'value_missing' },
    ...{ entry_batch: held, sign: 1 },
  })}`
  const answer = await fetch(`${url.origin}/?database=${url.pathname.slice(1)}`, {
    method: 'POST',
    body: query,
    headers: { authorization: `Basic ${Buffer.from(`${url.username}:${url.password}`).toString('base64')}` },
  })
  expect(answer.status, await answer.text()).toBe(200)
}
