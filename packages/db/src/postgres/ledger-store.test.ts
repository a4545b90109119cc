import { hash, randomUUID } from 'node:crypto'
import { formatInstant } from '@meterbook/core/kernel'
import { type ChainReport, createChainVerifier, type EntryDraft, PLATFORM_SPACE_ID } from '@meterbook/core/ledger'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appendEntries } from './ledger-store.ts'
import { findEntry, readEntries, readHeads } from './ledger-store-read.ts'
import { listLedgerSpaces, readLedgerRows } from './ledger-store-rows.ts'
import { openPostgresTestDatabase, type PostgresTestDatabase } from './postgres-test-database.ts'

const POSTED_AT = 1_791_000_000_123_456n
const HOUR = 3_600_000_000n
const OCTOBER = { start: '2026-10-01T04:00:00Z', end: '2026-11-01T04:00:00Z' }
const APP = '0b0c2a0e-54ef-4d52-9b0c-0c3b1f6a7e55'

let database: PostgresTestDatabase
beforeAll(async () => {
  database = await openPostgresTestDatabase()
})
afterAll(() => database.drop())

type UsageDraft = Extract<EntryDraft, { kind: 'usage' }>

function draftOf(number: number, more: Partial<UsageDraft> = {}): UsageDraft {
  const quantity = String(number)
  const start = 1_790_827_200_000_000n + BigInt(number) * HOUR
  return {
    kind: 'usage',
    period: OCTOBER,
    billedIn: OCTOBER,
    app: APP,
    environment: 'production',
    exempt: false,
    capability: 'kvs.reads',
    unit: 'GB',
    window: { start: formatInstant(start), end: formatInstant(start + HOUR) },
    quantity,
    amount: quantity,
    currency: 'USD',
    priceBook: null,
    parts: [],
    measured: [{ meter: 'kvs_reads', version: 1, base: quantity, divisor: '1' }],
    entitlements: [],
    journal: { shard: 2, through: '18' },
    cumulative: { before: '0', after: quantity },
    ...more,
  }
}

const post = (spaceId: string, drafts: readonly EntryDraft[], db: pg.Pool | pg.Client = database.pool) =>
  appendEntries(db, { spaceId, drafts, postedAt: POSTED_AT })

async function verify(spaceId: string): Promise<ChainReport> {
  const [head = null] = await readHeads(database.pool, { spaceIds: [spaceId] })
  const verifier = createChainVerifier({ spaceId, head, sha256: (text) => hash('sha256', text, 'hex') })
  for await (const rows of readLedgerRows(database.pool, { spaceId })) for (const row of rows) verifier.add(row)
  return verifier.finish()
}

describe('appending', () => {
  test('what comes back is what was posted, in the order of the chain, and the chain verifies', async () => {
    const spaceId = randomUUID()
    const drafts: EntryDraft[] = [
      draftOf(1, { quantity: `0.${'1'.repeat(60)}`, amount: `-123456789012345678901234567890.${'7'.repeat(78)}` }),
      { ...draftOf(2), kind: 'adjustment', adjusts: '1', reason: 'late_usage', acts: [randomUUID()] },
      {
        kind: 'statement',
        period: OCTOBER,
        billedIn: OCTOBER,
        statement: '2026-10-x',
        lines: 'a'.repeat(64),
        exactTotal: '1.005',
        total: '1',
        currency: 'USD',
      },
      { kind: 'rounding', period: OCTOBER, billedIn: OCTOBER, amount: '-0.005', currency: 'USD', text: 'to the cent' },
      {
        kind: 'credit',
        period: OCTOBER,
        billedIn: OCTOBER,
        amount: '-5',
        currency: 'USD',
        text: '"ü" \\ {1,2} 🌊 NULL',
      },
    ]
    const appended = await post(spaceId, drafts)
    expect([appended.first, appended.last]).toEqual([1n, 5n])
    const entries = await readEntries(database.pool, { spaceId, limit: 10 })
    expect(entries.map(({ sequence }) => sequence)).toEqual([1n, 2n, 3n, 4n, 5n])
    const posted = { format: 'meterbook/entry/1', postedAt: formatInstant(POSTED_AT) }
    expect(entries.map(({ entry }) => entry)).toEqual(drafts.map((draft) => ({ ...draft, ...posted })))
    expect(await verify(spaceId)).toEqual({ spaceId, entries: 5n, hash: appended.hash, fault: null })
    expect(await readHeads(database.pool, { spaceIds: [spaceId] })).toEqual([
      { spaceId, sequence: 5n, hash: appended.hash },
    ])
  })

  test('many writers at once make one chain, without a gap and without a fork', async () => {
    const spaceId = randomUUID()
    const pools = ['a', 'b', 'c'].map((name) => database.openPool(name))
    const writers = Array.from({ length: 24 }, (_, at) =>
      post(
        spaceId,
        Array.from({ length: at === 7 ? 1_500 : 1 + (at % 5) * 40 }, (_, number) => draftOf(number)),
        pools[at % 3],
      ),
    )
    const appended = (await Promise.all(writers)).sort((a, b) => (a.first < b.first ? -1 : 1))
    let next = 1n
    for (const { first, last } of appended) {
      expect(first).toBe(next)
      next = last + 1n
    }
    expect(await verify(spaceId)).toEqual({ spaceId, entries: next - 1n, hash: appended.at(-1)?.hash, fault: null })
  })

  test('inside the caller’s transaction it is part of it: rolled back, nothing is posted', async () => {
    const spaceId = randomUUID()
    const client = await database.pool.connect()
    try {
      await client.query('BEGIN')
      await appendEntries(client, { spaceId, drafts: [draftOf(1)], postedAt: POSTED_AT })
      expect((await readEntries(client, { spaceId, limit: 1 })).length).toBe(1)
      await client.query('ROLLBACK')
      expect(await verify(spaceId)).toMatchObject({ entries: 0n, fault: null })
      await client.query('BEGIN')
      await appendEntries(client, { spaceId, drafts: [draftOf(1)], postedAt: POSTED_AT })
      await appendEntries(client, { spaceId, drafts: [draftOf(2)], postedAt: POSTED_AT })
      await client.query('COMMIT')
    } finally {
      client.release()
    }
    expect(await verify(spaceId)).toMatchObject({ entries: 2n, fault: null })
  })

  test('no drafts post nothing', async () => {
    const spaceId = randomUUID()
    expect(await post(spaceId, [])).toMatchObject({ first: 1n, last: 0n })
    expect(await verify(spaceId)).toMatchObject({ entries: 0n, fault: null })
  })

  test('a draft that is not in the format is refused with all that came with it', async () => {
    const spaceId = randomUUID()
    await expect(post(spaceId, [draftOf(1), draftOf(2, { amount: '1.0' })])).rejects.toThrow('plain decimal')
    await expect(post(PLATFORM_SPACE_ID, [draftOf(1)])).rejects.toThrow(RangeError)
    expect(await readEntries(database.pool, { spaceId, limit: 1 })).toEqual([])
  })
})

