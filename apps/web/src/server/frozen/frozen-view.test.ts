import { randomUUID } from 'node:crypto'
import { beginRebuild, checkProjection } from '@meterbook/db/rebuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAddress } from '../../features/usage/view-address.ts'
import {
  type Caller,
  type CallerTestDatabase,
  createCallerTestDatabase,
  prompt,
} from '../trpc/caller-on-test-database.ts'

let database: CallerTestDatabase
let platform: Caller
let admin: Caller
beforeAll(async () => {
  process.env.METERBOOK_APPROVAL_ABOVE = '999999999999999'
  database = await createCallerTestDatabase()
  // as the first worker would, before anything is projected
  await checkProjection(database)
  platform = await database.callerOf({ isPlatformAdmin: true })
  admin = await database.callerOf({ space: 'ours', role: 'admin' })
  await seedLevels()
})
afterAll(() => database.drop())

/** Beside the meters of the fixture: one whose quantities do not add up, and one that is integrated over time. */
async function seedLevels(): Promise<void> {
  const { pool, ids } = database
  for (const [slug, aggregation] of [
    ['most', 'MAX'],
    ['stored', 'TIME_WEIGHTED'],
    ['people', 'UNIQUE_COUNT'],
  ] as const) {
    const meter = randomUUID()
    await pool.query(`INSERT INTO capability (key, name, unit, shape) VALUES ($1, $1, 'unit', 'sum')`, [slug])
    await pool.query('INSERT INTO meter (id, slug, name, capability_key) VALUES ($1, $2, $2, $2)', [meter, slug])
    await pool.query(
      `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation, value)
       VALUES ($1, 1, '2020-01-01', 'prompt', $2::aggregation, '{"path":"$.tokens"}')`,
      [meter, aggregation],
    )
    await pool.query(
      `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from)
       SELECT gen_random_uuid(), s.id, o.app_id, $1, '2020-01-01' FROM subscription s JOIN app_ownership o ON o.space_id = s.space_id`,
      [slug],
    )
  }
  expect(ids.ours).toBeDefined()
}

const JULY = { range: 'month', month: '2026-07' } as const
const QUERIES = [
  { ...JULY, m: 'tokens' },
  { ...JULY, m: 'tokens', g: 'hour', tz: 'Asia/Kathmandu', by: 'app', cmp: 'week' },
  { ...JULY, m: 'requests', env: 'production' },
  { ...JULY, m: 'most', g: 'week' },
  { ...JULY, m: 'people', f: 'app:not:two' },
  { ...JULY, m: 'stored' },
  { range: '24h', m: 'tokens' },
]

/** Everything that the pages of usage say in a frozen state, as the texts that travel. */
async function answersOf(caller: Caller, asof: string | undefined): Promise<string[]> {
  const answers: unknown[] = []
  for (const query of QUERIES) {
    const address = readAddress({ ...query, ...(asof && { asof }) }, 'month')
    answers.push(await caller.spaceUsage({ space: 'ours', address }))
    answers.push(await caller.appUsage({ space: 'ours', app: 'one', address }))
  }
  return answers.map((answer) => JSON.stringify(answer))
}

const at = (time: string, more: object = {}) => ({ time, subject: 'ann', ...more })
const fresh = () => ({ id: randomUUID(), reason: 'because' })
const freeze = async (caller: Caller) =>
  (await caller.frozen.freeze({ space: 'ours', page: '/usage', query: '?g=day' })).id

