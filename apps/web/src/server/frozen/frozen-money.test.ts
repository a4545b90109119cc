import { randomUUID } from 'node:crypto'
import { readStateToFreeze } from '@meterbook/db/postgres'
import { beginRebuild } from '@meterbook/db/rebuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAddress } from '../../features/usage/view-address.ts'
import {
  createStatementsTestDatabase,
  type StatementsTestDatabase,
  seedMonths,
} from '../statements/statements-test-database.ts'
import { type Caller, prompt } from '../trpc/caller-on-test-database.ts'

let database: StatementsTestDatabase
let platform: Caller
let admin: Caller
beforeAll(async () => {
  process.env.METERBOOK_APPROVAL_ABOVE = '999999999999999'
  database = await createStatementsTestDatabase()
  platform = await database.callerOf({ isPlatformAdmin: true })
  admin = await database.callerOf({ space: 'ours', role: 'admin' })
  await seedMonths(database)
})
afterAll(() => database.drop())

const JULY = { range: 'month', month: '2026-07' } as const
const COSTS = [
  { ...JULY, by: 'app,capability' },
  { ...JULY, by: 'all', g: 'hour', tz: 'Asia/Kathmandu' },
  { range: 'month', month: '2026-06', by: 'app' },
  { range: 'custom', from: '2026-06-20', to: '2026-07-20', by: 'app', tz: 'America/St_Johns' },
]
const USAGES = [
  { ...JULY, m: 'tokens', by: 'app,environment' },
  { ...JULY, m: 'tokens', by: 'all', basis: 'raw' },
]

/** The web process has forgotten what it kept, as it has after a start: what it says again it has read again. */
function forget(): void {
  for (const name of ['space-money', 'held-reads'])
    Reflect.deleteProperty(globalThis, Symbol.for(`meterbook.web.${name}`))
}

/** Everything that the explorers say in a state, as the texts that travel. */
async function answersOf(asof: string | undefined): Promise<string[]> {
  forget()
  const address = (query: object) => readAddress({ ...query, ...(asof && { asof }) }, 'month')
  const answers: unknown[] = []
  for (const query of COSTS) answers.push(await admin.explore.cost({ space: 'ours', address: address(query) }))
  for (const query of USAGES) answers.push(await admin.explore.usage({ space: 'ours', address: address(query) }))
  return answers.map((answer) => JSON.stringify(answer))
}

/** A change of money is seen here. */
async function liveNow(): Promise<string> {
  forget()
  const answer = await admin.explore.cost({ space: 'ours', address: readAddress(COSTS[0] ?? {}, 'month') })
  return timeless(JSON.stringify(answer))
}

/** But for the clock. */
const timeless = (text: string) => text.replaceAll(/"asOf":"[^"]*"/g, '')

const fresh = () => ({ id: randomUUID(), reason: 'because' })
const at = (time: string) => ({ time, subject: 'ann' })
const freeze = async () => (await admin.frozen.freeze({ space: 'ours', page: '/cost', query: '?g=day' })).id

