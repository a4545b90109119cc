import { randomUUID } from 'node:crypto'
import type { EntryDraft } from '@meterbook/core/ledger'
import {
  appendAudit,
  appendEntries,
  countOpenIncidents,
  createPool,
  inTransaction,
  JournalWriter,
  listIncidents,
  listOpenIncidents,
  type Pool,
  resolveUnseenIncidents,
  sealJournal,
  takeVerification,
} from '@meterbook/db/postgres'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { until } from '@meterbook/stack/wait'
import pg from 'pg'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keepVerifying, type VerifyDeps } from './keep-verifying.ts'

const POSTED_AT = 1_791_000_000_000_000n
const WITHIN_MS = 60_000
const OCTOBER = { start: '2026-10-01T00:00:00Z', end: '2026-11-01T00:00:00Z' }
const SPACES = [randomUUID(), randomUUID()].sort() as [string, string]

let database: TestDatabase
let pool: Pool
let owner: pg.Client
let running: (() => Promise<void>)[]
beforeEach(async () => {
  database = await createTestDatabase({ migrate: true })
  pool = createPool({ url: database.postgres.url, name: 'test' })
  owner = new pg.Client({ connectionString: database.postgres.ownerUrl })
  await owner.connect()
  for (const [index, id] of SPACES.entries()) {
    await pool.query(`INSERT INTO developer_space (id, slug, name) VALUES ($1, $2, $2)`, [id, `space-${index}`])
    await post(id, 5)
  }
  const batch = { shard: 1, appId: randomUUID(), keyId: randomUUID(), receivedAt: POSTED_AT, eventCount: 0, body: '[]' }
  await new JournalWriter(pool).append([batch, batch, batch])
  await sealJournal(pool, { shard: 1, through: 2n, postedAt: POSTED_AT })
  running = []
})
afterEach(async () => {
  await Promise.all(running.map((stop) => stop()))
  await pool.end()
  await owner.end()
  await database.drop()
})

async function post(spaceId: string, count: number): Promise<void> {
  const drafts = Array.from({ length: count }, (_, at): EntryDraft => {
    return { kind: 'credit', period: OCTOBER, billedIn: OCTOBER, amount: `-${at + 1}`, currency: 'USD', text: 'x' }
  })
  await appendEntries(pool, { spaceId, drafts, postedAt: POSTED_AT })
}

/** The job as a worker process would run it, but soon, again and again, without rest. */
function start(over: Partial<VerifyDeps> = {}): () => Promise<void> {
  const stop = new AbortController()
  const log = pino({ level: 'silent' })
  const pace = { share: 1, everyMs: 0, faultyMs: 0, idleMs: 10 }
  const ended = keepVerifying({ databaseUrl: database.postgres.url, pool, log, ...pace, ...over }, stop.signal)
  const end = async () => {
    stop.abort()
    await ended
  }
  running.push(end)
  return end
}

interface Run {
  begun_at: Date | null
  completed_at: Date | null
  position: string
}

const run = async () =>
  (await owner.query<Run>('SELECT begun_at, completed_at, position FROM ledger_verification')).rows[0]!

/** A run that began after now was completed. */
async function isVerifiedOnce(): Promise<boolean> {
  const { rows } = await owner.query<{ now: Date }>('SELECT clock_timestamp() AS now')
  const since = rows[0]!.now
  return until(
    async () => {
      const { begun_at, completed_at } = await run()
      return begun_at !== null && completed_at !== null && begun_at > since && completed_at >= begun_at
    },
    { withinMs: WITHIN_MS },
  )
}

/** By whoever owns the database and switches its guards off. */
async function tamper(
  table: 'ledger_entry' | 'ledger_head' | 'journal_batch' | 'audit_entry',
  query: string,
): Promise<void> {
  await owner.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`)
  expect((await owner.query(query)).rowCount).toBe(1)
  await owner.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`)
}

const rename = (from: string, to: string) =>
  tamper(
    'ledger_entry',
    `UPDATE ledger_entry SET canonical = replace(canonical, '"text":"${from}"', '"text":"${to}"') WHERE space_id = '${SPACES[1]}' AND sequence = 3`,
  )

