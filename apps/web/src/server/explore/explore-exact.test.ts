import { addDecimals, compareDecimals } from '@meterbook/core/kernel'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CostFilters } from '../../features/cost/cost-view.ts'
import { readAddress } from '../../features/usage/view-address.ts'
import type { CurrentPerson } from '../auth/current-person.ts'
import { readCost } from '../cost/read-cost.ts'
import { findSpaceAccess } from '../portal/stores.ts'
import { readProvisional } from '../statements/read-provisional.ts'
import {
  createStatementsTestDatabase,
  instant,
  type StatementsTestDatabase,
  seedMonths,
  type TestUse,
} from '../statements/statements-test-database.ts'
import { prompt } from '../trpc/caller-on-test-database.ts'
import { exploreCost } from './explore-cost.ts'

/** A thousand by `METERBOOK_EXACT_RUNS=1000`. */
const RUNS = Number(process.env.METERBOOK_EXACT_RUNS ?? 60)
const NOW = instant('2026-07-04T00:00:00Z')
const ZONES = [
  'UTC',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Asia/Kolkata',
  'Europe/Budapest',
  'America/New_York',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'America/Los_Angeles',
  'Asia/Tehran',
  'Africa/Casablanca',
]
const DEFAULTS = { range: 'month', by: ['app', 'capability'], view: 'both' } as const

let database: StatementsTestDatabase
let person: CurrentPerson
beforeAll(async () => {
  database = await createStatementsTestDatabase()
  await seedMonths(database)
  // more of July in odd minutes and both environments, the allowance crossed within an hour
  const uses: TestUse[] = Array.from({ length: 40 }, (_, index) => ({
    app: index % 3 === 0 ? 'two' : 'one',
    id: `x${index}`,
    at: new Date(Date.UTC(2026, 6, 1, 3, 0, 0) + index * 3_217_000).toISOString(),
    tokens: `${(index * 37) % 211}.${index}`,
    environment: index % 4 === 0 ? 'staging' : 'production',
  }))
  await database.use(uses)
  // what is measured and not posted
  for (let index = 0; index < 9; index++) {
    const time = new Date(Date.UTC(2026, 6, 3, 20, 7, 0) + index * 1_031_000).toISOString()
    await database.journal('one', [prompt(`late${index}`, { tokens: `${index * 11}.25` }, { time })])
  }
  await database.project()
  person = await database.personOf({ space: 'ours', role: 'admin' })
})
afterAll(() => database.drop())

const stores = () => ({ pool: database.pool, clickhouse: database.clickhouse })
const sum = (texts: readonly (string | null)[]) =>
  texts.reduce<string>((all, text) => addDecimals(all, text ?? '0'), '0')

async function question(more: Partial<Parameters<typeof readCost>[1]> = {}) {
  const access = await findSpaceAccess({ person, spaceSlug: 'ours' })
  if (access === null) throw new Error('expected access')
  return {
    space: access.space,
    from: instant('2026-07-01T00:00:00Z'),
    to: instant('2026-08-01T00:00:00Z'),
    zone: 'UTC',
    size: 'day' as const,
    groupBy: ['app', 'environment'] as const,
    filters: {} as CostFilters,
    now: NOW,
    ...more,
  }
}

/** What the ledger has of usage within a range of whole hours, of its own month's statement. */
async function ledger(of: { from: string; to: string; apps: readonly string[]; environments: readonly string[] }) {
  const { rows } = await database.pool.query<{ amount: string }>(
    `SELECT trim_scale(coalesce(sum(amount), 0))::text AS amount FROM ledger_entry e JOIN developer_space s ON s.id = e.space_id
      WHERE s.slug = 'ours' AND kind IN ('usage', 'adjustment') AND billed_in_start = period_start AND window_start >= $1 AND window_end <= $2
        AND app_id::text = ANY($3) AND environment = ANY($4)`,
    [of.from, of.to, of.apps, of.environments],
  )
  return rows[0]?.amount ?? ''
}

