import { hash, randomBytes, randomUUID } from 'node:crypto'
import { CatalogueDocument, compileCatalogue } from '@meterbook/core/catalogue'
import { contentDigest, eventIdentity, readActBody, readJournalBody, writeJournalBody } from '@meterbook/core/event'
import { createProjector, projectAct, projectGroup } from '@meterbook/core/projection'
import {
  type ClickHouseClient,
  createClickHouse,
  findIdentities,
  readEventStates,
  writeAct,
  writeProjection,
} from '@meterbook/db/clickhouse'
import {
  closeGroup,
  createPool,
  type JournalBatch,
  JournalWriter,
  openGroup,
  type Pool,
  readBatches,
  readContents,
  readProgress,
  readShardReach,
  type ShardOwnership,
  snapshotCatalogue,
  takeShard,
} from '@meterbook/db/postgres'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'

const SINCE = '2020-01-01T00:00:00Z'
const SHARD = 1
const sha256 = (text: string) => hash('sha256', text, 'hex')

/**
 * A migrated database with two spaces, `ours` (apps one, two) and `theirs` (app far), and an app `stray` that nobody owns; all may use two
 * meters: requests (COUNT of `request`) and tokens (SUM of `prompt`, priced 0.03 for 1,000). Fixture of tests only.
 */
export interface EventsTestDatabase {
  urls: TestDatabase
  pool: Pool
  clickhouse: ClickHouseClient
  ids: Record<'ours' | 'theirs' | 'one' | 'two' | 'far' | 'stray', string>
  keyPrefix: string
  journal(app: 'one' | 'two' | 'far' | 'stray', events: (object | string)[], receivedAt?: bigint): Promise<bigint>
  /** Works on everything that waits, row by row and in order, by the functions of core and db that the workers call. */
  project(): Promise<void>
  drop(): Promise<void>
}

export async function createEventsTestDatabase(): Promise<EventsTestDatabase> {
  const urls = await createTestDatabase({ migrate: true })
  const pool = createPool({ url: urls.postgres.url, name: 'test' })
  const clickhouse = createClickHouse(urls.clickhouse.url)
  const journal = new JournalWriter(pool)
  const ids = {
    ours: randomUUID(),
    theirs: randomUUID(),
    one: randomUUID(),
    two: randomUUID(),
    far: randomUUID(),
    stray: randomUUID(),
  }
  const keyId = randomUUID()
  const keyPrefix = randomBytes(6).toString('hex')
  await seed(pool, ids)
  await pool.query(
    `INSERT INTO ingest_key (id, prefix, secret_hash, app_id, name, scopes) VALUES ($1, $2, '\\x00', $3, 'The test key', '{events:write}')`,
    [keyId, keyPrefix, ids.one],
  )
  return {
    urls,
    pool,
    clickhouse,
    ids,
    keyPrefix,
    async journal(app, events, receivedAt = BigInt(Date.now()) * 1000n) {
      const body = writeJournalBody(events.map((event) => (typeof event === 'string' ? event : JSON.stringify(event))))
      const row = { shard: SHARD, appId: ids[app], keyId, receivedAt, eventCount: events.length, body }
      const [position] = await journal.append([row])
      return position?.number ?? 0n
    },
    async project() {
      const ownership = await takeShard({ url: urls.postgres.url, shard: SHARD, workerId: 'test' })
      if (ownership === null) throw new Error('expected the shard to be free')
      try {
        const { through, replayThrough } = await readProgress(pool, ownership)
        const { journaled } = await readShardReach(pool, SHARD)
        for (let number = through + 1n; number <= journaled; number++) {
          await projectRow({ pool, clickhouse, ownership, number, isRecorded: number <= replayThrough })
        }
      } finally {
        await ownership.release()
      }
    },
    async drop() {
      await Promise.all([pool.end(), clickhouse.close()])
      await urls.drop()
    },
  }
}

interface RowInput {
  pool: Pool
  clickhouse: ClickHouseClient
  ownership: ShardOwnership
  number: bigint
  /** its group is known from before a rebuild */
  isRecorded: boolean
}

