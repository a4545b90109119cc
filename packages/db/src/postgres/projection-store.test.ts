import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { JournalWriter } from './journal-writer.ts'
import { openPostgresTestDatabase, type PostgresTestDatabase } from './postgres-test-database.ts'
import {
  closeGroup,
  countOwnedShards,
  lastGrouped,
  listOpenGroups,
  openGroup,
  readShardLags,
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
    expect(await countOwnedShards(database.pool)).toBe(2)
    await kill(first)
    await owned(1)
    await second.release()
    await owned(0)
  })

  async function owned(count: number): Promise<void> {
    for (const end = performance.now() + DEADLINE_MS; (await countOwnedShards(database.pool)) !== count; ) {
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
    expect(await lastGrouped(database.pool, 11)).toBe(4n)
    expect(await listOpenGroups(database.pool, 11)).toEqual([group(11, 1n, 3n), group(11, 4n, 4n)])
    await closeGroup(database.pool, { shard: 11, first: 1n, epoch })
    expect(await listOpenGroups(database.pool, 11)).toEqual([group(11, 4n, 4n)])
    await owner.release()
  })

  test('is opened and closed by the present owner only: one that was replaced is told that the shard is lost', async () => {
    const first = await take(12)
    await openGroup(database.pool, { group: group(12, 1n, 1n), epoch: first.epoch })
    await kill(first)
    const second = await take(12)
    const late = { code: 'shard_lost' }
    await expect(openGroup(database.pool, { group: group(12, 2n, 2n), epoch: first.epoch })).rejects.toMatchObject(late)
    await expect(closeGroup(database.pool, { shard: 12, first: 1n, epoch: first.epoch })).rejects.toMatchObject(late)
    expect(await listOpenGroups(database.pool, 12)).toEqual([group(12, 1n, 1n)])
    await closeGroup(database.pool, { shard: 12, first: 1n, epoch: second.epoch })
    expect(await listOpenGroups(database.pool, 12)).toEqual([])
    await second.release()
  })

  test('that is not there, or in a shard nobody ever took, cannot be opened or closed', async () => {
    await expect(openGroup(database.pool, { group: group(13, 1n, 1n), epoch: 1n })).rejects.toMatchObject({
      code: 'shard_lost',
    })
    await expect(closeGroup(database.pool, { shard: 13, first: 1n, epoch: 1n })).rejects.toMatchObject({
      code: 'shard_lost',
    })
    expect(await lastGrouped(database.pool, 13)).toBe(0n)
  })
})

describe('the lag of a shard', () => {
  test('is the receipt of the oldest batch whose group is not done, also while later groups are', async () => {
    const shard = 21
    const writer = new JournalWriter(database.pool)
    const append = (receivedAt: bigint) =>
      writer.append([{ shard, appId: randomUUID(), keyId: randomUUID(), receivedAt, eventCount: 0, body: '[]' }])
    const lag = async () => (await readShardLags(database.pool)).find((each) => each.shard === shard)
    expect(await lag()).toBeUndefined()
    for (const at of [1_000_001n, 2_000_002n, 3_000_003n]) await append(at)
    expect(await lag()).toEqual({ shard, journaled: 3n, projected: 0n, waitingSince: 1_000_001n })

    const owner = await take(shard)
    const { epoch } = owner
    await openGroup(database.pool, { group: group(shard, 1n, 1n), epoch })
    await openGroup(database.pool, { group: group(shard, 2n, 2n), epoch })
    expect(await lag()).toMatchObject({ projected: 0n, waitingSince: 1_000_001n })
    await closeGroup(database.pool, { shard, first: 2n, epoch })
    expect(await lag()).toEqual({ shard, journaled: 3n, projected: 0n, waitingSince: 1_000_001n })
    await closeGroup(database.pool, { shard, first: 1n, epoch })
    expect(await lag()).toEqual({ shard, journaled: 3n, projected: 2n, waitingSince: 3_000_003n })
    await openGroup(database.pool, { group: group(shard, 3n, 3n), epoch })
    await closeGroup(database.pool, { shard, first: 3n, epoch })
    expect(await lag()).toEqual({ shard, journaled: 3n, projected: 3n, waitingSince: null })
    await owner.release()
  })
})
