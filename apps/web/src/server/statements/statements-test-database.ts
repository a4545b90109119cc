import { randomUUID } from 'node:crypto'
import { addDecimals, type Instant, parseInstant } from '@meterbook/core/kernel'
import { decidePostings, type MeasuredWindow, type PostedWindow } from '@meterbook/core/posting'
import { priceTimeline } from '@meterbook/core/rating'
import { billingPeriod, periodOfMonth } from '@meterbook/core/statement'
import {
  appendEntries,
  type BilledSpace,
  type ClosingOutcome,
  closeStatement,
  findBilledSpace,
  listClosedPeriods,
  readRatingFacts,
} from '@meterbook/db/postgres'
import { checkProjection } from '@meterbook/db/rebuild'
import { type CallerTestDatabase, createCallerTestDatabase, prompt } from '../trpc/caller-on-test-database.ts'

const HOUR = 3_600_000_000n
const SHARD = 1

/** Usage of tokens by an event of its own; `installation: 'lab'` is exempt. */
export interface TestUse {
  app: 'one' | 'two' | 'far'
  id: string
  at: string
  tokens: string
  environment?: string
  installation?: 'lab'
}

/** A database of events whose usage is posted as settlement posts it, and months that can be closed. Fixture of tests only. */
export interface StatementsTestDatabase extends CallerTestDatabase {
  /** Journals, projects and posts. Each call posts what it adds, so that a second one of the same hour is an adjustment. */
  use(uses: readonly TestUse[]): Promise<void>
  spaceOf(slug: 'ours' | 'theirs'): Promise<BilledSpace>
  close(slug: 'ours' | 'theirs', month: string, asOf: string): Promise<ClosingOutcome>
}

export async function createStatementsTestDatabase(): Promise<StatementsTestDatabase> {
  const database = await createCallerTestDatabase()
  const { pool, clickhouse, ids } = database
  // As the first worker would: before anything is projected, the tables are marked as those that Postgres speaks of.
  await checkProjection({ pool, clickhouse })
  await pool.query(
    `INSERT INTO installation (id, app_id, key, name, exempt, effective_from) VALUES ($1, $2, 'lab', 'Lab', true, '2020-01-01')`,
    [randomUUID(), ids.one],
  )
  const posted = new Map<string, PostedWindow[]>()
  const spaceOf = async (slug: 'ours' | 'theirs') => {
    const space = await findBilledSpace(pool, slug)
    if (space === null) throw new Error(`expected space ${slug}`)
    return space
  }

  async function post(space: BilledSpace, uses: readonly TestUse[], through: bigint): Promise<void> {
    const facts = await readRatingFacts(pool)
    const subscriptions = facts.spaces.get(space.id)?.subscriptions ?? []
    const accounts = [...Map.groupBy(uses, ({ app, at }) => `${app} ${at.slice(0, 7)}`)].map(([key, of]) => {
      const before = posted.get(key) ?? []
      return {
        account: {
          spaceId: space.id,
          appId: ids[of[0]?.app ?? 'one'],
          capabilityKey: 'tokens',
          unit: 'tokens unit',
          period: billingPeriod(instant(of[0]?.at ?? ''), space.billingZone),
        },
        timeline: priceTimeline({ prices: facts.prices, subscriptions }),
        measured: measuredOf(before, of),
        posted: before,
        key,
      }
    })
    const drafts = decidePostings({
      facts: {
        currency: space.currency,
        billingZone: space.billingZone,
        closedPeriods: await listClosedPeriods(pool, space.id),
        journal: { shard: SHARD, through: through.toString() },
      },
      accounts,
    })
    const { first } = await appendEntries(pool, {
      spaceId: space.id,
      drafts,
      postedAt: instant('2026-07-03T00:00:00Z'),
    })
    for (const { key, account, measured } of accounts) {
      posted.set(
        key,
        measured.map((window) => {
          const known = posted.get(key)?.find((each) => windowKey(each) === windowKey(window))
          const index = drafts.findIndex(
            (draft) =>
              draft.app === account.appId &&
              windowKey({
                environment: draft.environment,
                isExempt: draft.exempt,
                window: { start: instant(draft.window.start), end: instant(draft.window.end) },
              }) === windowKey(window),
          )
          return { ...window, firstSequence: known?.firstSequence ?? `${first + BigInt(index)}` }
        }),
      )
    }
  }

  return {
    ...database,
    spaceOf,
    async use(uses) {
      let through = 0n
      for (const { app, id, at, tokens, environment, installation } of uses) {
        const more = { time: at, ...(environment && { environment }), ...(installation && { installation }) }
        through = await database.journal(app, [prompt(id, { tokens }, more)])
      }
      await database.project()
      await post(
        await spaceOf('ours'),
        uses.filter(({ app }) => app !== 'far'),
        through,
      )
      await post(
        await spaceOf('theirs'),
        uses.filter(({ app }) => app === 'far'),
        through,
      )
    },
    async close(slug, month, asOf) {
      const space = await spaceOf(slug)
      const period = periodOfMonth(month, space.billingZone)
      if (period === null) throw new Error(`expected a month, found ${month}`)
      await pool.query(
        `INSERT INTO settlement_progress (shard, generation, through, until) VALUES ($1, 1, 1, to_timestamp($2::numeric / 1000000))
          ON CONFLICT (shard) DO UPDATE SET until = excluded.until`,
        [SHARD, period.end.toString()],
      )
      const actor = { id: 'ada', name: 'Ada' }
      return closeStatement(pool, { space, period, held: 0, asOf: instant(asOf), actor })
    },
  }
}