describe('a frozen link to money', () => {
  it('gives the same bytes after anything that changes money', async () => {
    const { pool, ids } = database
    // measured, and not posted
    const places = await database.taken(
      'one',
      prompt('m1', { tokens: 900 }, at('2026-07-03T10:10:00Z')),
      prompt('m2', { tokens: '25.25' }, at('2026-07-03T11:20:00Z')),
      prompt('m3', { tokens: 4000 }, at('2026-07-20T00:00:00Z')),
    )
    await database.taken('two', prompt('n1', { tokens: 3000 }, at('2026-07-05T10:40:00Z')))
    const asof = await freeze()
    const before = await answersOf(asof)
    // what is frozen is what was there
    expect(before.map(timeless)).toEqual((await answersOf(undefined)).map(timeless))
    let live = await liveNow()
    const july = JSON.parse(before[0] ?? '{}') as { total: { money: { isProvisional: boolean } }; unavailable: null }
    expect(july.total.money.isProvisional).toBe(true)
    expect(july.unavailable).toBeNull()

    /** After each, something live is another, so that the change was one. */
    const unchanged = async (after: string) => {
      for (const [index, answer] of (await answersOf(asof)).entries())
        expect(answer, `${after}, answer ${index}`).toBe(before[index])
      const now = await liveNow()
      expect(now, after).not.toBe(live)
      live = now
    }

    await database.taken('one', prompt('m4', { tokens: 100 }, at('2026-07-03T10:30:00Z')))
    await unchanged('a late event')
    await database.use([
      { app: 'one', id: 'p1', at: '2026-07-02T00:40:00Z', tokens: '70' },
      { app: 'one', id: 'p2', at: '2026-06-10T12:55:00Z', tokens: '30' },
    ])
    await unchanged('a posted adjustment, and one of a closed month')
    await platform.corrections.perform({ act: 'cancel', on: { places: [places[0]!] }, ...fresh() })
    await database.project()
    await unchanged('a cancellation')
    const content = JSON.stringify(prompt('m2', { tokens: 1 }, at('2026-07-04T00:00:00Z')))
    await platform.corrections.perform({ act: 'amend', on: { places: [{ ...places[1]!, content }] }, ...fresh() })
    await database.project()
    await unchanged('an amendment')

    await pool.query(`UPDATE app SET name = 'One, renamed' WHERE id = $1`, [ids.one])
    await unchanged('another name')
    await pool.query(
      `INSERT INTO billing_term (id, space_id, kind, percent, text, effective_from) VALUES ($1, $2, 'discount', 10, 'Ten off', '2026-07-01')`,
      [randomUUID(), ids.ours],
    )
    await unchanged('a discount')
    await pool.query(
      `INSERT INTO price (price_book_id, capability_key, version, effective_from, allowance, price, per)
        SELECT price_book_id, capability_key, version + 1, '2026-07-10', 0, price * 3, per FROM price WHERE capability_key = 'tokens'`,
    )
    await unchanged('a new price version')

    await beginRebuild({
      databaseUrl: database.urls.postgres.url,
      clickhouseUrl: database.urls.clickhouse.url,
      by: 'test',
      reason: 'test',
    })
    await expect(answersOf(asof)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' })
    await database.project()
    for (const [index, answer] of (await answersOf(asof)).entries())
      expect(answer, `a rebuild, ${index}`).toBe(before[index])

    await pool.query(`UPDATE subscription SET effective_to = '2026-07-15' WHERE space_id = $1`, [ids.ours])
    await unchanged('the end of the subscription')

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
    await database.close('ours', '2026-07', '2026-08-05T00:00:00Z')
    await unchanged('the close of the month')
  })

  it('says so where it was frozen before money was kept, and shows its usage', async () => {
    const { pool, ids } = database
    const { money: _, ...state } = await readStateToFreeze(pool, ids.ours)
    const id = randomUUID()
    const { rows } = await pool.query('SELECT names FROM frozen_view LIMIT 1')
    const { money: __, ...names } = rows[0].names
    const shards = state.shards.map(({ shard, through }) => {
      return { shard, through: `${through}`, waitingSince: null, waitingBatches: 0, lastReceivedAt: null }
    })
    await pool.query(
      `INSERT INTO frozen_view (id, space_id, page, query, frozen_at, frozen_by, positions, ledger_sequence, catalogue_revision, names)
        VALUES ($1, $2, '/usage', '', date_trunc('milliseconds', now()), 'ada', $3, $4, $5, $6)`,
      [id, ids.ours, JSON.stringify(shards), state.ledgerSequence, state.catalogueRevision, names],
    )
    const address = readAddress({ ...JULY, m: 'tokens', asof: id }, 'month')
    const usage = await admin.explore.usage({ space: 'ours', address })
    expect(usage.total.money).toBeNull()
    expect(Number(usage.total.total)).toBeGreaterThan(0)
    await expect(admin.explore.cost({ space: 'ours', address })).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' })
  })
})