async function projectRow({ pool, clickhouse, ownership, number, isRecorded }: RowInput): Promise<void> {
  const projector = createProjector(compileCatalogue(CatalogueDocument.parse(await snapshotCatalogue(pool))))
  const catalogueRevision = projector.catalogue.revision
  const group = { shard: SHARD, first: number, last: number, catalogueRevision, measureVersion: 1 }
  if (!isRecorded) await openGroup(pool, { group, epoch: ownership.epoch })
  const [batch] = await readBatches(pool, group)
  if (batch === undefined) throw new Error(`expected row ${number}`)
  const key = { ...group, generation: ownership.generation }
  if (batch.kind === 'events') {
    const events = identified(batch)
    const identities = events.map(({ identity }) => identity)
    const seen = await findIdentities(clickhouse, { ...group, identities })
    await writeProjection(clickhouse, { group: key, events: projectGroup({ events, seen, projector }) })
  } else {
    const act = readActBody(batch.body)
    const { appId } = batch
    const states = await readEventStates(clickhouse, { shard: SHARD, appId, before: number, places: act.targets })
    const places = act.targets.map((target, index) =>
      target.event === undefined ? (states[index]?.content ?? target) : { batch: number, pos: index },
    )
    const contents = (await readContents(pool, { shard: SHARD, places })).map((content, index) => {
      const place = places[index]
      if (content === null || place === undefined) return null
      return { event: content.event, digest: contentDigest({ ...content.event, app: appId }, sha256), place }
    })
    const effects = projectAct({ act, projector, states, contents }).filter((each) => each.outcome === 'effective')
    await writeAct(clickhouse, { group: key, act: act.act, effects })
  }
  const watermark = batch.kind === 'events' ? batch.receivedAt : null
  await closeGroup(pool, { group: { ...group, events: batch.eventCount, watermark }, ownership })
}

function identified(batch: JournalBatch) {
  const { appId, receivedAt } = batch
  return readJournalBody(batch.body).map((event, pos) => ({
    batch: batch.number,
    pos,
    appId,
    receivedAt,
    event,
    identity: eventIdentity({ app: appId, source: event.source, id: event.id }, sha256),
    digest: contentDigest({ ...event, app: appId }, sha256),
  }))
}

async function seed(pool: Pool, ids: EventsTestDatabase['ids']): Promise<void> {
  const book = randomUUID()
  await pool.query(`INSERT INTO price_book (id, slug, name, currency) VALUES ($1, 'book', 'Book', 'USD')`, [book])
  for (const [slug, type, aggregation, value] of [
    ['requests', 'request', 'COUNT', null],
    ['tokens', 'prompt', 'SUM', '{"path":"$.tokens"}'],
  ]) {
    const meter = randomUUID()
    await pool.query(`INSERT INTO capability (key, name, unit, shape) VALUES ($1, $1, $2, 'count')`, [
      slug,
      `${slug} unit`,
    ])
    await pool.query('INSERT INTO meter (id, slug, name, capability_key) VALUES ($1, $2, $2, $2)', [meter, slug])
    await pool.query(
      `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation, value) VALUES ($1, 1, $2, $3, $4::aggregation, $5)`,
      [meter, SINCE, type, aggregation, value],
    )
  }
  await pool.query(
    `INSERT INTO price (price_book_id, capability_key, version, effective_from, allowance, price, per) VALUES ($1, 'tokens', 1, $2, 1000, 0.03, 1000)`,
    [book, SINCE],
  )
  for (const slug of ['one', 'two', 'far', 'stray'] as const) {
    await pool.query('INSERT INTO app (id, slug, name, shard) VALUES ($1, $2, $2, $3)', [ids[slug], slug, SHARD])
  }
  for (const [space, apps] of [
    ['ours', ['one', 'two']],
    ['theirs', ['far']],
  ] as const) {
    const subscription = randomUUID()
    await pool.query('INSERT INTO developer_space (id, slug, name) VALUES ($1, $2, $2)', [ids[space], space])
    await pool.query('INSERT INTO subscription (id, space_id, price_book_id, effective_from) VALUES ($1, $2, $3, $4)', [
      subscription,
      ids[space],
      book,
      SINCE,
    ])
    for (const app of apps) {
      await own(pool, { appId: ids[app], spaceId: ids[space], since: SINCE })
      for (const capability of ['requests', 'tokens']) {
        await entitle(pool, { appId: ids[app], subscription, capability })
      }
    }
  }
}

export function own(pool: Pool, input: { appId: string; spaceId: string; since: string }) {
  return pool.query('INSERT INTO app_ownership (id, app_id, space_id, effective_from) VALUES ($1, $2, $3, $4)', [
    randomUUID(),
    input.appId,
    input.spaceId,
    input.since,
  ])
}

function entitle(pool: Pool, input: { appId: string; subscription: string; capability: string }) {
  return pool.query(
    'INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from) VALUES ($1, $2, $3, $4, $5)',
    [randomUUID(), input.subscription, input.appId, input.capability, SINCE],
  )
}
