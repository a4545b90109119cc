// server/cost: a space's usage as money along time, for pages and the API alike.
// Promises: what is posted is the ledger's, to the last digit; what is not yet is rated as it will be posted; however it is cut, it adds up.
// Does not know: sessions and rights, addresses, how a figure is drawn.
import { type CostCell, costTable, type Summed } from '@meterbook/core/cost'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { amountText, quantityText } from '@meterbook/core/rating'
import { bucketsBetween, later, type Window } from '@meterbook/core/window'
import { type FrozenMoney, listApps, readMeasuredNames } from '@meterbook/db/postgres'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import type {
  AppliedPrice,
  CostBucket,
  CostFigures,
  CostFilters,
  CostGroup,
  CostGroupBy,
  CostSize,
  CostView,
} from '../../features/cost/cost-view.ts'
import type { EventStores } from '../events/event-sight.ts'
import { bucketState } from '../usage/bucket-state.ts'
import { heldRead } from '../usage/held-reads.ts'
import { readProgress, throughOf } from '../usage/read-freshness.ts'
import { type FrozenState, progressThen } from '../usage/reading.ts'
import { keptMoney } from './kept-money.ts'
import { readTerms } from './read-terms.ts'
import { type Money, monthsOf } from './space-money.ts'
import { usedUntilOf } from './used-until.ts'

const NAMES_TTL_MS = 5_000

export interface CostQuestion {
  space: SpaceAccess['space']
  /** half-open, microseconds */
  from: Instant
  to: Instant
  /** IANA: by whose clock buckets are cut */
  zone: string
  size: CostSize
  /** from the outer level to the inner one; none: the total alone */
  groupBy: readonly CostGroupBy[]
  filters: CostFilters
  /** Narrows further, by what no list names: environments that no catalogue has, exempt usage. */
  isShown?: ((cell: Pick<CostCell, 'environment' | 'isExempt'>) => boolean) | undefined
  now: Instant
  /** left out: live; `now` is that of the state */
  frozen?: FrozenState | undefined
}

/**
 * Money of a space over time. Who asks must hold the right to see its cost. Throws RangeError for an unknown zone, more buckets than WINDOWS_MAX, and a
 * range that does not begin before it ends.
 */
export async function readCost(stores: EventStores, question: CostQuestion): Promise<CostView> {
  const { space, from, to, zone, size, groupBy, filters, now, frozen } = question
  const groupOf = (cell: CostCell) => JSON.stringify(keysOf(cell, groupBy))
  const { money, range, buckets, cells, table, isAsked } = await readTable(stores, { ...question, groupOf })
  const names = frozen?.money ? namesThen(frozen.money) : await readNames(stores, now)
  const views = await bucketViews(money, { buckets, table, now, isAsked, frozen })
  const unitOf = (capability: string) => money.facts.unitOf(capability)
  const units = new Set(cells.map(({ capability }) => unitOf(capability)))
  const isOneUnit = units.size <= 1 && new Set(cells.map(({ capability }) => capability)).size <= 1
  const figures = (summed: Summed, isOne: boolean) => figuresOf(summed, isOne)
  const valuesOf = (list: readonly Summed[], isOne: boolean) =>
    list.map((summed, index) => (isTold(views[index]) ? figures(summed, isOne) : null))
  return {
    currency: space.currency,
    ...{ from: isoOf(from), to: isoOf(to), zone, billingZone: space.billingZone, size, asOf: isoOf(now) },
    groupBy: [...groupBy],
    buckets: views,
    total: figures(table.total, isOneUnit),
    totals: valuesOf(table.totals, isOneUnit),
    groups: [...table.groups]
      .map(([key, group]): CostGroup & { size: bigint } => {
        const keys = JSON.parse(key) as string[]
        const at = groupBy.indexOf('capability')
        const isOne = at >= 0 || isOneUnit
        const unit = at >= 0 ? unitOf(keys[at] ?? '') : isOneUnit ? ([...units][0] ?? null) : null
        return {
          keys,
          names: keys.map((each, level) => nameOf(names, groupBy[level], each)),
          unit,
          total: figures(group.total, isOne),
          values: valuesOf(group.values, isOne),
          size: group.total.sums.amount + group.total.sums.correction,
        }
      })
      .sort((a, b) => (a.size === b.size ? (a.names.join() < b.names.join() ? -1 : 1) : a.size < b.size ? 1 : -1))
      .map(({ size: _, ...group }) => group),
    prices: pricesOf(money, { range, cells, names }),
    terms: await readTerms(stores, {
      money,
      range,
      isWhole: isEverything(filters) && question.isShown === undefined,
      now,
      frozen,
    }),
    settledUntil: money.settledUntil === null ? null : isoOf(money.settledUntil),
    unavailable: money.unavailable,
  }
}

