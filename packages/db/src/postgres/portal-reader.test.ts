import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findSpaceAccess, listMeters, listSpaces, readShardProgress } from './portal-reader.ts'
import {
  openPostgresTestDatabase,
  type PostgresTestDatabase,
  type SeededCatalogue,
  seedCatalogue,
} from './postgres-test-database.ts'
import { getPrisma, type PrismaClient } from './prisma.ts'

let database: PostgresTestDatabase
let prisma: PrismaClient
let ours: SeededCatalogue
let theirs: SeededCatalogue
let secondAppId: string

beforeAll(async () => {
  database = await openPostgresTestDatabase()
  prisma = getPrisma(database.url)
  ours = await seedCatalogue(database.pool)
  theirs = await seedCatalogue(database.pool)
  secondAppId = randomUUID()
  await database.pool.query(`INSERT INTO app (id, slug, name, shard) VALUES ($1, $2, 'Second', 4)`, [
    secondAppId,
    `second-${secondAppId}`,
  ])
  await own(secondAppId, ours.spaceId, '2021-01-01T00:00:00Z')
})
afterAll(async () => {
  await prisma.$disconnect()
  await database.drop()
})

const own = (appId: string, spaceId: string, from: string, to: string | null = null) =>
  database.pool.query(
    'INSERT INTO app_ownership (id, app_id, space_id, effective_from, effective_to) VALUES ($1, $2, $3, $4, $5)',
    [randomUUID(), appId, spaceId, from, to],
  )
const slugOf = async (spaceId: string): Promise<string> =>
  (await database.pool.query('SELECT slug FROM developer_space WHERE id = $1', [spaceId])).rows[0].slug

async function person(role?: 'viewer' | 'developer' | 'admin'): Promise<string> {
  const id = randomUUID()
  await database.pool.query(`INSERT INTO person (id, name, email) VALUES ($1, 'P', $2)`, [id, `${id}@example.test`])
  if (role) {
    await database.pool.query('INSERT INTO membership (person_id, space_id, role) VALUES ($1, $2, $3::space_role)', [
      id,
      ours.spaceId,
      role,
    ])
  }
  return id
}
const accessOf = async (personId: string, spaceId: string, isPlatformAdmin = false) =>
  findSpaceAccess(prisma, { personId, isPlatformAdmin, spaceSlug: await slugOf(spaceId) })

describe('a person in the portal', () => {
  test('sees the apps of their space, and of another space not even that it exists', async () => {
    const viewer = await person('viewer')
    const access = await accessOf(viewer, ours.spaceId)
    expect(access?.role).toBe('viewer')
    expect(access?.apps.map(({ id }) => id).sort()).toEqual([ours.appId, secondAppId].sort())
    expect(await accessOf(viewer, theirs.spaceId)).toBeNull()
    expect((await listSpaces(prisma, { personId: viewer, isPlatformAdmin: false })).map(({ id }) => id)).toEqual([
      ours.spaceId,
    ])
  })

  test('who is a member nowhere sees nothing', async () => {
    const stranger = await person()
    expect(await accessOf(stranger, ours.spaceId)).toBeNull()
    expect(await listSpaces(prisma, { personId: stranger, isPlatformAdmin: false })).toEqual([])
  })

  test('who is a developer sees the apps they contribute to, and no other', async () => {
    const developer = await person('developer')
    expect((await accessOf(developer, ours.spaceId))?.apps).toEqual([])
    await database.pool.query('INSERT INTO app_contributor (person_id, app_id) VALUES ($1, $2)', [
      developer,
      secondAppId,
    ])
    expect((await accessOf(developer, ours.spaceId))?.apps.map(({ id }) => id)).toEqual([secondAppId])
    expect((await listSpaces(prisma, { personId: developer, isPlatformAdmin: false }))[0]?.appCount).toBe(1)
  })

  test('contributing to an app of a space they are no member of opens nothing', async () => {
    const contributor = await person('viewer')
    await database.pool.query('INSERT INTO app_contributor (person_id, app_id) VALUES ($1, $2)', [
      contributor,
      theirs.appId,
    ])
    expect(await accessOf(contributor, theirs.spaceId)).toBeNull()
  })

  test('who runs the platform sees every space', async () => {
    const admin = await person()
    expect(await accessOf(admin, theirs.spaceId, true)).toMatchObject({ role: 'platform', isBillingAdmin: false })
    const spaces = await listSpaces(prisma, { personId: admin, isPlatformAdmin: true })
    expect(spaces.map(({ id }) => id).sort()).toEqual([ours.spaceId, theirs.spaceId].sort())
  })

  test('an app that moved away stays in sight, marked, because its past usage stays', async () => {
    const moved = randomUUID()
    await database.pool.query(`INSERT INTO app (id, slug, name, shard) VALUES ($1, $2, 'Moved', 5)`, [
      moved,
      `moved-${moved}`,
    ])
    await own(moved, ours.spaceId, '2021-01-01T00:00:00Z', '2022-01-01T00:00:00Z')
    await own(moved, theirs.spaceId, '2022-01-01T00:00:00Z')
    const access = await accessOf(await person('admin'), ours.spaceId)
    expect(access?.apps.find(({ id }) => id === moved)?.isOwned).toBe(false)
    expect(access?.apps.find(({ id }) => id === ours.appId)?.isOwned).toBe(true)
  })
})

