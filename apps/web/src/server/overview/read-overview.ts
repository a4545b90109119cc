// server/overview: the answers of a space's first page, and of an app's.
// Promises: one moment's usage behind all figures of an answer; what could not be read is said to be so, and is not zero.
// Does not know: who may ask, how a figure is drawn.
import { allowanceUses, type BackTest, backTest, forecastPeriod } from '@meterbook/core/forecast'
import { addDecimals, compareDecimals, formatInstant, type Instant, instantFromMs } from '@meterbook/core/kernel'
import { statementId } from '@meterbook/core/statement'
import { windowStart, windowsBetween } from '@meterbook/core/window'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import type { AppCostView, ForecastView, OverviewMonth, OverviewView } from '../../features/overview/overview-view.ts'
import type { EventStores } from '../events/event-sight.ts'
import { readUsageDays, type SpaceDays } from '../forecast/read-usage-days.ts'
import { readMonth } from '../statements/read-months.ts'
import { bucketState } from '../usage/bucket-state.ts'
import { changeOf, shareOf } from '../usage/figures.ts'
import { heldRead } from '../usage/held-reads.ts'
import { readProgress, throughOf } from '../usage/read-freshness.ts'
import { zonedInstant } from '../usage/resolve-period.ts'
import { changesOf } from './changes-of.ts'
import { allowanceView, type Names, namesOf } from './overview-names.ts'

const TESTED_MONTHS = 6
/** What is over moves only by corrections: its forecasts are made again now and then. */
const RECORD_TTL_MS = 10 * 60_000
const RECORD_STALE_MS = 60 * 60_000

type Asked = {
  access: SpaceAccess /** `YYYY-MM`, by the billing zone; absent: the month that runs */
  month?: string | undefined
}

/** A space's month as money, by its billing zone. Who asks must hold the right to see its cost. */
export async function readOverview(stores: EventStores, { access, month }: Asked): Promise<OverviewView> {
  const { space } = access
  const nowMs = Date.now()
  const now = instantFromMs(nowMs)
  const at = monthAt(month, { zone: space.billingZone, now })
  const read = await readUsageDays(stores, { space, at, now })
  if ('unavailable' in read) return { state: 'unavailable', why: read.unavailable }
  const { period, usage } = read
  const id = statementId({ period, slug: space.slug })
  const [stored, names, progress, record] = await Promise.all([
    readMonth(stores.pool, { space, id, asOf: now }),
    namesOf(stores, { access, appIds: [...new Set(usage.accounts.map(({ appId }) => appId))] }),
    readProgress(access.apps),
    period.end <= now ? null : recordOf(read, { spaceId: space.id, nowMs }),
  ])
  const { costs } = read
  const before = read.before.costs
  const allowances = allowanceUses(usage, period).map((use) => allowanceView(use, names))
  const forecast = record === null ? null : forecastPeriod(usage, period)
  const corrections = correctionsOf(stored)
  const spent = corrections.reduce((sum, { amount }) => addDecimals(sum, amount), costs.total)
  const through = throughOf(progress, access.apps)
  const days = windowsBetween(period.start, period.end, 'day', space.billingZone).map((window) => ({
    ...window,
    state: bucketState(window, { now, through: instantFromMs(through.getTime()) }),
  }))
  const shown = (amounts: readonly string[]) =>
    days.map(({ state }, index) => (state === 'ahead' || state === 'unavailable' ? null : (amounts[index] ?? null)))
  const change = changeOf(costs.total, before.total)
  const result: OverviewMonth = {
    currency: space.currency,
    from: formatInstant(period.start),
    to: formatInstant(period.end),
    zone: space.billingZone,
    asOf: formatInstant(now),
    through: formatInstant(usage.asOf),
    isOver: period.end <= now,
    isPriced: read.isPriced,
    statement: id,
    isIssued: stored?.stored != null,
    days: days.map(({ start, end, state }) => ({ start: formatInstant(start), end: formatInstant(end), state })),
    totals: shown(costs.days),
    usage: costs.total,
    corrections,
    spent,
    before: {
      from: formatInstant(read.before.period.start),
      to: formatInstant(read.before.usage.asOf),
      total: before.total,
      days: read.before.whole,
    },
    change,
    changes: changesOf(read, corrections, names),
    forecast: forecast && record ? { ...forecastView(forecast, names), record } : null,
    apps: costs.apps
      .map((cost): AppCostView => {
        const own = allowances.filter(({ app }) => app.id === cost.appId)
        const earlier = before.apps.find(({ appId }) => appId === cost.appId)
        const app = names.app(cost.appId)
        return {
          app,
          total: cost.total,
          change: changeOf(cost.total, earlier?.total ?? '0'),
          share: shareOf(cost.total, costs.total),
          days: shown(cost.amounts),
          likely: forecast?.apps.find(({ appId }) => appId === cost.appId)?.likely ?? null,
          nearest: own.find(({ usedUpAt }) => usedUpAt === null) ?? null,
          allowances: { count: own.length, usedUp: own.filter(({ usedUpAt }) => usedUpAt !== null).length },
          through: throughOf(
            progress,
            access.apps.filter(({ id }) => id === cost.appId),
          ).toISOString(),
        }
      })
      .filter(({ app, total, change }) => app.isOwned || total !== '0' || change?.absolute !== '0')
      .sort((a, b) => compareDecimals(b.total, a.total) || a.app.name.localeCompare(b.app.name, 'en')),
    allowances,
  }
  return { state: 'ready', month: result }
}

/** An instant of the month asked for; of one that is ahead, or none, now. */
function monthAt(month: string | undefined, { zone, now }: { zone: string; now: Instant }): Instant {
  const start = month === undefined ? null : zonedInstant(`${month}-01`, zone)
  return start === null || start > now ? now : windowStart(start, 'month', zone)
}

type Record = ForecastView['record']

async function recordOf(read: SpaceDays, { spaceId, nowMs }: { spaceId: string; nowMs: number }): Promise<Record> {
  const { period, usage } = read
  const elapsedDays = usage.days.filter(({ start, end }) => start >= period.start && end <= usage.asOf).length
  const key = `forecast record ${spaceId} ${period.start} ${elapsedDays}`
  const periods = read.months.slice(0, TESTED_MONTHS)
  const test = await heldRead({
    ...{ key, ttlMs: RECORD_TTL_MS, staleMs: RECORD_STALE_MS, nowMs },
    read: async (): Promise<BackTest> => backTest(usage, { periods, elapsedDays }),
  })
  return { months: test.tested.length, held: test.held, medianMissPercent: test.medianMissPercent }
}

function forecastView(forecast: ReturnType<typeof forecastPeriod>, names: Names): Omit<ForecastView, 'record'> {
  const { low, likely, high, path, learnedDays, newApps } = forecast
  return {
    low,
    likely,
    high,
    learnedDays,
    path: path.map(({ end, amount }) => ({ at: formatInstant(end), amount })),
    newApps: newApps.map(({ appId, days }) => ({ name: names.app(appId).name, days })),
  }
}

function correctionsOf(month: Awaited<ReturnType<typeof readMonth>>): { month: string; amount: string }[] {
  const sums = new Map<string, string>()
  for (const line of month?.statement.lines ?? [])
    if (line.kind === 'correction')
      sums.set(line.period.start, addDecimals(sums.get(line.period.start) ?? '0', line.amount))
  return [...sums].map(([start, amount]) => ({ month: start, amount }))
}
