import { randomUUID } from 'node:crypto'
import { appendCorrection, readRebuildProgress, readShardLags, takeShard } from '@meterbook/db/postgres'
import { beginRebuild, checkProjection, rebuildIfLost } from '@meterbook/db/rebuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProjectionTestDatabase, type ProjectionTestDatabase } from './projection-test-database.ts'

let database: ProjectionTestDatabase
beforeAll(async () => {
  database = await createProjectionTestDatabase()
})
afterAll(() => database.drop())

const prompt = (id: string, data: object | null) => ({
  specversion: '1.0',
  id,
  source: '/test',
  type: 'prompt',
  time: `2026-07-${String(1 + (id.length % 20)).padStart(2, '0')}T12:00:00.123456Z`,
  data,
})
const rebuild = () =>
  beginRebuild({
    databaseUrl: database.databaseUrl,
    clickhouseUrl: database.clickhouseUrl,
    by: 'test',
    reason: 'to see the same again',
    ownerMsMax: 500,
  })

/** Every row of every projection, but for the generation that wrote it. */
async function everything(): Promise<unknown[]> {
  const tables = [
    'SELECT hex(identity), hex(digest), * EXCEPT (generation, identity, digest) FROM event_index ORDER BY batch, pos, entry_batch, sign',
    'SELECT hex(identity), hex(digest), shard, batch, pos FROM event_identity ORDER BY identity',
    'SELECT hex(identity), * EXCEPT (generation, identity) FROM usage_records ORDER BY batch, pos, entry_batch, meter, sign',
    ...['rollup_minute', 'rollup_hour'].map(
      (
        table,
      ) => `SELECT app, space, meter, t, sum(count), sum(sum), min(min), max(max), uniqExactMerge(uniq), sum(reversals)
        FROM ${table} GROUP BY app, space, meter, t ORDER BY app, space, meter, t`,
    ),
  ]
  return Promise.all(tables.map((query) => database.rows(query)))
}

async function fill(): Promise<void> {
  for (let batch = 0; batch < 12; batch++) {
    await database.journal([
      prompt(`a${batch}`, { tokens: batch, user: `u${batch % 3}` }),
      prompt(`b${batch % 5}`, { tokens: '0.1', user: 'u' }),
      prompt(`held-${batch}`, null),
    ])
    if (batch % 4 === 1) await database.project()
    if (batch === 6) {
      await act('cancel', [{ batch: 1n, pos: 0 }])
      await act('replay', [{ batch: 2n, pos: 2, event: JSON.stringify(prompt('held-1', { tokens: 3 })) }])
      await database.owner.query(`UPDATE entitlement SET effective_to = '2026-07-10' WHERE capability_key = 'users'`)
    }
  }
  await database.project()
}

function act(name: 'cancel' | 'replay', targets: { batch: bigint; pos: number; event?: string }[]) {
  const { appId, shard } = database
  const request = { id: randomUUID(), act: name, app: { id: appId, shard }, targets, filter: {}, reason: 'r' }
  return appendCorrection(database.pool, {
    request: { ...request, actor: { id: 'op', name: 'Op' } },
    receivedAt: BigInt(Date.now()) * 1000n,
  })
}