test('a meter is listed with its unit and what each of its versions divides by', async () => {
  const meter = (await listMeters(prisma)).find(({ capabilityKey }) => capabilityKey === ours.capability)
  expect(meter).toMatchObject({
    unit: 'token',
    versions: [{ version: 1, aggregation: 'SUM', percentile: null, divisor: '1' }],
  })
})

describe('progress of a shard', () => {
  const take = (shard: number, number: number, receivedAt: string) =>
    database.owner.query(
      `INSERT INTO journal_batch (shard, number, received_at, key_id, app_id, event_count, digest, codec, body)
       VALUES ($1, $2, $3, $4, $4, 1, '\\x00', 1, '\\x00')`,
      [shard, number, receivedAt, randomUUID()],
    )
  const head = (shard: number, next: number) =>
    database.owner.query(
      'INSERT INTO journal_head (shard, next) VALUES ($1, $2) ON CONFLICT (shard) DO UPDATE SET next = $2',
      [shard, next],
    )
  const projected = (shard: number, through: number) =>
    database.owner.query('INSERT INTO projection_progress (shard, generation, through) VALUES ($1, 1, $2)', [
      shard,
      through,
    ])

  test('a shard that never took anything waits for nothing', async () => {
    expect(await readShardProgress(prisma, [60])).toEqual([
      { shard: 60, waitingSince: null, waitingBatches: 0, lastReceivedAt: null },
    ])
  })

  test('what is taken and not yet counted dates the shard back to the oldest of it', async () => {
    await take(61, 1, '2026-11-01T00:00:01Z')
    await take(61, 2, '2026-11-01T00:00:02Z')
    await head(61, 3)
    expect(await readShardProgress(prisma, [61])).toMatchObject([
      { waitingSince: new Date('2026-11-01T00:00:01Z'), waitingBatches: 2 },
    ])
  })

  test('what lies beyond the last finished group is not counted yet, although it may be in an open one', async () => {
    for (const number of [1, 2, 3]) await take(62, number, `2026-11-01T00:00:0${number}Z`)
    await head(62, 4)
    await projected(62, 1)
    expect(await readShardProgress(prisma, [62])).toMatchObject([
      {
        waitingSince: new Date('2026-11-01T00:00:02Z'),
        waitingBatches: 2,
        lastReceivedAt: new Date('2026-11-01T00:00:03Z'),
      },
    ])
  })

  test('when all is counted, nothing waits', async () => {
    await take(63, 1, '2026-11-01T00:00:01Z')
    await head(63, 2)
    await projected(63, 1)
    expect(await readShardProgress(prisma, [63])).toMatchObject([{ waitingSince: null, waitingBatches: 0 }])
  })
})