/** The cells of a question, laid out in its buckets and in groups of one's own. */
export async function readTable(
  stores: EventStores,
  question: Omit<CostQuestion, 'groupBy'> & { groupOf: (cell: CostCell) => string },
) {
  const { space, from, to, zone, size, filters, now, groupOf, frozen } = question
  if (from >= to) throw new RangeError('expected a range that begins before it ends')
  const range = { start: from, end: to }
  // Later months, up to the one that runs, may carry corrections of those shown.
  const periods = monthsOf({ start: from, end: later(to, now + 1n) }, space.billingZone)
  const money = await keptMoney(stores, { spaceId: space.id, periods, now, frozen })
  if (money === null) throw new RangeError(`expected a developer space, found ${space.id}`)
  const buckets = bucketsBetween(from, to, size, zone)
  const { isShown = () => true } = question
  const isListed = filterOf(filters)
  const isAsked = (cell: CostCell) => isListed(cell) && isShown(cell)
  const cells = cellsOf(money, range, isAsked)
  const usedUntil = await usedUntilOf(stores, { money, buckets, cells, now })
  return { money, range, buckets, cells, isAsked, table: costTable({ cells, buckets, groupOf, usedUntil }) }
}

/** Cells that share an instant with the range. */
function cellsOf(money: Money, range: Window, isAsked: (cell: CostCell) => boolean): CostCell[] {
  const found: CostCell[] = []
  for (const { period, posted, open } of money.months) {
    if (period.start >= range.end || period.end <= range.start) continue
    for (const cells of [posted.cells(), open]) {
      for (const cell of cells) {
        if (cell.window.end > range.start && cell.window.start < range.end && isAsked(cell)) found.push(cell)
      }
    }
  }
  return found
}

function filterOf({ apps, capabilities, environments }: CostFilters): (cell: CostCell) => boolean {
  const sets = [apps, capabilities, environments].map((list) => (list === undefined ? null : new Set(list)))
  const [app, capability, environment] = sets
  return (cell) =>
    (app?.has(cell.appId) ?? true) &&
    (capability?.has(cell.capability) ?? true) &&
    (environment?.has(cell.environment) ?? true)
}

function isEverything({ apps, capabilities, environments }: CostFilters): boolean {
  return apps === undefined && capabilities === undefined && environments === undefined
}

function keysOf(cell: CostCell, groupBy: readonly CostGroupBy[]): string[] {
  const of = { app: cell.appId, capability: cell.capability, environment: cell.environment }
  return groupBy.map((level) => of[level])
}

function figuresOf({ sums, isProvisional }: Summed, isOneUnit: boolean): CostFigures {
  return {
    quantity: isOneUnit ? quantityText(sums.quantity) : null,
    billable: isOneUnit ? quantityText(sums.billable) : null,
    list: amountText(sums.amount + sums.saved),
    allowance: amountText(sums.saved),
    amount: amountText(sums.amount),
    correction: amountText(sums.correction),
    net: amountText(sums.amount + sums.correction),
    isProvisional,
  }
}

