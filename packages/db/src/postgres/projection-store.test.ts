import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPostgresTestDatabase, type PostgresTestDatabase } from './postgres-test-database.ts'
import {
  closeGroup,
  isOwner,
  listGroups,
  listOwnedShards,
  listShards,
  openGroup,
  readProgress,
  type ShardOwnership,
  takeShard,
} from './projection-store.ts'

const DEADLINE_MS = 30_000

let database: PostgresTestDatabase
beforeAll(async () => {
  database = await openPostgresTestDatabase()
})
afterAll(() => database.drop())

const group = (shard: number, first: bigint, last: bigint) => ({
  shard,
  first,
  last,
  catalogueRevision: 1n,
  measureVersion: 1,
})
/** A session that ended is a moment longer in the server, with its lock. */
async function take(shard: number, workerId = 'worker'): Promise<ShardOwnership> {
  for (const end = performance.now() + DEADLINE_MS; performance.now() < end; ) {
    const ownership = await takeShard({ url: database.url, shard, workerId })
    if (ownership) return ownership
  }
  throw new Error(`expected shard ${shard} to be free`)
}
const close = (ownership: Pick<ShardOwnership, 'epoch' | 'generation'>, shard: number, first: bigint, last = first) =>
  closeGroup(database.pool, { group: { shard, first, last, events: 1, watermark: null }, ownership })
const groupsAfter = (shard: number, after: bigint) => listGroups(database.pool, { shard, after, limit: 10 })
/** As if its process had died: the server ends the session that holds the lock. */
async function kill(ownership: ShardOwnership): Promise<void> {
  await database.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`,
    [`meterbook-shard-${ownership.shard}`],
  )
  await ownership.lost
}

describe('a shard', () => {
  test('has one owner at a time; who comes after it has a higher epoch, and is told when it loses it', async () => {
    const first = await take(1)
    expect(await takeShard({ url: database.url, shard: 1, workerId: 'other' })).toBeNull()
    await kill(first)
    const second = await take(1)
    expect(second.epoch).toBe(first.epoch + 1n)
    await second.release()
    const third = await take(1)
    expect(third.epoch).toBe(second.epoch + 1n)
    await third.release()
  })

  test('of many that ask at once, one gets it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => takeShard({ url: database.url, shard: 2, workerId: `w${n}` })),
    )
    const owners = answers.filter((answer) => answer !== null)
    expect(owners).toHaveLength(1)
    await owners[0]?.release()
  })

  test('is counted as owned while its owner lives', async () => {
    await owned(0)
    const [first, second] = [await take(3), await take(4)]
    expect(await listOwnedShards(database.pool)).toEqual([3, 4])
    await kill(first)
    await owned(1)
    await second.release()
    await owned(0)
  })

  test('needs an owner as soon as it has an app or a journal; without either, the first one does', async () => {
    expect(await listShards(database.pool)).toEqual([0])
    await database.pool.query(
      "INSERT INTO app (id, slug, name, shard, series) VALUES (gen_random_uuid(), 'listed', 'Listed', 7, 1)",
    )
    await database.pool.query('INSERT INTO journal_head (shard) VALUES (5)')
    expect(await listShards(database.pool)).toEqual([0, 5, 7])
  })

  async function owned(count: number): Promise<void> {
    for (const end = performance.now() + DEADLINE_MS; (await listOwnedShards(database.pool)).length !== count; ) {
      if (performance.now() > end) throw new Error(`expected ${count} shards to be owned`)
    }
  }
})

describe('a group', () => {
  test('begins where the last one ended: no gap, no overlap, not twice', async () => {
    const owner = await take(11)
    const { epoch } = owner
    const open = (first: bigint, last: bigint) => openGroup(database.pool, { group: group(11, first, last), epoch })
    await expect(open(2n, 3n)).rejects.toMatchObject({ code: 'shard_lost' })
    await open(1n, 3n)
    for (const first of [1n, 2n, 3n, 5n]) await expect(open(first, 9n)).rejects.toThrow()
    await expect(open(4n, 3n)).rejects.toThrow('projection_group_not_empty')
    await open(4n, 4n)
    expect(await groupsAfter(11, 0n)).toEqual([group(11, 1n, 3n), group(11, 4n, 4n)])
    await close(owner, 11, 1n, 3n)
    expect((await readProgress(database.pool, owner)).through).toBe(3n)
    expect(await groupsAfter(11, 3n)).toEqual([group(11, 4n, 4n)])
    await owner.release()
  })

  test('is closed in order only: progress never passes a group that is still open', async () => {
    const owner = await take(14)
    for (const number of [1n, 2n]) {
      await openGroup(database.pool, { group: group(14, number, number), epoch: owner.epoch })
    }
    await expect(close(owner, 14, 2n)).rejects.toMatchObject({ code: 'shard_lost' })
    await close(owner, 14, 1n)
    await expect(close(owner, 14, 1n)).rejects.toMatchObject({ code: 'shard_lost' })
    await close(owner, 14, 2n)
    expect(await readProgress(database.pool, owner)).toMatchObject({ through: 2n, replayThrough: 0n, watermark: null })
    await owner.release()
  })

  test('is opened and closed by the present owner only: one that was replaced is told that the shard is lost', async () => {
    const first = await take(12)
    await openGroup(database.pool, { group: group(12, 1n, 1n), epoch: first.epoch })
    await kill(first)
    const second = await take(12)
    const late = { code: 'shard_lost' }
    expect([await isOwner(database.pool, first), await isOwner(database.pool, second)]).toEqual([false, true])
    await expect(openGroup(database.pool, { group: group(12, 2n, 2n), epoch: first.epoch })).rejects.toMatchObject(late)
    await expect(close(first, 12, 1n)).rejects.toMatchObject(late)
    expect((await readProgress(database.pool, second)).through).toBe(0n)
    await close(second, 12, 1n)
    expect((await readProgress(database.pool, second)).through).toBe(1n)
    await second.release()
  })

  test('that is not there, or in a shard nobody ever took, cannot be opened or closed', async () => {
    await expect(openGroup(database.pool, { group: group(13, 1n, 1n), epoch: 1n })).rejects.toMatchObject({
      code: 'shard_lost',
    })
    await expect(close({ epoch: 1n, generation: 1n }, 13, 1n)).rejects.toMatchObject({ code: 'shard_lost' })
    expect(await groupsAfter(13, 0n)).toEqual([])
  })

  test('carries the watermark of its events, which never goes back', async () => {
    const owner = await take(15)
    const marks = [1_000_001n, 5n, null, 2_000_000n]
    const seen: (bigint | null)[] = []
    for (const [index, watermark] of marks.entries()) {
      const number = BigInt(index + 1)
      await openGroup(database.pool, { group: group(15, number, number), epoch: owner.epoch })
      await closeGroup(database.pool, {
        group: { shard: 15, first: number, last: number, events: 1, watermark },
        ownership: owner,
      })
      seen.push((await readProgress(database.pool, owner)).watermark)
    }
    expect(seen).toEqual([1_000_001n, 1_000_001n, 1_000_001n, 2_000_000n])
    await owner.release()
  })
})