describe('the daily verification', () => {
  test('finds a row that was touched, names it in one incident that only verification can resolve, and resolves it when the row is as it was', async () => {
    start()
    expect(await isVerifiedOnce()).toBe(true)
    expect(await listIncidents(pool, { limit: 10 })).toEqual([])
    await rename('x', 'y')
    expect(await isVerifiedOnce()).toBe(true)
    expect(await isVerifiedOnce()).toBe(true)
    const [incident, ...others] = await listIncidents(pool, { limit: 10 })
    expect(others).toEqual([])
    expect(incident).toMatchObject({
      ...{ what: 'ledger_chain', figure: 'altered', spaceId: SPACES[1], first: 3n, last: 3n, resolvedAt: null },
      positions: ['entry 3: canonical'],
    })
    await owner.query(`UPDATE reconciliation_round SET begun_at = now() + interval '1 hour'`)
    expect(await resolveUnseenIncidents(pool)).toBe(0)
    expect(await listOpenIncidents(pool, { limit: 10 })).toEqual([])
    await post(SPACES[1], 1)
    await rename('y', 'x')
    expect(await isVerifiedOnce()).toBe(true)
    expect(await countOpenIncidents(pool)).toBe(0)
    expect(await listIncidents(pool, { limit: 10 })).toMatchObject([{ id: incident?.id, figure: 'altered' }])
  })

  test('finds a row after the head, and a batch that is not what was sealed, by the number of its shard', async () => {
    await tamper(
      'ledger_head',
      `UPDATE ledger_head h SET sequence = 4, hash = e.hash FROM ledger_entry e WHERE h.space_id = '${SPACES[0]}' AND e.space_id = h.space_id AND e.sequence = 4`,
    )
    await tamper('journal_batch', `UPDATE journal_batch SET app_id = gen_random_uuid() WHERE shard = 1 AND number = 2`)
    start()
    expect(await isVerifiedOnce()).toBe(true)
    const found = (await listIncidents(pool, { limit: 10 })).sort((a, b) => (a.what < b.what ? -1 : 1))
    expect(found).toMatchObject([
      { what: 'journal_seal', figure: 'altered', shard: 1, spaceId: '', first: 1n },
      { what: 'ledger_chain', spaceId: SPACES[0], first: 5n },
    ])
  })

  test('finds an entry of the audit log that was touched, and resolves it when it is as it was', async () => {
    const act = { actorId: 'ada', act: 'space.create', targetType: 'space', targetId: 'one' }
    await inTransaction(pool, (tx) => appendAudit(tx, act))
    start()
    expect(await isVerifiedOnce()).toBe(true)
    expect(await countOpenIncidents(pool)).toBe(0)
    await tamper('audit_entry', `UPDATE audit_entry SET target_id = 'two' WHERE sequence = 1`)
    expect(await isVerifiedOnce()).toBe(true)
    expect(await listIncidents(pool, { limit: 10 })).toMatchObject([
      {
        what: 'audit_chain',
        figure: 'altered',
        spaceId: '',
        first: 1n,
        positions: ['entry 1: targetId'],
        resolvedAt: null,
      },
    ])
    await tamper('audit_entry', `UPDATE audit_entry SET target_id = 'one' WHERE sequence = 1`)
    expect(await isVerifiedOnce()).toBe(true)
    expect(await countOpenIncidents(pool)).toBe(0)
  })

  test('is due once a day: a restart does not repeat it, and a run that was killed goes on where it was', async () => {
    const daily = { everyMs: 86_400_000, faultyMs: 86_400_000 }
    const stop = start(daily)
    expect(await until(async () => (await run()).completed_at !== null, { withinMs: WITHIN_MS })).toBe(true)
    const first = await run()
    expect(first.position).toBe('')
    await stop()
    await rename('x', 'y')
    const again = start(daily)
    for (let looks = 0; looks < 30; looks += 1) expect(await run()).toEqual(first)
    await again()
    expect(await countOpenIncidents(pool)).toBe(0)
    // killed after the first space
    await owner.query(
      `UPDATE ledger_verification SET begun_at = now(), completed_at = now() - interval '1 day', position = $1`,
      [`1 ${SPACES[0]}`],
    )
    await tamper('ledger_entry', `UPDATE ledger_entry SET amount = 7 WHERE space_id = '${SPACES[0]}' AND sequence = 2`)
    start(daily)
    const isDone = async () => {
      const { begun_at, completed_at } = await run()
      return completed_at !== null && begun_at !== null && completed_at >= begun_at
    }
    expect(await until(isDone, { withinMs: WITHIN_MS })).toBe(true)
    expect((await listIncidents(pool, { limit: 10 })).map(({ spaceId }) => spaceId)).toEqual([SPACES[1]])
  })

  test('is one process at a time', async () => {
    const stop = start()
    expect(await isVerifiedOnce()).toBe(true)
    expect(await takeVerification(database.postgres.url)).toBeNull()
    await stop()
    const lock = await takeVerification(database.postgres.url)
    expect(lock).not.toBeNull()
    await lock?.release()
  })
})
