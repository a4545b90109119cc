import { randomUUID } from 'node:crypto'
import { shardOf } from '@meterbook/core/catalogue'
import { writeJournalBody } from '@meterbook/core/event'
import { type ClickHouseClient, createClickHouse } from '@meterbook/db/clickhouse'
import { createPool, JournalWriter, type Pool, takeShard } from '@meterbook/db/postgres'
import { createTestDatabase } from '@meterbook/stack/test-servers'
import pg from 'pg'
import { CatalogueCache } from './catalogue-cache.ts'
import { InsertPace } from './insert-pace.ts'
import { ShardProjection } from './shard-projection.ts'

/** A migrated database with one space, one app that may use two meters, and the means to journal and project its events. */
export interface ProjectionTestDatabase {
  pool: Pool
  owner: pg.Client
  clickhouse: ClickHouseClient
  databaseUrl: string
  clickhouseUrl: string
  spaceId: string
  appId: string
  shard: number
  journal(events: object[]): Promise<void>
  /** One owner's whole turn at the shard: taken, drained, given back. */
  project(): Promise<void>
  rows<T>(query: string): Promise<T[]>
  drop(): Promise<void>
}

export async function createProjectionTestDatabase(): Promise<ProjectionTestDatabase> {
  const database = await createTestDatabase({ migrate: true })
  const pool = createPool({ url: database.postgres.url, name: 'test' })
  const owner = new pg.Client({ connectionString: database.postgres.ownerUrl })
  await owner.connect()
  const clickhouse = createClickHouse(database.clickhouse.url)
  const journal = new JournalWriter(pool)
  const spaceId = randomUUID()
  const appId = randomUUID()
  const shard = shardOf(appId, 4)
  await seed(owner, { spaceId, appId, shard })
  const keyId = randomUUID()
  return {
    pool,
    owner,
    clickhouse,
    databaseUrl: database.postgres.url,
    clickhouseUrl: database.clickhouse.url,
    spaceId,
    appId,
    shard,
    async journal(events) {
      const body = writeJournalBody(events.map((event) => JSON.stringify(event)))
      const receivedAt = BigInt(Date.now()) * 1000n
      await journal.append([{ shard, appId, keyId, receivedAt, eventCount: events.length, body }])
    },
    async project() {
      const ownership = await takeShard({ url: database.postgres.url, shard, workerId: 'test' })
      if (!ownership) throw new Error('expected the shard to be free')
      try {
        const nothing = () => undefined
        const deps = {
          pool,
          clickhouse,
          catalogues: new CatalogueCache(pool),
          pace: new InsertPace(),
          onVisible: nothing,
          reached: nothing,
        }
        await (await ShardProjection.begin(deps, ownership)).drain()
      } finally {
        await ownership.release()
      }
    },
    async rows<T>(query: string) {
      const result = await clickhouse.query({ query, format: 'JSONEachRow' })
      return result.json<T>()
    },
    async drop() {
      await Promise.all([pool.end(), owner.end(), clickhouse.close()])
      await database.drop()
    },
  }
}

async function seed(owner: pg.Client, input: { spaceId: string; appId: string; shard: number }): Promise<void> {
  const { spaceId, appId, shard } = input
  const since = '2020-01-01T00:00:00Z'
  const [book, subscription] = [randomUUID(), randomUUID()]
  await owner.query(`INSERT INTO developer_space (id, slug, name) VALUES ($1, 'space', 'Space')`, [spaceId])
  await owner.query(`INSERT INTO app (id, slug, name, shard) VALUES ($1, 'app', 'App', $2)`, [appId, shard])
  await owner.query(`INSERT INTO app_ownership (id, app_id, space_id, effective_from) VALUES ($1, $2, $3, $4)`, [
    randomUUID(),
    appId,
    spaceId,
    since,
  ])
  await owner.query(`INSERT INTO price_book (id, slug, name, currency) VALUES ($1, 'book', 'Book', 'USD')`, [book])
  await owner.query(`INSERT INTO subscription (id, space_id, price_book_id, effective_from) VALUES ($1, $2, $3, $4)`, [
    subscription,
    spaceId,
    book,
    since,
  ])
  for (const [slug, type, aggregation, value] of [
    ['requests', 'request', 'COUNT', null],
    ['tokens', 'prompt', 'SUM', '{"path":"$.tokens"}'],
    ['users', 'prompt', 'UNIQUE_COUNT', '{"path":"$.user"}'],
  ]) {
    const meter = randomUUID()
    await owner.query(`INSERT INTO capability (key, name, unit, shape) VALUES ($1, $1, 'unit', 'count')`, [slug])
    await owner.query('INSERT INTO meter (id, slug, name, capability_key) VALUES ($1, $2, $2, $2)', [meter, slug])
    await owner.query(
      `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation, value) VALUES ($1, 1, $2, $3, $4::aggregation, $5)`,
      [meter, since, type, aggregation, value],
    )
    await owner.query(
      'INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from) VALUES ($1, $2, $3, $4, $5)',
      [randomUUID(), subscription, appId, slug, since],
    )
  }
}