async function bucketViews(
  money: Money,
  input: {
    buckets: readonly Window[]
    table: ReturnType<typeof costTable>
    now: Instant
    isAsked: (cell: CostCell) => boolean
    frozen: FrozenState | undefined
  },
): Promise<CostBucket[]> {
  const { buckets, table, now, isAsked, frozen } = input
  const shards = [...money.apps.keys()].map((shard) => ({ shard }))
  const progress = frozen ? progressThen(frozen) : await readProgress(shards)
  const waiting = throughOf(progress, shards).getTime()
  // by the clock of the question, less what waits
  const lagMs = Math.max(0, progress.now.getTime() - waiting)
  const at = { now, through: now - BigInt(lagMs) * 1000n }
  const after = correctedLater(money, buckets, isAsked)
  return buckets.map((bucket, index) => {
    const summed = table.totals[index]
    const state = bucketState(bucket, at)
    return {
      start: isoOf(bucket.start),
      end: isoOf(bucket.end),
      state: money.unavailable !== null && state !== 'final' && state !== 'ahead' ? 'unavailable' : state,
      before: summed?.isAdjusted ? amountText(summed.sums.first) : null,
      correctedLater: after[index] === undefined ? null : amountText(after[index]),
    }
  })
}

/** What statements of later months carry of usage of these buckets. A correction of an hour across an edge counts where the hour begins. */
function correctedLater(
  money: Money,
  buckets: readonly Window[],
  isAsked: (cell: CostCell) => boolean,
): (bigint | undefined)[] {
  const sums: (bigint | undefined)[] = buckets.map(() => undefined)
  for (const { posted } of money.months) {
    for (const { cell, of } of posted.corrected()) {
      if (!isAsked(cell)) continue
      const index = buckets.findIndex(({ start, end }) => start <= of.start && of.start < end)
      if (index >= 0) sums[index] = (sums[index] ?? 0n) + cell.sums.correction
    }
  }
  return sums
}

function isTold(bucket: CostBucket | undefined): boolean {
  return bucket !== undefined && bucket.state !== 'ahead' && bucket.state !== 'unavailable'
}

interface Names {
  apps: ReadonlyMap<string, string>
  capabilities: ReadonlyMap<string, string>
}

function namesThen({ apps, capabilities }: FrozenMoney): Names {
  return {
    apps: new Map(apps.map(({ id, name }) => [id, name])),
    capabilities: new Map(Object.entries(capabilities)),
  }
}

function readNames(stores: EventStores, now: Instant): Promise<Names> {
  return heldRead({
    key: `cost names ${stores.pool.options.connectionString ?? ''}`,
    ttlMs: NAMES_TTL_MS,
    nowMs: Number(now / 1000n),
    read: async () => {
      const [apps, { capabilities }] = await Promise.all([listApps(stores.pool, null), readMeasuredNames(stores.pool)])
      return { apps: new Map(apps.map(({ id, name }) => [id, name])), capabilities }
    },
  })
}

function nameOf(names: Names, level: CostGroupBy | undefined, key: string): string {
  if (level === 'app') return names.apps.get(key) ?? key
  return level === 'capability' ? (names.capabilities.get(key) ?? key) : key
}

function pricesOf(
  money: Money,
  { range, cells, names }: { range: Window; cells: readonly CostCell[]; names: Names },
): AppliedPrice[] {
  const capabilities = [...new Set(cells.map(({ capability }) => capability))].sort()
  return capabilities.flatMap((capability) =>
    money.facts
      .timelineOf(money.space, capability)
      .filter(({ from, to }) => from < range.end && (to === null || to > range.start))
      .map((price) => ({
        capability,
        capabilityName: names.capabilities.get(capability) ?? capability,
        unit: money.facts.unitOf(capability),
        priceBook: price.bookId,
        version: formatInstant(price.effectiveFrom),
        from: isoOf(price.from),
        to: price.to === null ? null : isoOf(price.to),
        allowance: price.allowance,
        price: price.tiers?.tiers[0]?.price ?? price.price,
        per: price.per,
      })),
  )
}

export function isoOf(instant: Instant): string {
  return formatInstant(instant)
}
