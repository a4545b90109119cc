import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import type { CostFigures, CostFilters, CostGroupBy, CostView } from '../../features/cost/cost-view.ts'
import type { ExploreView } from '../../features/explore/explore-view.ts'
import { admitted } from '../../features/usage/usage-filter.ts'
import type { ViewAddress } from '../../features/usage/view-address.ts'
import { explainCost } from '../cost/explain-cost.ts'
import { readCostChoices } from '../cost/read-choices.ts'
import { readCost } from '../cost/read-cost.ts'
import { eventStores } from '../portal/stores.ts'
import type { Reading } from '../usage/reading.ts'
import { type Period, resolvePeriod } from '../usage/resolve-period.ts'
import { environmentOf } from './environment-of.ts'
import { costDimensions, levelsOf } from './explore-dimensions.ts'
import { marksOf } from './explore-marks.ts'
import { addMoney, foldRows, type Measure, namingOf, summedUp } from './fold-rows.ts'
import { refusedOf } from './refused.ts'

/** A space's money, split by two levels, against an earlier stretch, with the reasons of the difference. */
export async function exploreCost(input: {
  access: Pick<SpaceAccess, 'space'>
  /** left out: live; else `now` is that of its state */
  reading?: Reading
  address: ViewAddress
  now: bigint
  /** every row, for who reads it by a program; a page lists the largest */
  isComplete?: boolean
}): Promise<ExploreView> {
  const { access, address, now, reading, isComplete = false } = input
  const frozen = reading?.kind === 'frozen' ? reading.state : undefined
  const stores = eventStores()
  const { space } = access
  const period = resolvePeriod({ address, now, billingZone: space.billingZone })
  const choices = await readCostChoices(stores, { space, now, frozen })
  const dimensions = costDimensions({
    apps: choices.apps.map(({ slug, name }) => ({ key: slug, name })),
    capabilities: choices.capabilities,
    environments: choices.environments.map((key) => ({ key, name: key })),
  })
  const by = levelsOf(address.by, dimensions) as CostGroupBy[]
  const filters = filtersOf(address, choices)
  const isInEnvironment = environmentOf(address.filters)
  const isShown = isInEnvironment && (({ environment }: { environment: string }) => isInEnvironment(environment))
  const question = { space, zone: period.zone, groupBy: by, filters, isShown, now, frozen }
  const isCompared = period.compare !== 'none' && period.previous.from < period.previous.to
  const [view, before, explained] = await Promise.all([
    readCost(stores, { ...question, from: period.from, to: period.to, size: period.granularity }),
    isCompared ? readCost(stores, { ...question, ...period.previous, size: 'whole' }) : null,
    isCompared ? explainCost(stores, { ...question, period, choices }) : null,
  ])
  const measures = measuresOf(view, before, { by, slugs: choices.slugs })
  const unitOf = (keys: readonly string[]) => {
    const at = by.indexOf('capability')
    return at < 0 || keys.length <= at ? null : (choices.units.get(keys[at] ?? '') ?? null)
  }
  const names = new Map(choices.capabilities.map(({ key, name }) => [key, name]))
  return {
    kind: 'cost',
    unit: view.currency,
    currency: view.currency,
    meter: null,
    meters: [],
    period: periodView(period, { space, now }),
    refused: refusedOf(address, period),
    windows: view.buckets,
    by,
    dimensions,
    isAdditive: true,
    ...foldRows({
      measures,
      naming: namingOf({ apps: choices.apps, by, names, unitOf }),
      isAdditive: true,
      isComplete,
      isWhole: view.buckets.every(({ state }) => state !== 'unavailable') && view.unavailable === null,
    }),
    marks: marksOf(view, { period, billingZone: space.billingZone }),
    terms: view.terms,
    explained,
    settledUntil: view.settledUntil,
    unavailable: view.unavailable,
  }
}

type Choices = Awaited<ReturnType<typeof readCostChoices>>

function filtersOf({ filters }: ViewAddress, choices: Choices): CostFilters {
  const isAsked = (dimension: string) => filters.some((filter) => filter.dimension === dimension)
  const keys = (list: readonly { key: string }[]) => list.map(({ key }) => key)
  const slugs = new Set(
    admitted(
      filters,
      'app',
      choices.apps.map(({ slug }) => slug),
    ),
  )
  return {
    ...(isAsked('app') && { apps: choices.apps.filter(({ slug }) => slugs.has(slug)).map(({ id }) => id) }),
    ...(isAsked('capability') && { capabilities: admitted(filters, 'capability', keys(choices.capabilities)) }),
  }
}

/** Rows of all levels; money adds up, so that outer ones are sums. */
function measuresOf(
  view: CostView,
  before: CostView | null,
  { by, slugs }: { by: readonly CostGroupBy[]; slugs: ReadonlyMap<string, string> },
): Measure[] {
  const named = (keys: readonly string[]) =>
    keys.map((key, level) => (by[level] === 'app' ? (slugs.get(key) ?? key) : key))
  const was = new Map(before?.groups.map(({ keys, total }) => [JSON.stringify(keys), total.net]))
  const leaves = view.groups.map(({ keys, total, values }): Measure => {
    const previous = before === null ? null : (was.get(JSON.stringify(keys)) ?? '0')
    was.delete(JSON.stringify(keys))
    return {
      keys: named(keys),
      total: total.net,
      previous,
      values: values.map((value) => value?.net ?? null),
      money: moneyOf(total),
    }
  })
  for (const [key, previous] of was) {
    const keys = named(JSON.parse(key) as string[])
    if (Number(previous) === 0) continue
    leaves.push({ keys, total: '0', previous, values: view.totals.map((value) => value && '0'), money: null })
  }
  if (by.length > 0) return withMoney(summedUp(leaves, by.length, view.buckets.length), leaves, view)
  const [whole] = leaves
  const values = view.totals.map((value) => value?.net ?? null)
  return [
    whole ?? {
      keys: [],
      total: view.total.net,
      previous: before?.total.net ?? null,
      values,
      money: moneyOf(view.total),
    },
  ]
}

function withMoney(all: readonly Measure[], leaves: readonly Measure[], view: CostView): Measure[] {
  return all.map((measure) => {
    if (measure.keys.length === 0) return { ...measure, money: moneyOf(view.total) }
    if (measure.money !== null) return measure
    const within = leaves.filter(({ keys }) => keys[0] === measure.keys[0] && measure.keys.length === 1)
    const money = within.reduce<Measure['money']>(
      (sum, leaf) => (leaf.money === null ? sum : addMoney(sum ?? undefined, leaf.money)),
      null,
    )
    // what is of several capabilities has no quantity of its own
    return { ...measure, money: money && within.length > 1 ? { ...money, quantity: null, billable: null } : money }
  })
}

function moneyOf({ quantity, billable, list, allowance, correction, net, isProvisional }: CostFigures) {
  return { quantity, billable, list, allowance, correction, net, isProvisional }
}

function periodView(
  period: Period,
  { space, now }: { space: SpaceAccess['space']; now: bigint },
): ExploreView['period'] {
  return {
    ...{ from: isoOf(period.from), to: isoOf(period.to), zone: period.zone, billingZone: space.billingZone },
    ...{ granularity: period.granularity, granularities: period.granularities, asOf: isoOf(now) },
    compare: period.compare,
    previous: { from: isoOf(period.previous.from), to: isoOf(period.previous.to) },
  }
}

function isoOf(instant: bigint): string {
  return new Date(Number(instant / 1000n)).toISOString()
}
