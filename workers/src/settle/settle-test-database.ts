import { randomUUID } from 'node:crypto'
import type { Act } from '@meterbook/core/event'
import { parseInstant } from '@meterbook/core/kernel'
import type { LedgerEntry } from '@meterbook/core/ledger'
import { appendCorrection, type CorrectionRequest, readEntries } from '@meterbook/db/postgres'
import { createProjectionTestDatabase, type ProjectionTestDatabase } from '../attribute/projection-test-database.ts'
import { type PostedNews, type SettleDeps, settleShard } from './settle-shard.ts'

export type UsageEntry = Extract<LedgerEntry, { kind: 'usage' | 'adjustment' }> & { sequence: bigint }

/** A space with an app that may use requests, tokens and stored, all with a price, and the means to settle it. */
export interface SettleTestDatabase extends ProjectionTestDatabase {
  bookId: string
  /** Journals and projects. */
  send(events: object[]): Promise<void>
  act(name: CorrectionRequest['act'], targets: { id: string; event?: object }[]): Promise<string>
  /** Settles all that is due at that time; 50 hours before it nothing is open. Returns the number of entries. */
  settle(now: string, over?: Partial<SettleDeps>): Promise<number>
  news: PostedNews[]
  entries(spaceId?: string): Promise<UsageEntry[]>
}

export async function createSettleTestDatabase(
  input: { billingZone?: string; prices?: TestPrice[] } = {},
): Promise<SettleTestDatabase> {
  const database = await createProjectionTestDatabase()
  const { owner, appId, spaceId, shard, pool, clickhouse } = database
  const [book] = (await owner.query<{ id: string }>('SELECT id FROM price_book')).rows
  const bookId = book?.id ?? ''
  await owner.query('UPDATE developer_space SET billing_zone = $1', [input.billingZone ?? 'UTC'])
  await owner.query(`INSERT INTO capability (key, name, unit, shape) VALUES ('stored', 'Stored', 'GB-hour', 'level')`)
  const meter = randomUUID()
  await owner.query(`INSERT INTO meter (id, slug, name, capability_key) VALUES ($1, 'stored', 'stored', 'stored')`, [
    meter,
  ])
  await owner.query(
    `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation, value, divisor, subject_required)
     VALUES ($1, 1, '2020-01-01T00:00:00Z', 'level', 'TIME_WEIGHTED', '{"path":"$.gb"}', 3, true)`,
    [meter],
  )
  await owner.query(
    `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from)
     SELECT $1, id, $2, 'stored', '2020-01-01T00:00:00Z' FROM subscription`,
    [randomUUID(), appId],
  )
  for (const price of input.prices ?? PRICES) await addPrice(database, bookId, price)
  const news: PostedNews[] = []
  const deps = { pool, clickhouse, onPosted: (posted: PostedNews) => void news.push(posted) }
  return {
    ...database,
    bookId,
    news,
    async send(events) {
      await database.journal(events)
      await database.project()
    },
    async act(name, targets) {
      const id = randomUUID()
      const request = {
        id,
        act: name,
        app: { id: appId, shard },
        actor: { id: 'op', name: 'Op' },
        reason: 'because',
        filter: {},
      }
      const places = await Promise.all(targets.map((target) => placeOf(database, target)))
      await appendCorrection(pool, { request: { ...request, targets: places }, receivedAt: BigInt(Date.now()) * 1000n })
      await database.project()
      return id
    },
    async settle(now, over = {}) {
      let entries = 0
      for (;;) {
        const step = await settleShard({ ...deps, now: () => instant(now), ...over }, shard)
        entries += step.entries
        if (!step.hasMore) return entries
      }
    },
    async entries(of = spaceId) {
      const page = await readEntries(pool, { spaceId: of, limit: 5_000 })
      return page.flatMap(({ entry, sequence }) =>
        entry.kind === 'usage' || entry.kind === 'adjustment' ? [{ ...entry, sequence }] : [],
      )
    },
  }
}

export interface TestPrice {
  capability: string
  from?: string
  allowance?: string
  price: string
  per?: string
  version?: number
}

const PRICES: TestPrice[] = [
  { capability: 'requests', allowance: '3', price: '2' },
  { capability: 'tokens', allowance: '100', price: '0.5', per: '10' },
  { capability: 'stored', allowance: '1', price: '0.07' },
]

export async function addPrice(database: ProjectionTestDatabase, bookId: string, price: TestPrice): Promise<void> {
  const { capability, from, allowance, per, version } = price
  await database.owner.query(
    `INSERT INTO price (price_book_id, capability_key, version, effective_from, allowance, price, per) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [bookId, capability, version ?? 1, from ?? '2020-01-01T00:00:00Z', allowance ?? '0', price.price, per ?? '1'],
  )
}

export function instant(text: string): bigint {
  const parsed = parseInstant(text)
  if (!parsed.ok) throw new RangeError(`expected an instant, found ${text}`)
  return parsed.value
}

async function placeOf(
  database: ProjectionTestDatabase,
  { id, event }: { id: string; event?: object },
): Promise<Act['targets'][number]> {
  const [row] = await database.rows<{ batch: string; pos: number }>(
    `SELECT batch, pos FROM event_index WHERE event_id = '${id}' ORDER BY batch, pos LIMIT 1`,
  )
  if (row === undefined) throw new Error(`expected an event ${id}`)
  return { batch: BigInt(row.batch), pos: row.pos, ...(event && { event: JSON.stringify(event) }) }
}