describe('reading', () => {
  const spaceId = randomUUID()
  const other = randomUUID()
  const NOVEMBER = { start: '2026-11-01T04:00:00Z', end: '2026-12-01T05:00:00Z' }
  beforeAll(async () => {
    await post(spaceId, [
      draftOf(1),
      draftOf(1, { environment: 'test' }),
      draftOf(2, { capability: 'kvs.writes' }),
      draftOf(3, { exempt: true, amount: '0' }),
      { ...draftOf(1, { billedIn: NOVEMBER }), kind: 'adjustment', adjusts: '1', reason: 'cancelled' },
    ])
    await post(other, [draftOf(1)])
  })
  const sequences = async (filter: Parameters<typeof readEntries>[1]['filter']) =>
    (await readEntries(database.pool, { spaceId, filter, limit: 10 })).map(({ sequence }) => Number(sequence))

  test('an account-window, an account, a statement and a kind have their entries and no other', async () => {
    const windowStart = 1_790_827_200_000_000n + HOUR
    expect(await sequences({ appId: APP, capabilityKey: 'kvs.reads', windowStart, environment: 'production' })).toEqual(
      [1, 5],
    )
    expect(await sequences({ appId: APP, capabilityKey: 'kvs.reads', periodStart: 1_790_827_200_000_000n })).toEqual([
      1, 2, 4, 5,
    ])
    expect(await sequences({ isExempt: true })).toEqual([4])
    expect(await sequences({ billedInStart: 1_793_505_600_000_000n })).toEqual([5])
    expect(await sequences({ kinds: ['adjustment', 'credit'] })).toEqual([5])
    expect(await sequences({ appId: randomUUID() })).toEqual([])
    expect(await sequences(undefined)).toEqual([1, 2, 3, 4, 5])
  })

  test('pages follow each other, and one entry is found by its number in its space only', async () => {
    const page = await readEntries(database.pool, { spaceId, after: 1n, through: 4n, limit: 2 })
    expect(page.map(({ sequence }) => sequence)).toEqual([2n, 3n])
    expect((await findEntry(database.pool, { spaceId, sequence: 5n }))?.entry.kind).toBe('adjustment')
    expect(await findEntry(database.pool, { spaceId: other, sequence: 5n })).toBeNull()
  })

  test('every space with a row is listed, also one whose head is gone', async () => {
    expect(await listLedgerSpaces(database.pool)).toEqual(expect.arrayContaining([spaceId, other]))
  })
})

describe('a head', () => {
  test('moves on and nowhere else, for the app and for the owner, and is never removed', async () => {
    const spaceId = randomUUID()
    await post(spaceId, [draftOf(1), draftOf(2)])
    const app = new pg.Client({ connectionString: database.url })
    await app.connect()
    try {
      for (const client of [app, database.owner]) {
        for (const change of ['sequence = sequence - 1', 'sequence = sequence', `space_id = '${randomUUID()}'`]) {
          const moved = client.query(`UPDATE ledger_head SET ${change} WHERE space_id = $1`, [spaceId])
          await expect(moved, change).rejects.toThrow('a ledger head only moves on')
        }
        await expect(client.query('DELETE FROM ledger_head WHERE space_id = $1', [spaceId])).rejects.toThrow(
          client === app ? 'permission denied' : 'ledger_head is append-only',
        )
        await expect(client.query('TRUNCATE ledger_head')).rejects.toThrow(
          client === app ? 'permission denied' : 'ledger_head is append-only',
        )
      }
    } finally {
      await app.end()
    }
    expect(await verify(spaceId)).toMatchObject({ entries: 2n, fault: null })
  })
})