describe('money along time', () => {
  it('is the statement of a closed month, and of an open one what its statement would come to', async () => {
    const june = await readCost(
      stores(),
      await question({ from: instant('2026-06-01T00:00:00Z'), to: instant('2026-07-01T00:00:00Z') }),
    )
    const { rows } = await database.pool.query<{ total: string }>(
      `SELECT trim_scale(exact_total)::text AS total FROM statement WHERE id = '2026-06-ours'`,
    )
    expect(june.total.net).toBe(rows[0]?.total)
    expect(june.total.isProvisional).toBe(false)
    const july = await readCost(stores(), await question())
    const space = await database.spaceOf('ours')
    const expected = await readProvisional(stores(), { space, id: '2026-07-ours', asOf: NOW + 120_000_000n })
    if (expected?.state !== 'provisional') throw new Error(`expected July to be open, found ${expected?.state}`)
    expect(july.total.net).toBe(expected.expected.exactTotal)
    expect(july.total.isProvisional).toBe(true)
  })

  it('shows what is billed for an earlier, closed month apart, where it was posted, and that month says so', async () => {
    const july = await readCost(stores(), await question())
    expect(july.total.correction).not.toBe('0')
    expect(addDecimals(july.total.amount, july.total.correction)).toBe(july.total.net)
    expect(july.totals.map((value) => value?.correction ?? '0').filter((text) => text !== '0')).toEqual([
      july.total.correction,
    ])
    const june = await readCost(
      stores(),
      await question({ from: instant('2026-06-01T00:00:00Z'), to: instant('2026-07-01T00:00:00Z') }),
    )
    expect(sum(june.buckets.map(({ correctedLater }) => correctedLater))).toBe(july.total.correction)
  })

  it('is the same in twelve zones and every size of bucket: buckets, groups and total', async () => {
    const totals = new Set<string>()
    for (const zone of ZONES) {
      for (const size of ['quarter', 'hour', 'day', 'week', 'month', 'whole'] as const) {
        const asked = { zone, size, from: instant('2026-07-01T00:00:00Z'), to: instant('2026-07-04T00:00:00Z') }
        const view = await readCost(stores(), await question(asked))
        expect(sum(view.totals.map((value) => value?.net ?? null))).toBe(view.total.net)
        expect(sum(view.groups.map(({ total }) => total.net))).toBe(view.total.net)
        for (const { total, values } of view.groups)
          expect(sum(values.map((value) => value?.net ?? null))).toBe(total.net)
        totals.add(`${view.total.net} ${view.total.quantity} ${view.total.list} ${view.total.billable}`)
      }
    }
    expect(totals.size).toBe(1)
  })

  it('of another space has nothing of ours, and of ours nothing of theirs', async () => {
    const view = await readCost(stores(), await question())
    expect(view.groups.flatMap(({ keys }) => keys)).not.toContain(database.ids.far)
  })
})

describe('one view', () => {
  it('is the same as chart and table, and the ledger where it is settled, whatever the filters', async () => {
    const { ids } = database
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          zone: fc.constantFrom(...ZONES),
          by: fc.constantFrom('app', 'environment', 'capability', 'app,environment', 'environment,app', 'all'),
          g: fc.constantFrom('auto', 'quarter', 'hour', 'day'),
          day: fc.integer({ min: 8, max: 32 }),
          days: fc.integer({ min: 1, max: 6 }),
          app: fc.constantFrom(null, 'app:in:one', 'app:not:one', 'app:in:one,two'),
          environment: fc.constantFrom(null, 'environment:in:staging', 'environment:not:staging'),
        }),
        async ({ zone, by, g, day, days, app, environment }) => {
          const at = (of: number) => new Date(Date.UTC(2026, 5, of)).toISOString().slice(0, 10)
          const f = [app, environment].filter((filter) => filter !== null)
          const params = { range: 'custom', from: at(day), to: at(day + days), tz: zone, by, g, f }
          const address = readAddress(params, DEFAULTS)
          const view = await exploreCost({ access: await question(), address, now: NOW })
          const total = view.total.total ?? ''
          expect(sum(view.total.values)).toBe(total)
          if (view.by.length > 0) expect(sum(view.rows.map((row) => row.total))).toBe(total)
          for (const row of view.rows) {
            expect(sum(row.values)).toBe(row.total)
            if (view.by.length > 1) expect(sum(row.children.map((child) => child.total))).toBe(row.total)
          }
          // no price changed in these months
          expect(view.explained?.effects.find(({ kind }) => kind === 'price')?.amount ?? '0').toBe('0')
          if (view.explained !== null) {
            const { difference, effects } = view.explained
            expect(compareDecimals(sum(effects.map(({ amount }) => amount)), difference)).toBe(0)
          }
          const isWhole = [view.period.from, view.period.to].every((edge) => edge.slice(14) === '00:00.000Z')
          if (isWhole && view.total.money?.isProvisional === false) {
            const apps = app === 'app:in:one' ? [ids.one] : app === 'app:not:one' ? [ids.two] : [ids.one, ids.two]
            const environments =
              environment === null
                ? ['staging', 'production']
                : environment.includes('in:')
                  ? ['staging']
                  : ['production']
            const { from, to } = view.period
            expect(addDecimals(await ledger({ from, to, apps, environments }), view.total.money.correction)).toBe(total)
          }
        },
      ),
      { numRuns: RUNS },
    )
  })
})
