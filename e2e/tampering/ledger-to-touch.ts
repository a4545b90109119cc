import { randomUUID } from 'node:crypto'
import type { EntryDraft } from '@meterbook/core/ledger'
import { appendEntries, createPool, JournalWriter, sealJournal } from '@meterbook/db/postgres'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import pg from 'pg'

/** A small ledger with everything in it: chains of several spaces, all kinds of entries, a journal that is sealed to its end. */
export interface LedgerToTouch {
  /** As the database's superuser, triggers off: nothing stops it. */
  superuser: pg.Client
  spaceIds: string[]
  shards: number[]
  /** By shard. */
  batches: number
  drop(): Promise<void>
}

const POSTED_AT = 1_791_000_000_123_456n
const ENTRIES = 11
const BATCHES = 9
/** The last batch of the first of two seals. */
export const FIRST_SEAL = 4n
const OCTOBER = { start: '2026-10-01T04:00:00Z', end: '2026-11-01T04:00:00Z' }
const NOVEMBER = { start: '2026-11-01T04:00:00Z', end: '2026-12-01T05:00:00Z' }

export async function openLedgerToTouch(): Promise<LedgerToTouch> {
  const database = await createTestDatabase({ migrate: true })
  const pool = createPool({ url: database.postgres.url, name: 'tampering' })
  const spaceIds = [randomUUID(), randomUUID()]
  const shards = [1, 2]
  for (const shard of shards) {
    const writer = new JournalWriter(pool)
    for (let at = 0; at < BATCHES; at++) await writer.append([batchOf(shard, at)])
    // Two seals for each, so that a fault of one run is not a fault of the other.
    await sealJournal(pool, { shard, through: FIRST_SEAL, postedAt: POSTED_AT })
    await sealJournal(pool, { shard, through: BigInt(BATCHES), postedAt: POSTED_AT })
  }
  for (const spaceId of spaceIds) await appendEntries(pool, { spaceId, drafts: draftsOf(), postedAt: POSTED_AT })
  await pool.end()
  const superuser = await openSuperuser(database)
  await superuser.query('SET session_replication_role = replica')
  return {
    superuser,
    spaceIds,
    shards,
    batches: BATCHES,
    async drop() {
      await superuser.end()
      await database.drop()
    },
  }
}

async function openSuperuser(database: TestDatabase): Promise<pg.Client> {
  const servers = JSON.parse(process.env.METERBOOK_TEST_SERVERS ?? '{}') as { postgres: { superuserUrl: string } }
  const url = new URL(servers.postgres.superuserUrl)
  url.pathname = new URL(database.postgres.url).pathname
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  return client
}

/** Every third body is long enough to be compressed. */
function batchOf(shard: number, at: number) {
  const data = `"amount":"${at}.5","text":"${'a journal is a book '.repeat((at % 3) * 80)}"`
  return {
    shard,
    appId: randomUUID(),
    keyId: randomUUID(),
    receivedAt: POSTED_AT + BigInt(at),
    eventCount: 1,
    body: `[{"specversion":"1.0","id":"${shard}-${at}","source":"/s","type":"t","data":{${data}}}]`,
  }
}

function draftsOf(): EntryDraft[] {
  const drafts: EntryDraft[] = []
  for (let at = 1; at <= ENTRIES - 4; at++) {
    const usage = usageOf(at)
    drafts.push(
      at % 4 === 0 ? { ...usage, kind: 'adjustment', adjusts: '1', reason: 'late_usage', billedIn: NOVEMBER } : usage,
    )
  }
  const lump = { period: OCTOBER, billedIn: OCTOBER, currency: 'USD' }
  return [
    ...drafts,
    { ...lump, kind: 'discount', amount: '-1.25', text: '10 % of KVS' },
    { ...lump, kind: 'credit', amount: '-3', text: 'for the outage of 3 October' },
    { ...lump, kind: 'rounding', amount: '0.0000479', text: 'to the cent' },
    {
      ...lump,
      kind: 'statement',
      statement: '2026-10-x',
      lines: 'ab'.repeat(32),
      exactTotal: '12.3399521',
      total: '12.34',
    },
  ]
}

function usageOf(at: number): Extract<EntryDraft, { kind: 'usage' }> {
  const [quantity, amount] = [`${at}.000000953674316406`, `0.0${at}000005245208740233`]
  const hour = String(at).padStart(2, '0')
  return {
    kind: 'usage',
    period: OCTOBER,
    billedIn: OCTOBER,
    app: randomUUID(),
    environment: at % 2 === 0 ? 'production' : 'test',
    exempt: at % 5 === 0,
    capability: 'kvs.reads',
    unit: 'GB',
    window: { start: `2026-10-02T${hour}:00:00Z`, end: `2026-10-02T${hour}:30:00.000001Z` },
    quantity,
    amount,
    currency: 'USD',
    priceBook: randomUUID(),
    parts: [
      {
        priceBook: randomUUID(),
        version: '2026-01-01T00:00:00Z',
        tier: 'overage',
        quantity,
        units: quantity,
        unitPrice: '0.055',
        per: '1',
        amount,
      },
    ],
    measured: [{ meter: 'kvs_reads', version: 1, base: '1023.5', divisor: '1073741824' }],
    entitlements: [randomUUID()],
    journal: { shard: 1, through: '9' },
    cumulative: { before: '0', after: quantity },
  }
}
