import { randomUUID } from 'node:crypto'
import { createPool, type Pool } from '@meterbook/db/postgres'
import type { PortalApp, SpaceAccess } from '@meterbook/db/postgres/portal'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAddress } from '../../features/usage/view-address.ts'
import { clickhouse, prisma } from '../portal/stores.ts'
import { readAppUsage } from './read-app-usage.ts'
import { readSpaceUsage } from './read-space-usage.ts'

const HOUR_MS = 3_600_000
const space = randomUUID()
const METERS = [
  { slug: 'bytes', aggregation: 'SUM', divisor: '1024' },
  { slug: 'people', aggregation: 'UNIQUE_COUNT', divisor: '1' },
  { slug: 'peak', aggregation: 'MAX', divisor: '1' },
  { slug: 'stored', aggregation: 'TIME_WEIGHTED', divisor: '1' },
  { slug: 'latency', aggregation: 'PERCENTILE', divisor: '10', percentile: '0.5' },
]
const app = (name: string): PortalApp => ({
  id: randomUUID(),
  slug: name,
  name,
  series: 1,
  shard: 1,
  isOwned: true,
  isArchived: false,
})
const [one, two] = [app('one'), app('two')]
const access: SpaceAccess = {
  space: { id: space, slug: 'ours', name: 'Ours', currency: 'USD', billingZone: 'UTC' },
  role: 'viewer',
  isBillingAdmin: false,
  apps: [one, two],
}
const hourAgo = (hours: number) => new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - hours * HOUR_MS + 60_000)

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createTestDatabase({ migrate: true })
  process.env.DATABASE_URL = database.postgres.url
  process.env.CLICKHOUSE_URL = database.clickhouse.url
  process.env.REDIS_URL = database.redis.url
  pool = createPool({ url: database.postgres.url, name: 'test' })
  await seedMeters()
  await seedUsage()
})
afterAll(async () => {
  await Promise.all([pool.end(), prisma().$disconnect(), clickhouse().close()])
  await database.drop()
})

async function seedMeters(): Promise<void> {
  for (const { slug, aggregation, divisor, percentile = null } of METERS) {
    const id = randomUUID()
    await pool.query(`INSERT INTO capability (key, name, unit, shape) VALUES ($1, $1, 'unit', 'sum')`, [slug])
    await pool.query('INSERT INTO meter (id, slug, name, capability_key) VALUES ($1, $2, $2, $2)', [id, slug])
    await pool.query(
      `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation, divisor, percentile)
       VALUES ($1, 1, '2020-01-01', $2, $3::aggregation, $4, $5)`,
      [id, slug, aggregation, divisor, percentile],
    )
  }
  for (const key of ['production', 'staging'])
    for (const { id, slug } of [one, two]) {
      await pool.query('INSERT INTO app (id, slug, name, shard) VALUES ($1, $2, $2, 1) ON CONFLICT DO NOTHING', [
        id,
        slug,
      ])
      await pool.query('INSERT INTO environment (app_id, key, name) VALUES ($1, $2, $2)', [id, key])
    }
}

async function seedUsage(): Promise<void> {
  let pos = 0
  const row = (over: Record<string, unknown>) => ({
    shard: 1,
    batch: 1,
    pos: pos++,
    identity: '0123456789abcdef',
    space,
    app: one.id,
    meter: 'bytes',
    meter_version: 1,
    environment: 'production',
    installation: '',
    exempt: 0,
    at: hourAgo(2).getTime() * 1000,
    received_at: hourAgo(2).getTime() * 1000,
    subject: '',
    quantity: '0',
    unique_value: '',
    dims: {},
    entitlement: '',
    catalogue_revision: 1,
    ...over,
  })
  const values = [
    row({ quantity: '1024' }),
    row({ quantity: '512', at: hourAgo(3).getTime() * 1000 }),
    row({ quantity: '256', environment: 'staging' }),
    row({ quantity: '2048', app: two.id }),
    row({ quantity: '1024', at: hourAgo(26).getTime() * 1000 }),
    // the same app, paid by another space
    row({ quantity: '1000000', space: randomUUID() }),
    ...['ann', 'bob'].map((name) => row({ meter: 'people', unique_value: name })),
    row({ meter: 'people', unique_value: 'ann', at: hourAgo(3).getTime() * 1000 }),
    row({ meter: 'people', unique_value: 'bob', app: two.id }),
    row({ meter: 'peak', quantity: '7' }),
    row({ meter: 'peak', quantity: '9', app: two.id, at: hourAgo(3).getTime() * 1000 }),
    // taken back: a highest that is none any more, and a person who never was
    ...[1, -1].flatMap((sign) => [
      row({ meter: 'peak', quantity: '99', sign, entry_batch: 1, entry_pos: 9000 }),
      row({ meter: 'people', unique_value: 'nobody', sign, entry_batch: 1, entry_pos: 9000 }),
      row({ meter: 'bytes', quantity: '4096', sign, entry_batch: 1, entry_pos: 9000 }),
      row({ meter: 'latency', quantity: '990', sign, entry_batch: 1, entry_pos: 9000 }),
    ]),
    ...['30', '10', '20'].map((quantity) => row({ meter: 'latency', quantity })),
    row({ meter: 'latency', quantity: '40', app: two.id, at: hourAgo(3).getTime() * 1000 }),
    row({ meter: 'stored', quantity: '5', subject: 'db', at: hourAgo(3).getTime() * 1000 }),
    row({ meter: 'stored', quantity: '0', subject: 'db', at: hourAgo(2).getTime() * 1000 }),
  ]
  await clickhouse().insert({ table: 'usage_records', values, format: 'JSONEachRow' })
}

