import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { JournalWriter } from './journal-writer.ts'
import { openPostgresTestDatabase, type PostgresTestDatabase } from './postgres-test-database.ts'
import { getPrisma } from './prisma.ts'
import { closeGroup, openGroup, takeShard } from './projection-store.ts'
import { readShardLags, readShardLagsBy } from './shard-lag.ts'

let database: PostgresTestDatabase
beforeAll(async () => {
  database = await openPostgresTestDatabase()
})
afterAll(() => database.drop())

const shard = 21
const lag = async () => (await readShardLags(database.pool)).find((each) => each.shard === shard)

describe('the lag of a shard', () => {
  test('is the receipt of the oldest batch whose group is not done, and the number of events from there', async () => {
    const writer = new JournalWriter(database.pool)
    const append = (receivedAt: bigint) =>
      writer.append([{ shard, appId: randomUUID(), keyId: randomUUID(), receivedAt, eventCount: 2, body: '[]' }])
    expect(await lag()).toBeUndefined()
    for (const at of [1_000_001n, 2_000_002n, 3_000_003n]) await append(at)
    const taken = { shard, journaled: 3n, takenEvents: 6n, lastReceivedAt: 3_000_003n, isRebuilding: false }
    const nothing = { ...taken, projected: 0n, projectedEvents: 0n, waitingEvents: 6n, waitingSince: 1_000_001n }
    expect(await lag()).toMatchObject({ ...nothing, advancedAt: null })

    const owner = await takeShard({ url: database.url, shard, workerId: 'worker' })
    if (owner === null) throw new Error('expected the shard to be free')
    const open = (number: bigint) =>
      openGroup(database.pool, {
        group: { shard, first: number, last: number, catalogueRevision: 1n, measureVersion: 1 },
        epoch: owner.epoch,
      })
    const close = (number: bigint) =>
      closeGroup(database.pool, {
        group: { shard, first: number, last: number, events: 2, watermark: null },
        ownership: owner,
      })
    await open(1n)
    await open(2n)
    expect(await lag()).toMatchObject(nothing)
    await close(1n)
    expect(await lag()).toMatchObject({ ...taken, projected: 1n, waitingEvents: 4n, waitingSince: 2_000_002n })
    await close(2n)
    await open(3n)
    await close(3n)
    expect(await lag()).toMatchObject({ ...taken, projected: 3n, waitingEvents: 0n, waitingSince: null })
    await owner.release()
  })

  test('says when the projection last went forward, by the clock that dates the answer', async () => {
    const found = await lag()
    if (found === undefined || found.advancedAt === null) throw new Error('expected a shard that has gone forward')
    expect(found.advancedAt).toBeLessThan(found.readAt)
    expect(found.readAt - found.advancedAt).toBeLessThan(60_000_000n)
  })

  test('is the same through either client', async () => {
    const prisma = getPrisma(database.url)
    const [before] = await readShardLags(database.pool)
    const [after] = await readShardLagsBy(prisma)
    expect({ ...after, readAt: 0n }).toEqual({ ...before, readAt: 0n })
    await prisma.$disconnect()
  })
})