/**
 * Two spaces with June and July: ours has 4,000.5 tokens of two apps and 700 exempt ones in June, which is closed, and 250 late ones of June, 1,300 and
 * 10 in July, which is not.
 */
export async function seedMonths(database: StatementsTestDatabase): Promise<void> {
  await database.use([
    { app: 'one', id: 'u1', at: '2026-06-10T12:10:00Z', tokens: '900' },
    { app: 'one', id: 'u2', at: '2026-06-10T12:50:00Z', tokens: '600' },
    { app: 'one', id: 'u3', at: '2026-06-10T12:20:00Z', tokens: '700', installation: 'lab' },
    { app: 'two', id: 'u4', at: '2026-06-11T00:00:00Z', tokens: '2500.5', environment: 'staging' },
    { app: 'far', id: 'u5', at: '2026-06-12T00:00:00Z', tokens: '5000' },
  ])
  await database.close('ours', '2026-06', '2026-07-03T01:00:00Z')
  await database.use([
    { app: 'one', id: 'u6', at: '2026-06-10T12:30:00Z', tokens: '250' },
    { app: 'one', id: 'u7', at: '2026-07-02T00:00:00Z', tokens: '1300' },
    { app: 'two', id: 'u8', at: '2026-07-02T01:00:00Z', tokens: '10' },
  ])
}

function measuredOf(before: readonly PostedWindow[], uses: readonly TestUse[]): MeasuredWindow[] {
  const windows = new Map<string, MeasuredWindow>(before.map((window) => [windowKey(window), window]))
  for (const { at, tokens, environment = 'production', installation } of uses) {
    const start = instant(at) - (instant(at) % HOUR)
    const place = { environment, isExempt: installation === 'lab', window: { start, end: start + HOUR } }
    const base = windows.get(windowKey(place))?.measured[0]?.base ?? '0'
    const measured = [{ meter: 'tokens', version: 1, base: addDecimals(base, tokens), divisor: '1' }]
    windows.set(windowKey(place), { ...place, measured, entitlements: ['e'] })
  }
  return [...windows.values()]
}

function windowKey({ environment, isExempt, window }: Pick<MeasuredWindow, 'environment' | 'isExempt' | 'window'>) {
  return `${window.start} ${isExempt} ${environment}`
}

export function instant(text: string): Instant {
  const parsed = parseInstant(text)
  if (!parsed.ok) throw new RangeError(`expected an instant, found ${text}`)
  return parsed.value
}
