import { addDecimals, compareDecimals } from '@meterbook/core/kernel'
import type { PortalApp } from '@meterbook/db/postgres/portal'
import type { ExploreFigures, ExploreMoney, ExploreRow } from '../../features/explore/explore-view.ts'
import type { Dimension } from '../../features/usage/usage-filter.ts'
import type { Quantity } from '../../features/usage/usage-view.ts'
import { changeOf, shareOf } from '../usage/figures.ts'

/** One group at one level: no keys are the whole. */
export interface Measure {
  keys: string[]
  total: Quantity
  previous: Quantity
  values: Quantity[]
  money: ExploreMoney | null
}

/** Rows beyond these are left to filters, and to files: nobody reads them, and a browser would. */
const ROWS_MAX = 200
const CHILDREN_MAX = 50

/** How a row is named and drawn. */
export interface Naming {
  name: (level: number, key: string) => string
  colour: (level: number, key: string) => number | null
  unit: (keys: readonly string[]) => string | null
}

/** Apps by their names and colours, everything else as `names` has it or as it stands. */
export function namingOf(input: {
  apps: readonly PortalApp[]
  by: readonly Dimension[]
  names: ReadonlyMap<string, string>
  unitOf: (keys: readonly string[]) => string | null
}): Naming {
  const { by, names } = input
  const apps = new Map(input.apps.map((app) => [app.slug, app]))
  return {
    name: (level, key) =>
      (by[level] === 'app' ? apps.get(key)?.name : undefined) ?? names.get(key) ?? (key || 'not named'),
    colour: (level, key) => (by[level] === 'app' ? (apps.get(key)?.series ?? null) : null),
    unit: input.unitOf,
  }
}

export function addMoney(a: ExploreMoney | undefined, b: ExploreMoney): ExploreMoney {
  if (a === undefined) return b
  const known = (x: string | null, y: string | null) => (x === null || y === null ? null : addDecimals(x, y))
  return {
    quantity: known(a.quantity, b.quantity),
    billable: known(a.billable, b.billable),
    list: addDecimals(a.list, b.list),
    allowance: addDecimals(a.allowance, b.allowance),
    correction: addDecimals(a.correction, b.correction),
    net: addDecimals(a.net, b.net),
    isProvisional: a.isProvisional || b.isProvisional,
  }
}

export interface Folded {
  total: ExploreFigures
  rows: ExploreRow[]
  omitted: number
}

/** Lays measures of all levels out as rows, largest first. `isWhole`: every window is counted, so that a change says something. */
export function foldRows(input: {
  measures: readonly Measure[]
  naming: Naming
  isAdditive: boolean
  isWhole: boolean
  /** every row: for who reads it by a program */
  isComplete: boolean
}): Folded {
  const { measures, naming, isAdditive, isWhole, isComplete } = input
  const [rowsMax, childrenMax] = isComplete ? [Infinity, Infinity] : [ROWS_MAX, CHILDREN_MAX]
  const whole = measures.find(({ keys }) => keys.length === 0) ?? NOTHING
  const figures = ({ total, previous, values, money }: Measure): ExploreFigures => ({
    total,
    previous,
    values,
    money,
    change: isWhole ? changeOf(total, previous) : null,
    share: isAdditive ? shareOf(total, whole.total) : null,
  })
  const rowOf = (measure: Measure, children: ExploreRow[]): ExploreRow => {
    const level = measure.keys.length - 1
    const key = measure.keys[level] ?? ''
    return {
      ...figures(measure),
      keys: measure.keys,
      name: naming.name(level, key),
      colour: naming.colour(0, measure.keys[0] ?? ''),
      unit: naming.unit(measure.keys),
      children,
    }
  }
  const inner = Map.groupBy(
    measures.filter(({ keys }) => keys.length === 2),
    ({ keys }) => keys[0] ?? '',
  )
  const outer = measures.filter(({ keys }) => keys.length === 1)
  const rows = outer
    .map((measure) => {
      const children = (inner.get(measure.keys[0] ?? '') ?? []).map((child) => rowOf(child, []))
      return rowOf(measure, children.sort(bySize).slice(0, childrenMax))
    })
    .sort(bySize)
  return { total: figures(whole), rows: rows.slice(0, rowsMax), omitted: Math.max(0, rows.length - rowsMax) }
}

const NOTHING: Measure = { keys: [], total: '0', previous: null, values: [], money: null }

/** The measures of all outer levels from those of the innermost, whose quantities add up. */
export function summedUp(leaves: readonly Measure[], levels: number, windows: number): Measure[] {
  const all: Measure[] = [...leaves]
  for (let level = levels - 1; level >= 0; level--) {
    const groups = Map.groupBy(leaves, ({ keys }) => JSON.stringify(keys.slice(0, level)))
    if (groups.size === 0) groups.set('[]', [])
    for (const [key, of] of groups) all.push(sumOf(JSON.parse(key) as string[], of, windows))
  }
  return all
}

function sumOf(keys: string[], of: readonly Measure[], windows: number): Measure {
  return {
    keys,
    total: added(of.map(({ total }) => total)) ?? '0',
    previous: of.every(({ previous }) => previous === null) ? null : added(of.map(({ previous }) => previous)),
    values: Array.from({ length: windows }, (_, index) => {
      const known = of.map(({ values }) => values[index] ?? null)
      return of.length > 0 && known.every((value) => value === null) ? null : added(known)
    }),
    money: null,
  }
}

/** Unknown ones add nothing; null only of nothing. */
function added(texts: readonly Quantity[]): Quantity {
  let sum: Quantity = null
  for (const text of texts) if (text !== null) sum = sum === null ? text : addDecimals(sum, text)
  return sum
}

/** Largest first; unknown last; then by name, so that equal rows do not dance. */
function bySize(a: ExploreRow, b: ExploreRow): number {
  if (a.total !== null && b.total !== null) {
    const order = compareDecimals(b.total, a.total)
    if (order !== 0) return order
  } else if (a.total !== b.total) return a.total === null ? 1 : -1
  return a.name.localeCompare(b.name, 'en')
}