const spaceUsage = (params: Record<string, string>) => readSpaceUsage({ access, address: readAddress(params, '24h') })
const appUsage = async (slug: string, params: Record<string, string> = {}) => {
  const view = await readAppUsage({ access, app: one, address: readAddress(params, '24h') })
  return view.meters.find(({ meter }) => meter.slug === slug)
}
const known = (values: (string | null)[]) => values.filter((value) => value !== null && value !== '0')

describe('usage as the pages show it', () => {
  it('a sum over apps and windows is the sum of its parts, in the unit, and only what this space pays for', async () => {
    const { consolidated, apps } = await spaceUsage({ m: 'bytes' })
    expect(consolidated.total).toBe('3.75')
    expect(known(consolidated.values)).toEqual(['0.5', '3.25'])
    expect(apps.map(({ app, total, share }) => [app.slug, total, share])).toEqual([
      ['two', '2', '53.3'],
      ['one', '1.75', '46.7'],
    ])
  })
  it('the stretch before is compared with', async () => {
    const { consolidated } = await spaceUsage({ m: 'bytes' })
    expect(consolidated.previous).toBe('1')
    expect(consolidated.change).toEqual({ absolute: '2.75', percent: '275', direction: 'up' })
  })
  it('a person who uses two apps, in two hours, is one person', async () => {
    const { consolidated, apps } = await spaceUsage({ m: 'people' })
    expect(consolidated.total).toBe('2')
    expect(known(consolidated.values)).toEqual(['1', '2'])
    expect(apps.map(({ app, total, share }) => [app.slug, total, share])).toEqual([
      ['one', '2', null],
      ['two', '1', null],
    ])
  })
  it('a peak over apps and windows is the highest, and hours without one have none', async () => {
    const { consolidated } = await spaceUsage({ m: 'peak' })
    expect(consolidated.total).toBe('9')
    expect(consolidated.values.filter((value) => value !== null)).toEqual(['9', '7'])
  })
  it('a percentile is of all values together, and never of those of its windows or apps', async () => {
    const { consolidated, apps } = await spaceUsage({ m: 'latency' })
    expect(consolidated.total).toBe('2')
    expect(consolidated.values.filter((value) => value !== null)).toEqual(['4', '2'])
    expect(apps.map(({ app, total, share }) => [app.slug, total, share])).toEqual([
      ['two', '4', null],
      ['one', '2', null],
    ])
  })
  it('a level counts for as long as it was held', async () => {
    // a page does not wait long for levels; whoever asks again has them
    const deadline = performance.now() + 30_000
    let stored = await appUsage('stored')
    while (stored?.isPending && performance.now() < deadline) stored = await appUsage('stored')
    expect(stored).toMatchObject({ isPending: false, total: '5' })
  })
  it('an environment shows its own usage only; one that does not exist shows none, and not that of others', async () => {
    expect((await appUsage('bytes', { env: 'staging' }))?.total).toBe('0.25')
    expect((await appUsage('bytes', { env: 'nowhere' }))?.total).toBe('0')
    expect((await appUsage('bytes', { f: 'environment:not:nowhere' }))?.total).toBe('1.75')
  })
  it('the total is the same by every granularity and in every zone', async () => {
    for (const tz of ['UTC', 'Asia/Kathmandu', 'America/St_Johns'])
      for (const g of ['hour', 'day'])
        expect((await spaceUsage({ m: 'bytes', range: '7d', g, tz })).consolidated.total).toBe('4.75')
  })
})