describe('a frozen link', () => {
  it('gives the same bytes after late events, corrections, a new name, a rebuild and a re-attribution', async () => {
    const { pool, ids } = database
    const places = await database.taken(
      'one',
      prompt('f1', { tokens: 10 }, at('2026-07-03T10:00:00Z')),
      prompt('f2', { tokens: 25.5 }, at('2026-07-03T11:20:00Z', { subject: 'bob' })),
      prompt('f3', { tokens: 7 }, at('2026-07-20T00:00:00Z')),
    )
    await database.taken('two', prompt('g1', { tokens: 3 }, at('2026-07-05T10:00:00Z')))
    await database.taken('two', prompt('g0', { tokens: 4 }, at('2026-06-28T10:00:00Z')))
    const asof = await freeze(admin)
    const before = await answersOf(admin, asof)
    const live = await answersOf(admin, undefined)
    const parts = JSON.parse(before[0] ?? '{}') as { consolidated: { total: string } }
    expect(parts.consolidated.total).toBe('45.5')
    const unchanged = async (after: string) => {
      for (const [index, answer] of (await answersOf(admin, asof)).entries())
        expect(answer, `${after}, answer ${index}`).toBe(before[index])
    }

    await database.taken('one', prompt('f4', { tokens: 100 }, at('2026-07-03T10:30:00Z')))
    await database.taken('two', prompt('g2', { tokens: 100 }, at('2026-07-05T10:00:00Z')))
    await unchanged('late events')
    await platform.corrections.perform({ act: 'cancel', on: { places: [places[0]!] }, ...fresh() })
    const content = JSON.stringify(prompt('f2', { tokens: 1 }, at('2026-07-04T00:00:00Z')))
    await platform.corrections.perform({ act: 'amend', on: { places: [{ ...places[1]!, content }] }, ...fresh() })
    await database.project()
    await unchanged('a cancellation and an amendment')
    await pool.query(`UPDATE app SET name = 'One, renamed' WHERE id = $1`, [ids.one])
    await pool.query(`INSERT INTO environment (app_id, key, name) VALUES ($1, 'production', 'production')`, [ids.one])
    await unchanged('another name')
    expect(await answersOf(admin, undefined)).not.toEqual(live)

    await beginRebuild({
      databaseUrl: database.urls.postgres.url,
      clickhouseUrl: database.urls.clickhouse.url,
      by: 'test',
      reason: 'test',
    })
    await expect(answersOf(admin, asof)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' })
    await expect(freeze(admin)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' })
    await database.project()
    await unchanged('a rebuild')

    await pool.query(`UPDATE app_ownership SET effective_to = '2026-07-04' WHERE app_id = $1`, [ids.two])
    await pool.query(
      `INSERT INTO app_ownership (id, app_id, space_id, effective_from) VALUES (gen_random_uuid(), $1, $2, '2026-07-04')`,
      [ids.two, ids.theirs],
    )
    await pool.query(`UPDATE entitlement SET effective_to = '2026-07-04' WHERE app_id = $1`, [ids.two])
    const on = { filter: { app: 'two', from: '2026-07-01T00:00:00Z', to: '2026-08-01T00:00:00Z' } }
    await platform.corrections.perform({ act: 'reattribute', on, ...fresh() })
    await database.project()
    await unchanged('a re-attribution')
  })

  it('shows whoever opens it what they may see themselves, and no more', async () => {
    const asof = await freeze(admin)
    const developer = await database.callerOf({ space: 'ours', role: 'developer', apps: ['one'] })
    const address = readAddress({ ...QUERIES[0], asof }, 'month')
    const { apps } = await developer.spaceUsage({ space: 'ours', address })
    expect(apps.map(({ app }) => app.slug)).toEqual(['one'])
    const stranger = await database.callerOf({ space: 'theirs', role: 'admin' })
    await expect(stranger.spaceUsage({ space: 'theirs', address })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(stranger.frozen.find({ space: 'ours', id: asof })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(stranger.frozen.find({ space: 'theirs', id: asof })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    for (const id of ['nothing', randomUUID()])
      await expect(admin.frozen.find({ space: 'ours', id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('leads nowhere but into its own space', async () => {
    for (const page of ['//elsewhere.example', '/../other', 'https://elsewhere.example', '/a b', '/\\x', '/./x']) {
      await expect(admin.frozen.freeze({ space: 'ours', page, query: '' }), page).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      })
    }
    await expect(admin.frozen.freeze({ space: 'ours', page: '/usage', query: 'g=day' })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    })
    const { id } = await admin.frozen.freeze({ space: 'ours', page: '', query: '' })
    expect(await admin.frozen.find({ space: 'ours', id })).toMatchObject({ page: '', query: '' })
  })
})
