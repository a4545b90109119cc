import { randomUUID } from 'node:crypto'
import { type Act, writeJournalBody } from '@meterbook/core/event'
import { parseInstant } from '@meterbook/core/kernel'
import type { LedgerEntry } from '@meterbook/core/ledger'
import { appendCorrection, type CorrectionRequest, JournalWriter, readEntries, takeShard } from '@meterbook/db/postgres'
import { CatalogueCache } from '../attribute/catalogue-cache.ts'
import { InsertPace } from '../attribute/insert-pace.ts'
import { createProjectionTestDatabase, type ProjectionTestDatabase } from '../attribute/projection-test-database.ts'
import { ShardProjection } from '../attribute/shard-projection.ts'
import { PostedAccounts } from './posted-accounts.ts'
import { type PostedNews, type SettleDeps, settleShard } from './settle-shard.ts'

export type UsageEntry = Extract<LedgerEntry, { kind: 'usage' | 'adjustment' }> & { sequence: bigint }

export interface TestApp {
  id: string
  shard: number
}

/** A space with an app that may use requests, tokens and stored, all with a price, and the means to settle it. */
export interface SettleTestDatabase extends Omit<ProjectionTestDatabase, 'journal' | 'project'> {
  bookId: string
  app: TestApp
  /** default shard: that of the first app */
  addApp(input: { slug: string; spaceId?: string; shard?: number }): Promise<TestApp>
  addSpace(input: { slug: string; billingZone?: string }): Promise<string>
  addPrice(price: TestPrice): Promise<void>
  /** The app is the other space's from then on. */
  move(app: TestApp, spaceId: string, from: string): Promise<void>
  /** Journals and projects. */
  send(events: object[], app?: TestApp): Promise<void>
  project(shard?: number): Promise<void>
  /** Upon the first event of each id; returns the correction's id. */
  act(name: CorrectionRequest['act'], targets: { id: string; event?: object }[], app?: TestApp): Promise<string>
  /** Settles all that is due at that time: what ended two days and two minutes before. Returns the number of entries. */
  settle(now: string, over?: Partial<SettleDeps> & { shard?: number }): Promise<number>
  news: PostedNews[]
  entries(spaceId?: string): Promise<UsageEntry[]>
}

const SINCE = '2020-01-01T00:00:00Z'

