import { readCsv } from '@meterbook/core/csv'
import { addDecimals, compareDecimals } from '@meterbook/core/kernel'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CostFilters } from '../../features/cost/cost-view.ts'
import { exploreFile } from '../../features/explore/explore-forms.ts'
import { exploreModel, tableModel } from '../../features/explore/explore-model.ts'
import type { ExploreView } from '../../features/explore/explore-view.ts'
import { EXPLORERS, readAddress, type ViewAddress } from '../../features/usage/view-address.ts'
import { createApiHandler } from '../api/create-api-handler.ts'
import { serveOnTestPort } from '../api/serve-handler-on-test-port.ts'
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
import { exploreUsage } from './explore-usage.ts'

/** Questions asked; a thousand by `npm run exact`. */
const RUNS = Number(process.env.METERBOOK_EXACT_RUNS ?? 60)
const MS_MAX = 120_000 + RUNS * 1_500
const NOW = instant('2026-07-04T00:00:00Z')
/** usage of before is posted */
const NOT_POSTED_FROM = '2026-07-03T20:07:00Z'
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
const DEFAULTS = EXPLORERS.cost

let database: StatementsTestDatabase
let person: CurrentPerson
let origin: string
let stop: () => Promise<void>
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
    const time = new Date(Date.parse(NOT_POSTED_FROM) + index * 1_031_000).toISOString()
    await database.journal('one', [prompt(`late${index}`, { tokens: `${index * 11}.25` }, { time })])
  }
  await database.project()
  person = await database.personOf({ space: 'ours', role: 'admin' })
  const handle = createApiHandler({
    authenticate: async () => null,
    people: { personOf: async ({ cookie }) => (cookie === 'ada' ? person : null), spaceAccess: findSpaceAccess },
    meters: { listMeters: async () => [] },
    clickhouse: database.clickhouse,
    pool: database.pool,
    log: { error: () => {} },
    now: () => NOW,
  })
  const server = await serveOnTestPort(handle)
  origin = server.origin
  stop = async () => {
    await server.close()
    await database.drop()
  }
})
afterAll(() => stop())

const stores = () => ({ pool: database.pool, clickhouse: database.clickhouse })
const sum = (texts: readonly (string | null)[]) =>
  texts.reduce<string>((all, text) => addDecimals(all, text ?? '0'), '0')

const get = (path: string) => fetch(origin + path, { headers: { cookie: 'ada' } })

async function accessOf() {
  const access = await findSpaceAccess({ person, spaceSlug: 'ours' })
  if (access === null) throw new Error('expected access')
  return access
}

