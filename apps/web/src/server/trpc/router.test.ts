import { randomUUID } from 'node:crypto'
import { createPool, type Pool } from '@meterbook/db/postgres'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAddress } from '../../features/usage/view-address.ts'
import type { CurrentPerson } from '../auth/current-person.ts'
import { postgres, prisma } from '../portal/stores.ts'
import { createCaller } from './procedures.ts'
import { appRouter } from './router.ts'

const callerFor = createCaller(appRouter)
const address = readAddress({}, '24h')
const ids = { ours: randomUUID(), theirs: randomUUID(), one: randomUUID(), two: randomUUID(), far: randomUUID() }

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createTestDatabase({ migrate: true })
  process.env.DATABASE_URL = database.postgres.url
  process.env.CLICKHOUSE_URL = database.clickhouse.url
  process.env.REDIS_URL = database.redis.url
  pool = createPool({ url: database.postgres.url, name: 'test' })
  await seed()
})
afterAll(async () => {
  await Promise.all([prisma().$disconnect(), postgres().end()])
  await pool.end()
  await database.drop()
})

async function seed(): Promise<void> {
  for (const [id, slug] of [
    [ids.ours, 'ours'],
    [ids.theirs, 'theirs'],
  ])
    await pool.query('INSERT INTO developer_space (id, slug, name) VALUES ($1, $2, $2)', [id, slug])
  for (const [id, slug, space] of [
    [ids.one, 'one', ids.ours],
    [ids.two, 'two', ids.ours],
    [ids.far, 'far', ids.theirs],
  ]) {
    await pool.query('INSERT INTO app (id, slug, name, shard) VALUES ($1, $2, $2, 1)', [id, slug])
    await pool.query(
      `INSERT INTO app_ownership (id, app_id, space_id, effective_from) VALUES ($1, $2, $3, '2020-01-01')`,
      [randomUUID(), id, space],
    )
  }
  await pool.query(`INSERT INTO capability (key, name, unit, shape) VALUES ('requests', 'Requests', 'request', 'sum')`)
  const meter = randomUUID()
  await pool.query(
    `INSERT INTO meter (id, slug, name, capability_key) VALUES ($1, 'requests', 'Requests', 'requests')`,
    [meter],
  )
  await pool.query(
    `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation) VALUES ($1, 1, '2020-01-01', 'request', 'COUNT')`,
    [meter],
  )
}

async function callerOf(role: 'viewer' | 'developer' | 'admin' | null, isPlatformAdmin = false) {
  const person: CurrentPerson = { id: randomUUID(), name: 'P', email: `${randomUUID()}@example.test`, isPlatformAdmin }
  await pool.query('INSERT INTO person (id, name, email) VALUES ($1, $2, $3)', [person.id, person.name, person.email])
  if (role)
    await pool.query('INSERT INTO membership (person_id, space_id, role) VALUES ($1, $2, $3::space_role)', [
      person.id,
      ids.ours,
      role,
    ])
  return { person, caller: callerFor({ person }) }
}

/** Every procedure, asked for a space and an app by name. */
const askEach = (caller: ReturnType<typeof callerFor>, space: string, app: string) => ({
  space: () => caller.space({ space }),
  spaceUsage: () => caller.spaceUsage({ space, address }),
  spaceHealth: () => caller.spaceHealth({ space }),
  freshness: () => caller.freshness({ space }),
  appUsage: () => caller.appUsage({ space, app, address }),
  live: () => caller.live({ space }),
})

describe('the portal’s procedures', () => {
  it('each states the right it demands', () => {
    const procedures = Object.entries(
      appRouter._def.procedures as unknown as Record<string, { _def: { meta?: { right?: string } } }>,
    )
    expect(procedures.length).toBeGreaterThan(15)
    expect(procedures.map(([name]) => name)).toContain('corrections.perform')
    for (const [name, procedure] of procedures) expect(procedure._def.meta?.right, name).toBeTruthy()
  })

  it('none answers without a session', async () => {
    const caller = callerFor({ person: null })
    await expect(caller.spaces()).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
    for (const [name, ask] of Object.entries(askEach(caller, 'ours', 'one')))
      await expect(ask(), name).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
  })

  it('another space is not found, exactly as one that does not exist', async () => {
    const { caller } = await callerOf('admin')
    for (const space of ['theirs', 'nowhere'])
      for (const [name, ask] of Object.entries(askEach(caller, space, 'far')))
        await expect(ask(), `${name} of ${space}`).rejects.toMatchObject({
          code: 'NOT_FOUND',
          message: 'No such developer space',
        })
  })

  it('an app of another space is not found through one’s own', async () => {
    const { caller } = await callerOf('admin')
    await expect(caller.appUsage({ space: 'ours', app: 'far', address })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('a developer gets the apps they contribute to, and no figure of another', async () => {
    const { person, caller } = await callerOf('developer')
    await pool.query('INSERT INTO app_contributor (person_id, app_id) VALUES ($1, $2)', [person.id, ids.one])
    expect((await caller.space({ space: 'ours' })).apps.map(({ slug }) => slug)).toEqual(['one'])
    expect((await caller.spaceUsage({ space: 'ours', address })).apps.map(({ app }) => app.slug)).toEqual(['one'])
    await expect(caller.appUsage({ space: 'ours', app: 'two', address })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await caller.appUsage({ space: 'ours', app: 'one', address })).app.slug).toBe('one')
  })

  it('a right that was taken away ends with the next call', async () => {
    const { person, caller } = await callerOf('viewer')
    expect((await caller.space({ space: 'ours' })).role).toBe('viewer')
    await pool.query('DELETE FROM membership WHERE person_id = $1', [person.id])
    await expect(caller.space({ space: 'ours' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('who runs the platform enters every space', async () => {
    const { caller } = await callerOf(null, true)
    expect((await caller.space({ space: 'theirs' })).role).toBe('platform')
    expect((await caller.spaces()).map(({ slug }) => slug)).toEqual(['ours', 'theirs'])
  })

  it('a space without usage counts zero, and knows that it does', async () => {
    const { caller } = await callerOf('viewer')
    const { consolidated, windows } = await caller.spaceUsage({ space: 'ours', address })
    expect(consolidated.total).toBe('0')
    expect(windows.map(({ state }) => state)).not.toContain('unavailable')
  })
})
