import { addDecimals } from '@meterbook/core/kernel'
import type { PortalMeter, SpaceAccess } from '@meterbook/db/postgres/portal'
import { TRPCError } from '@trpc/server'
import type { ExploreMoney, ExploreView } from '../../features/explore/explore-view.ts'
import type { Dimension } from '../../features/usage/usage-filter.ts'
import type { ViewAddress } from '../../features/usage/view-address.ts'
import { readCost } from '../cost/read-cost.ts'
import { eventStores } from '../portal/stores.ts'
import { holdsRight } from '../trpc/space-right.ts'
import { alongWindows, valueOfNothing } from '../usage/figures.ts'
import { aggregationOf, isAdditive, isFromRollups } from '../usage/read-measured.ts'
import { type Ground, meterView, periodView, readGround } from '../usage/read-view.ts'
import type { Reading } from '../usage/reading.ts'
import { environmentOf } from './environment-of.ts'
import { levelsOf, usageDimensions } from './explore-dimensions.ts'
import { addMoney, foldRows, type Measure, namingOf, summedUp } from './fold-rows.ts'
import { type GroupQuestion, readGroups, shownApps } from './read-groups.ts'
import { refusedOf } from './refused.ts'

/** Usage of one meter, split by two levels. What does not add up is read for each level by itself. */
export async function exploreUsage(input: {
  access: SpaceAccess
  /** left out: live */
  reading?: Reading
  address: ViewAddress
  /** every row, for who reads it by a program; a page lists the largest */
  isComplete?: boolean
}): Promise<ExploreView> {
  const { access, address, reading, isComplete = false } = input
  const apps = shownApps(access.apps, address.filters)
  const ground = await readGround({ access, apps, address, reading })
  const meter =
    ground.meters.find(({ slug }) => slug === address.meter) ?? ground.meters.find(isFromRollups) ?? ground.meters[0]
  if (!meter) throw new TRPCError({ code: 'PRECONDITION_FAILED', message: 'The catalogue has no meter yet' })
  const dimensions = usageDimensions({
    meter,
    apps: access.apps.map(({ slug, name }) => ({ key: slug, name })),
    environments: ground.environments,
  })
  const by = levelsOf(address.by, dimensions)
  const question = {
    access,
    apps,
    meter,
    address,
    zone: ground.period.zone,
    now: ground.progress.now,
    asOf: ground.frozen ?? undefined,
  }
  const adds = isAdditive(aggregationOf(meter))
  const [read, money] = await Promise.all([
    measuresOf(question, ground, by, adds),
    moneyOf(input, { meter, ground, by }),
  ])
  const measures = read.map((measure) => ({ ...measure, money: money.get(JSON.stringify(measure.keys)) ?? null }))
  const isWhole = ground.windows.every(({ state }) => state !== 'unavailable')
  return {
    kind: 'usage',
    unit: meter.unit,
    currency: money.size > 0 ? access.space.currency : null,
    meter: meterView(meter),
    meters: ground.meters.map(meterView),
    period: periodView(ground, access),
    refused: refusedOf(address, ground.period),
    windows: ground.windows.map((window) => ({ ...window, before: null, correctedLater: null })),
    by,
    dimensions,
    isAdditive: adds,
    ...foldRows({
      measures,
      naming: namingOf({ apps: access.apps, by, names: new Map(), unitOf: () => meter.unit }),
      isAdditive: adds,
      isComplete,
      isWhole,
    }),
    marks: [],
    terms: [],
    explained: null,
    settledUntil: null,
    unavailable: null,
  }
}

async function measuresOf(
  question: GroupQuestion,
  ground: Ground,
  by: readonly Dimension[],
  adds: boolean,
): Promise<Measure[]> {
  if (adds) return summedUp(await levelMeasures(question, ground, by, true), by.length, ground.windows.length)
  const levels = [by, by.slice(0, 1), []].filter(
    (level, index, all) => all.findIndex((one) => one.length === level.length) === index,
  )
  return (await Promise.all(levels.map((level) => levelMeasures(question, ground, level, false)))).flat()
}

