import { formatLocal } from '../../format.ts'
import { type Dimension, replaced } from '../usage/usage-filter.ts'
import type { PeriodView } from '../usage/usage-view.ts'
import { BY_MAX, type ViewAddress } from '../usage/view-address.ts'
import type { ExploreView, ExploreWindow } from './explore-view.ts'

/** The address that looks into one row: only its usage, split by what is not said yet. */
export function drillRow(
  address: ViewAddress,
  { by, dimensions }: Pick<ExploreView, 'by' | 'dimensions'>,
  keys: readonly string[],
): Partial<ViewAddress> {
  let filters = address.filters
  for (const [level, key] of keys.entries()) {
    const dimension = by[level]
    if (dimension !== undefined) filters = replaced(filters, dimension, { operator: 'in', values: [key] })
  }
  const said = new Set(by.slice(0, keys.length))
  const rest = [...by, ...dimensions.map(({ key }) => key)].filter((dimension) => !said.has(dimension))
  return { filters, by: [...new Set(rest)].slice(0, BY_MAX), pins: undefined }
}

/** The address that looks into one bucket: its own stretch of time, cut more finely. */
export function drillWindow(window: Pick<ExploreWindow, 'start' | 'end'>, period: PeriodView): Partial<ViewAddress> {
  const [from, to] = [formatLocal(window.start, period.zone), formatLocal(window.end, period.zone)]
  return { range: 'custom', month: undefined, from, to, granularity: 'auto' }
}

/** The same split with another dimension at a level; null takes the level away. */
export function splitBy(by: readonly Dimension[], level: number, dimension: Dimension | null): Dimension[] {
  const next: (Dimension | null)[] = [...by]
  next[level] = dimension
  return [...new Set(next.filter((one) => one != null))].slice(0, BY_MAX)
}

/** Names a row in an address and as a key. */
export function rowKey(keys: readonly string[]): string {
  return JSON.stringify(keys)
}