describe('a rebuild', () => {
  test('drops everything and replays the journal to the same rows, acts and past catalogues included', async () => {
    await fill()
    const before = await everything()
    expect(await rebuild()).toEqual({ generation: 2n, isNew: true })
    expect((await everything()).flat()).toEqual([])
    expect(await readShardLags(database.pool)).toMatchObject([{ isRebuilding: true, projected: 0n }])
    await database.project()
    expect(await everything()).toEqual(before)
    expect(await readRebuildProgress(database.pool)).toMatchObject({ generation: 2n, isFinished: true })
    expect(await readShardLags(database.pool)).toMatchObject([{ isRebuilding: false, waitingEvents: 0n }])
  })

  test('replays small groups together, and goes on behind them with what came meanwhile', async () => {
    const before = (await everything()) as { length: number }[]
    const inserts = () =>
      database.rows<{ n: string }>(
        `SELECT count() AS n FROM system.parts WHERE database = currentDatabase() AND table = 'event_identity' AND level = 0`,
      )
    await rebuild()
    await database.journal([prompt('late', { tokens: 1 })])
    await database.project()
    const [{ n } = { n: '' }] = await inserts()
    expect(Number(n)).toBeLessThan(8)
    expect((await everything()).map((rows) => (rows as unknown[]).length)).toEqual([
      (before[0]?.length ?? 0) + 1,
      (before[1]?.length ?? 0) + 1,
      (before[2]?.length ?? 0) + 1,
      expect.any(Number),
      expect.any(Number),
    ])
  })

  test('killed in the middle of its replay goes on where it was; begun again meanwhile, it is left to go on', async () => {
    const before = await everything()
    const { generation } = await rebuild()
    // Some of the chunk is in the tables, and Postgres does not know: what a worker that died at that point leaves.
    await database.project()
    await database.owner.query('UPDATE projection_progress SET through = 0, events = 0')
    await database.owner.query('UPDATE projection_generation SET finished_at = NULL WHERE generation = $1', [
      generation.toString(),
    ])
    expect(await rebuild()).toEqual({ generation, isNew: false })
    await database.project()
    expect(await everything()).toEqual(before)
  })

  test('killed while it drops the tables lets nobody project, and the next call goes on', async () => {
    const before = await everything()
    await rebuild()
    await database.project()
    // As if it had died after its first statement of the next generation.
    const next = (await readRebuildProgress(database.pool)).generation + 1n
    await database.owner.query(
      `INSERT INTO projection_generation (generation, begun_by, reason) VALUES ($1, 'test', 'killed')`,
      [next.toString()],
    )
    const { databaseUrl: url, shard } = database
    expect(await takeShard({ url, shard, workerId: 'w' })).toBeNull()
    expect(await rebuild()).toEqual({ generation: next, isNew: true })
    await database.project()
    expect(await everything()).toEqual(before)
  })

  test('takes the shards from living owners, and refuses what one of the time before still inserts', async () => {
    const { databaseUrl: url, shard, clickhouse } = database
    const before = await everything()
    const frozen = await takeShard({ url, shard, workerId: 'frozen' })
    const lost = frozen?.lost.then(() => 'lost')
    await rebuild()
    expect(await lost).toBe('lost')
    for (const table of ['event_index', 'usage_records']) {
      const late = clickhouse.insert({
        table,
        values: [{ app: database.appId, shard, batch: 1, generation: Number(frozen?.generation) }],
        format: 'JSONEachRow',
      })
      await expect(late).rejects.toThrow(/Constraint `generation`/)
    }
    await database.project()
    expect(await everything()).toEqual(before)
  })

  test('lets nothing in that an owner of the time before inserts at any moment of it, not even while the tables are made', async () => {
    const before = await everything()
    const { clickhouse } = database
    let isOver = false
    let tried = 0
    const row = { app: database.appId, meter: 'tokens', at: '2026-07-02 00:00:00', quantity: '1', generation: 1 }
    const lanes = Array.from({ length: 3 }, async () => {
      while (!isOver) {
        // Tables as migrations make them take generation 1, until they are told another.
        const late = clickhouse.insert({ table: 'usage_records', values: [row], format: 'JSONEachRow' })
        await late.catch(() => undefined)
        tried++
      }
    })
    await rebuild()
    isOver = true
    await Promise.all(lanes)
    expect(tried).toBeGreaterThan(20)
    await database.project()
    expect(await everything()).toEqual(before)
  })

  test('is asked for when ClickHouse was wiped: nothing is added to an empty one, and a start heals it', async () => {
    const before = await everything()
    const stores = { pool: database.pool, clickhouse: database.clickhouse }
    expect(await checkProjection(stores)).toBe('held')
    await database.clickhouse.command({ query: 'TRUNCATE TABLE projection_marker' })
    expect(await checkProjection(stores)).toBe('lost')
    await expect(database.project()).rejects.toThrow('npm run meterbook -- rebuild')
    const input = {
      databaseUrl: database.databaseUrl,
      clickhouseUrl: database.clickhouseUrl,
      by: 'start',
      reason: 'lost',
    }
    expect(await rebuildIfLost(input)).toBe(true)
    expect(await rebuildIfLost(input)).toBe(false)
    await database.project()
    expect(await everything()).toEqual(before)
  })
})