async function question(more: Partial<Parameters<typeof readCost>[1]> = {}) {
  const access = await accessOf()
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

/** What the ledger has of usage within a range of whole hours: its quantity, and the amount that its own month's statement carries. */
async function ledger(of: {
  from: string
  to: string
  apps: readonly string[]
  environments: readonly string[]
  /** default: also usage that is never charged for */
  isBillable?: boolean
}) {
  const { rows } = await database.pool.query<{ amount: string; quantity: string }>(
    `SELECT trim_scale(coalesce(sum(amount) FILTER (WHERE billed_in_start = period_start), 0))::text AS amount,
        trim_scale(coalesce(sum((canonical::json->>'quantity')::numeric), 0))::text AS quantity
      FROM ledger_entry e JOIN developer_space s ON s.id = e.space_id
      WHERE s.slug = 'ours' AND kind IN ('usage', 'adjustment') AND window_start >= $1 AND window_end <= $2
        AND app_id::text = ANY($3) AND environment = ANY($4) AND NOT (exempt AND $5)`,
    [of.from, of.to, of.apps, of.environments, of.isBillable === true],
  )
  const [row] = rows
  if (row === undefined) throw new Error('expected one row of sums')
  return row
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

/** Some part of June and July, cut somehow, of some of it. */
const questions = fc.record({
  zone: fc.constantFrom(...ZONES),
  by: fc.constantFrom(
    'app',
    'environment',
    'capability',
    'app,environment',
    'environment,app',
    'capability,app',
    'all',
  ),
  g: fc.constantFrom('auto', 'quarter', 'hour', 'day'),
  day: fc.integer({ min: 8, max: 32 }),
  days: fc.integer({ min: 1, max: 6 }),
  /** of the first day: ranges need not begin at midnight */
  minute: fc.constantFrom(0, 0, 15, 12 * 60 + 30),
  app: fc.constantFrom(null, 'app:in:one', 'app:not:one', 'app:in:one,two'),
  environment: fc.constantFrom(null, 'environment:in:staging', 'environment:not:staging'),
})
type Question = typeof questions extends fc.Arbitrary<infer T> ? T : never

function addressOf({ zone, by, g, day, days, minute, app, environment }: Question, more: object = {}): ViewAddress {
  const at = (of: number) => new Date(Date.UTC(2026, 5, of, 0, minute)).toISOString().slice(0, 16)
  const f = [app, environment].filter((filter) => filter !== null)
  return readAddress({ range: 'custom', from: at(day), to: at(day + days), tz: zone, by, g, f, ...more }, DEFAULTS)
}

/** The parts of a view are sums of one another; drawing, table, answer and file say the same. */
async function expectOne(view: ExploreView, address: ViewAddress, fold: (texts: (string | null)[]) => string) {
  const { rows, total, windows, by } = view
  expect(fold(total.values)).toBe(total.total)
  if (by.length > 0) expect(fold(rows.map((row) => row.total))).toBe(total.total)
  for (const row of rows) {
    expect(fold(row.values)).toBe(row.total)
    if (by.length > 1) expect(fold(row.children.map((child) => child.total))).toBe(row.total)
  }
  const drawn = exploreModel(view, address).series
  if (by.length > 0 && rows.length > 0) {
    expect(drawn.map(({ texts }) => texts)).toEqual(rows.map(({ values }) => values))
  } else expect(drawn[0]?.texts).toEqual(total.values)
  const [whole, ...parts] = tableModel(view, address).series
  expect(whole?.texts).toEqual(total.values)
  expect(parts.map(({ texts }) => texts)).toEqual(by.length > 0 ? rows.map(({ values }) => values) : [])

  const path = exploreFile(view, { space: 'ours', address, format: 'json' })
  const answer = (await (await get(path)).json()) as ExploreView
  // the clock of usage goes on, and a page says beside what does not fit its range, which the interface is not asked
  const same = (of: ExploreView) => ({ ...of, refused: null, period: { ...of.period, asOf: '' } })
  expect(same(answer)).toEqual(same(JSON.parse(JSON.stringify(view)) as ExploreView))
  const [names = [], ...records] = readCsv(await (await get(path.replace('format=json', 'format=csv'))).text())
  const column = (name: string) => names.findIndex((each) => each?.startsWith(name))
  const [figure, state, start] = [
    column(view.kind === 'cost' ? 'net_' : 'quantity_'),
    column('x_bucket_state'),
    column('window_start'),
  ]
  expect(fold(records.map((record) => record[figure] || null))).toBe(total.total)
  for (const [index, window] of windows.entries()) {
    const of = records.filter((record) => record[start] === window.start)
    if (window.state === 'ahead') expect(of).toEqual([])
    else if (of.length > 0) expect(fold(of.map((record) => record[figure] || null))).toBe(total.values[index])
    expect(new Set(of.map((record) => record[state]))).toEqual(new Set(of.length > 0 ? [window.state] : []))
  }
}

const isWholeHours = ({ period }: ExploreView) =>
  [period.from, period.to].every((edge) => Date.parse(edge) % 3_600_000 === 0)

function placesOf({ app, environment }: Question): { apps: string[]; environments: string[] } {
  const { one, two } = database.ids
  return {
    apps: app === 'app:in:one' ? [one] : app === 'app:not:one' ? [two] : [one, two],
    environments:
      environment === null ? ['staging', 'production'] : environment.includes('in:') ? ['staging'] : ['production'],
  }
}

describe('one view, whatever the filters', () => {
  it(
    'of money is the same as chart, table, CSV and answer of the interface, and the ledger where it is settled',
    async () => {
      const tally = { runs: 0, settled: 0, charged: 0 }
      await fc.assert(
        fc.asyncProperty(questions, async (asked) => {
          const address = addressOf(asked)
          const access = await question()
          const view = await exploreCost({ access, address, now: NOW })
          await expectOne(view, address, sum)
          const total = view.total.total ?? ''
          // no price changed in these months
          expect(view.explained?.effects.find(({ kind }) => kind === 'price')?.amount ?? '0').toBe('0')
          if (view.explained !== null) {
            const { difference, effects } = view.explained
            expect(compareDecimals(sum(effects.map(({ amount }) => amount)), difference)).toBe(0)
          }
          if (asked.app === null) {
            const apps = ['one', 'two'].map((slug) => addressOf({ ...asked, app: `app:in:${slug}` } as Question))
            const each = await Promise.all(apps.map((of) => exploreCost({ access, address: of, now: NOW })))
            expect(sum(each.map((of) => of.total.total))).toBe(total)
            for (const [index, value] of view.total.values.entries())
              if (value !== null) expect(sum(each.map((of) => of.total.values[index] ?? null))).toBe(value)
          }
          tally.runs++
          if (total !== '0') tally.charged++
          if (!isWholeHours(view) || view.total.money?.isProvisional !== false) return
          tally.settled++
          const { from, to } = view.period
          const posted = await ledger({ from, to, ...placesOf(asked) })
          expect(addDecimals(posted.amount, view.total.money.correction)).toBe(total)
        }),
        { numRuns: RUNS },
      )
      console.log(
        `money: ${tally.runs} questions, ${tally.charged} of them charged, ${tally.settled} held to the ledger`,
      )
      expect(tally.settled).toBeGreaterThan(0)
      expect(tally.charged).toBeGreaterThan(0)
    },
    MS_MAX,
  )

  it(
    'of usage is the same as chart, table, CSV and answer of the interface, and the ledger where it is settled',
    async () => {
      const tally = { runs: 0, settled: 0, used: 0 }
      await fc.assert(
        fc.asyncProperty(questions, fc.constantFrom('raw', 'billable'), async (asked, basis) => {
          const by = asked.by.replaceAll('capability', 'subject')
          const address = addressOf({ ...asked, by } as Question, { m: 'tokens', basis })
          const access = await accessOf()
          const view = await exploreUsage({ access, address })
          await expectOne(view, address, sum)
          const total = view.total.total ?? ''
          if (asked.app === null) {
            const apps = ['one', 'two'].map((slug) =>
              addressOf({ ...asked, by, app: `app:in:${slug}` } as Question, { m: 'tokens', basis }),
            )
            const each = await Promise.all(apps.map((of) => exploreUsage({ access, address: of })))
            expect(sum(each.map((of) => of.total.total))).toBe(total)
          }
          tally.runs++
          if (total !== '0') tally.used++
          const { from, to } = view.period
          if (!isWholeHours(view) || Date.parse(to) > Date.parse(NOT_POSTED_FROM)) return
          tally.settled++
          const isBillable = basis === 'billable'
          expect((await ledger({ from, to, ...placesOf(asked), isBillable })).quantity).toBe(total)
        }),
        { numRuns: RUNS },
      )
      console.log(`usage: ${tally.runs} questions, ${tally.used} of them used, ${tally.settled} held to the ledger`)
      expect(tally.settled).toBeGreaterThan(0)
      expect(tally.used).toBeGreaterThan(0)
    },
    MS_MAX,
  )
})
