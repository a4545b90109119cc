import { formatGranularity, formatUnit } from '../../format.ts'
import { type ChartModel, type ChartSeries, seriesOf } from '../chart/chart-model.ts'
import type { ViewAddress } from '../usage/view-address.ts'
import { rowKey } from './drill.ts'
import type { ExploreRow, ExploreView } from './explore-view.ts'

const SERIES_MAX = 8
const COLOURS = 7
const OTHER_COLOUR = 8
const INK = 0

/** The drawing of a view: its outer rows, the pinned ones first, at most SERIES_MAX of them; the rest is "Other" where it can be added up. */
export function exploreModel(view: ExploreView, address: ViewAddress): ChartModel {
  const isStackable = view.isAdditive && view.windows.length > 0
  const form = address.form ?? (view.kind === 'cost' || view.by.length === 0 ? 'stacked' : 'lines')
  return {
    title: `${titleOf(view)}, in ${formatUnit(view.unit)} ${formatGranularity(view.period.granularity)}${byWords(view)}`,
    unit: view.unit,
    zone: view.period.zone,
    granularity: view.period.granularity,
    form: form === 'stacked' && isStackable ? 'bars' : 'lines',
    windows: view.windows,
    series: seriesFor(view, address.pins ?? []),
    marks: view.marks.map(({ at, kind, text }) => ({ at, text, label: kind })),
  }
}

/** The same figures for a table: the whole first, which needs no drawing, then the largest rows. */
export function tableModel(view: ExploreView, address: ViewAddress): ChartModel {
  const model = exploreModel(view, address)
  const whole = seriesOf({ key: 'all', name: 'All together', colour: INK, texts: view.total.values })
  // figures that are rounded for a drawing are no figures
  const rows = model.series.filter(({ key }) => key !== 'all' && key !== 'other')
  return { ...model, series: [whole, ...rows] }
}

export function titleOf({ kind, meter }: Pick<ExploreView, 'kind' | 'meter'>): string {
  return kind === 'cost' ? 'Cost' : (meter?.name ?? 'Usage')
}

function byWords({ by, dimensions }: ExploreView): string {
  const [first] = by
  if (first === undefined) return ''
  return `, by ${(dimensions.find(({ key }) => key === first)?.name ?? first).toLowerCase()}`
}

function seriesFor(view: ExploreView, pins: readonly string[]): ChartSeries[] {
  const { rows, total, windows } = view
  if (view.by.length === 0 || rows.length === 0) {
    return [seriesOf({ key: 'all', name: 'All together', colour: INK, texts: total.values })]
  }
  const colours = coloursOf(rows)
  const all = withPinned(rows, pins).map((row) =>
    seriesOf({
      key: rowKey(row.keys),
      name: row.name,
      colour: colours.get(rowKey(row.keys)) ?? INK,
      texts: row.values,
    }),
  )
  if (all.length <= SERIES_MAX) return all
  const shown = all.slice(0, SERIES_MAX - 1)
  if (!view.isAdditive) return shown
  const rest = all.slice(SERIES_MAX - 1)
  const values = windows.map((_, index) => rest.reduce((sum, one) => sum + (one.values[index] ?? 0), 0))
  // lengths of bars only: "Other" has no exact text, so no table or tooltip repeats a rounded figure
  const texts = values.map(() => null)
  return [...shown, { key: 'other', name: `Other, ${rest.length}`, colour: OTHER_COLOUR, values, texts }]
}

function withPinned(rows: readonly ExploreRow[], pins: readonly string[]): ExploreRow[] {
  const isPinned = ({ keys }: ExploreRow) => pins.includes(rowKey(keys))
  return [...rows.filter(isPinned), ...rows.filter((row) => !isPinned(row))]
}

/** An app keeps its own on every page. Of anything else the largest have one each, by their names, so that it stays while amounts change. */
export function coloursOf(rows: readonly ExploreRow[]): Map<string, number> {
  const largest = rows.filter(({ colour }) => colour === null).slice(0, COLOURS)
  const places = largest.map(({ keys }) => rowKey(keys)).sort()
  return new Map(
    rows.map(({ keys, colour }) => {
      const place = places.indexOf(rowKey(keys))
      return [rowKey(keys), colour ?? (place < 0 ? OTHER_COLOUR : place + 1)]
    }),
  )
}