/** The measures of one level. What adds up is the sum of its windows; anything else is asked for over the whole range, too. */
async function levelMeasures(
  question: GroupQuestion,
  { period, windows }: Ground,
  levels: readonly Dimension[],
  adds: boolean,
): Promise<Measure[]> {
  const range = { levels, from: period.from, to: period.to }
  const before = { levels, from: period.previous.from, to: period.previous.to, size: undefined }
  const isCompared = period.compare !== 'none'
  const [series, wholes, previous] = await Promise.all([
    readGroups(question, { ...range, size: period.granularity }),
    adds ? [] : readGroups(question, { ...range, size: undefined }),
    isCompared ? readGroups(question, before) : [],
  ])
  const aggregation = aggregationOf(question.meter)
  const places = new Map<string, string[]>()
  for (const { keys } of [...series, ...wholes, ...previous]) places.set(JSON.stringify(keys), keys)
  if (levels.length === 0) places.set('[]', [])
  const [seriesBy, wholesBy, previousBy] = [series, wholes, previous].map((rows) =>
    Map.groupBy(rows, ({ keys }) => JSON.stringify(keys)),
  )
  return [...places].map(([key, keys]): Measure => {
    const points = (seriesBy?.get(key) ?? []).map(({ start, value }) => ({ windowStart: isoOf(start), value }))
    const values = alongWindows({ windows, measured: points.map((point) => ({ ...PLACE, ...point })), aggregation })
    return {
      keys,
      total: adds
        ? points.reduce((sum, { value }) => addDecimals(sum, value), '0')
        : (wholesBy?.get(key)?.[0]?.value ?? valueOfNothing(aggregation)),
      previous: isCompared ? (previousBy?.get(key)?.[0]?.value ?? valueOfNothing(aggregation)) : null,
      values,
      money: null,
    }
  })
}

const PLACE = { meter: '', appId: null }

/** What it costs, by group, where that can be said: of apps and environments, by whoever may see the space's cost. */
async function moneyOf(
  { access, address }: { access: SpaceAccess; address: ViewAddress },
  { meter, ground, by }: { meter: PortalMeter; ground: Ground; by: readonly Dimension[] },
): Promise<Map<string, ExploreMoney>> {
  const known: readonly Dimension[] = ['app', 'environment']
  const isTold =
    holdsRight(access, 'see cost') &&
    by.every((level) => known.includes(level)) &&
    address.filters.every(({ dimension }) => known.includes(dimension)) &&
    // a state from before money was kept with it: what it costs now would be another's figure
    ground.frozen?.money !== null &&
    ground.meters.filter(({ capabilityKey }) => capabilityKey === meter.capabilityKey).length === 1
  const found = new Map<string, ExploreMoney>()
  if (!isTold) return found
  const isInEnvironment = environmentOf(address.filters) ?? (() => true)
  const slugs = new Map(access.apps.map(({ id, slug }) => [id, slug]))
  const cost = await readCost(eventStores(), {
    space: access.space,
    from: ground.period.from,
    to: ground.period.to,
    zone: ground.period.zone,
    size: 'whole',
    groupBy: by as ('app' | 'environment')[],
    filters: {
      apps: shownApps(access.apps, address.filters).map(({ id }) => id),
      capabilities: [meter.capabilityKey],
    },
    isShown: ({ environment, isExempt }) => isInEnvironment(environment) && (address.basis === 'raw' || !isExempt),
    now: BigInt(ground.progress.now.getTime()) * 1000n,
    frozen: ground.frozen ?? undefined,
  })
  if (cost.prices.length === 0) return found
  found.set('[]', cost.total)
  for (const { keys, total } of cost.groups) {
    const named = keys.map((key, level) => (by[level] === 'app' ? (slugs.get(key) ?? key) : key))
    found.set(JSON.stringify(named), total)
    if (named.length === 2) {
      const outer = JSON.stringify(named.slice(0, 1))
      found.set(outer, addMoney(found.get(outer), total))
    }
  }
  return found
}

function isoOf(instant: bigint): string {
  return new Date(Number(instant / 1000n)).toISOString()
}