export async function createSettleTestDatabase(
  input: { billingZone?: string; prices?: TestPrice[] } = {},
): Promise<SettleTestDatabase> {
  const database = await createProjectionTestDatabase()
  const { owner, appId, spaceId, shard, pool, clickhouse } = database
  const [book] = (await owner.query<{ id: string }>('SELECT id FROM price_book')).rows
  const bookId = book?.id ?? ''
  await owner.query('UPDATE developer_space SET billing_zone = $1', [input.billingZone ?? 'UTC'])
  await addLevelMeter(database)
  const journal = new JournalWriter(pool)
  const news: PostedNews[] = []
  const deps = { pool, clickhouse, onPosted: (posted: PostedNews) => void news.push(posted) }
  const app = { id: appId, shard }
  const settlers = new Map<number, Pick<SettleDeps, 'ratedBy' | 'posted'>>()
  const test: SettleTestDatabase = {
    ...database,
    bookId,
    app,
    news,
    async addApp({ slug, spaceId: of = spaceId, shard: on = shard }) {
      const id = randomUUID()
      await owner.query(`INSERT INTO app (id, slug, name, shard) VALUES ($1, $2, $2, $3)`, [id, slug, on])
      await owner.query(`INSERT INTO app_ownership (id, app_id, space_id, effective_from) VALUES ($1, $2, $3, $4)`, [
        randomUUID(),
        id,
        of,
        SINCE,
      ])
      await entitle(database, { appId: id, spaceId: of, from: SINCE })
      return { id, shard: on }
    },
    async addSpace({ slug, billingZone = 'UTC' }) {
      const id = randomUUID()
      await owner.query('INSERT INTO developer_space (id, slug, name, billing_zone) VALUES ($1, $2, $2, $3)', [
        id,
        slug,
        billingZone,
      ])
      await owner.query(
        'INSERT INTO subscription (id, space_id, price_book_id, effective_from) VALUES ($1, $2, $3, $4)',
        [randomUUID(), id, bookId, SINCE],
      )
      return id
    },
    async addPrice({
      capability,
      from = SINCE,
      allowance = '0',
      price,
      per = '1',
      version = 1,
      packaging = 'exact',
      tiers,
    }) {
      await owner.query(
        `INSERT INTO price (price_book_id, capability_key, version, effective_from, allowance, price, per, packaging, tiers)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          bookId,
          capability,
          version,
          from,
          allowance,
          price,
          per,
          packaging,
          tiers === undefined ? null : JSON.stringify(tiers),
        ],
      )
    },
    async move({ id }, to, from) {
      await owner.query('UPDATE app_ownership SET effective_to = $2 WHERE app_id = $1 AND effective_to IS NULL', [
        id,
        from,
      ])
      await owner.query('UPDATE entitlement SET effective_to = $2 WHERE app_id = $1 AND effective_to IS NULL', [
        id,
        from,
      ])
      await owner.query(`INSERT INTO app_ownership (id, app_id, space_id, effective_from) VALUES ($1, $2, $3, $4)`, [
        randomUUID(),
        id,
        to,
        from,
      ])
      await entitle(database, { appId: id, spaceId: to, from })
    },
    async send(events, { id, shard: on } = app) {
      const body = writeJournalBody(events.map((event) => JSON.stringify(event)))
      const receivedAt = BigInt(Date.now()) * 1000n
      await journal.append([{ shard: on, appId: id, keyId: randomUUID(), receivedAt, eventCount: events.length, body }])
      await test.project(on)
    },
    async project(on = shard) {
      const ownership = await takeShard({ url: database.databaseUrl, shard: on, workerId: 'test' })
      if (!ownership) throw new Error('expected the shard to be free')
      const nothing = () => undefined
      const facts = {
        catalogues: new CatalogueCache(pool),
        pace: new InsertPace(),
        onVisible: nothing,
        reached: nothing,
      }
      try {
        await (await ShardProjection.begin({ pool, clickhouse, ...facts }, ownership)).drain()
      } finally {
        await ownership.release()
      }
    },
    async act(name, targets, { id: of, shard: on } = app) {
      const id = randomUUID()
      const places = await Promise.all(targets.map((target) => placeOf(database, target)))
      const request = { id, act: name, app: { id: of, shard: on }, reason: 'because', filter: {}, targets: places }
      await appendCorrection(pool, {
        request: { ...request, actor: { id: 'op', name: 'Op' } },
        receivedAt: BigInt(Date.now()) * 1000n,
      })
      await test.project(on)
      return id
    },
    async settle(now, { shard: on = shard, ...over } = {}) {
      let entries = 0
      const settler = settlers.get(on) ?? { ratedBy: new Set<string>(), posted: new PostedAccounts() }
      settlers.set(on, settler)
      for (;;) {
        const step = await settleShard({ ...deps, now: () => instant(now), ...settler, ...over }, on)
        entries += step.entries
        if (!step.hasMore) return entries
      }
    },
    async entries(of = spaceId) {
      const found: UsageEntry[] = []
      for (let after = 0n; ; ) {
        const page = await readEntries(pool, { spaceId: of, after, limit: 5_000 })
        for (const { entry, sequence } of page)
          if (entry.kind === 'usage' || entry.kind === 'adjustment') found.push({ ...entry, sequence })
        if (page.length < 5_000) return found
        after = page.at(-1)?.sequence ?? after
      }
    },
  }
  for (const price of input.prices ?? PRICES) await test.addPrice(price)
  return test
}

export interface TestPrice {
  capability: string
  from?: string
  allowance?: string
  price: string
  per?: string
  version?: number
  packaging?: 'exact' | 'package'
  tiers?: object
}

const PRICES: TestPrice[] = [
  { capability: 'requests', allowance: '3', price: '2' },
  { capability: 'tokens', allowance: '100', price: '0.5', per: '10' },
  { capability: 'stored', allowance: '1', price: '0.07' },
]

let made = 0

/** An event of a new id. */
export function eventOf(type: string, time: string, data: object | null = {}, more: object = {}) {
  return { specversion: '1.0', id: `e${++made}`, source: '/test', type, time, data, ...more }
}

export function instant(text: string): bigint {
  const parsed = parseInstant(text)
  if (!parsed.ok) throw new RangeError(`expected an instant, found ${text}`)
  return parsed.value
}

/** GB-hours, in a base of thirds, so that quotients have no end. */
async function addLevelMeter({ owner, appId, spaceId }: ProjectionTestDatabase): Promise<void> {
  await owner.query(`INSERT INTO capability (key, name, unit, shape) VALUES ('stored', 'Stored', 'GB-hour', 'level')`)
  const meter = randomUUID()
  await owner.query(`INSERT INTO meter (id, slug, name, capability_key) VALUES ($1, 'stored', 'stored', 'stored')`, [
    meter,
  ])
  await owner.query(
    `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation, value, divisor, subject_required)
     VALUES ($1, 1, $2, 'level', 'TIME_WEIGHTED', '{"path":"$.thirds"}', 3, true)`,
    [meter, SINCE],
  )
  await owner.query(
    `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from)
     SELECT $1, id, $2, 'stored', $3 FROM subscription WHERE space_id = $4`,
    [randomUUID(), appId, SINCE, spaceId],
  )
}

async function entitle(
  { owner }: ProjectionTestDatabase,
  { appId, spaceId, from }: { appId: string; spaceId: string; from: string },
): Promise<void> {
  await owner.query(
    `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from)
     SELECT gen_random_uuid(), s.id, $1, c.key, $3 FROM subscription s, capability c WHERE s.space_id = $2`,
    [appId, spaceId, from],
  )
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
