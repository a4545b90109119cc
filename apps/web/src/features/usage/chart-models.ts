import { formatGranularity, formatUnit } from '../../format.ts'
import { type ChartModel, type ChartSeries, seriesOf } from '../chart/chart-model.ts'
import type { AppUsageView, MeterFigures, SpaceUsageView } from './usage-view.ts'

const SERIES_MAX = 8
const OTHER_COLOUR = 8
const INK = 0

/** One meter of one app, in the app's own colour. A peak or a count of people does not stack: it is a line. */
export function meterModel(view: Pick<AppUsageView, 'app' | 'windows' | 'period'>, figures: MeterFigures): ChartModel {
  const { meter } = figures
  return {
    title: `${meter.name} of ${view.app.name}, in ${formatUnit(meter.unit)} ${formatGranularity(view.period.granularity)}`,
    unit: meter.unit,
    zone: view.period.zone,
    granularity: view.period.granularity,
    form: 'bars',
    windows: view.windows,
    series: [seriesOf({ key: view.app.slug, name: view.app.name, colour: view.app.series, texts: figures.values })],
  }
}

/**
 * One meter over the apps of a space. Together: stacked where the parts add up to the whole, otherwise the whole alone, as it was counted.
 * Apart: a line for each app.
 */
export function spaceModel(view: SpaceUsageView, by: 'all' | 'app'): ChartModel {
  const { meter, period, windows } = view
  const isStacked = by === 'all' && meter.isAdditive
  const whole = seriesOf({ key: 'all', name: 'All apps', colour: INK, texts: view.consolidated.values })
  return {
    title: `${meter.name}, in ${formatUnit(meter.unit)} ${formatGranularity(period.granularity)}, ${by === 'app' || isStacked ? 'by app' : 'all apps together'}`,
    unit: meter.unit,
    zone: period.zone,
    granularity: period.granularity,
    form: by === 'app' ? 'lines' : 'bars',
    windows,
    series: by === 'app' || isStacked ? appSeries(view) : [whole],
  }
}

/** Largest first, at most SERIES_MAX of them: the rest become "Other" where they may be added up, and are left to the table elsewhere. */
function appSeries({ apps, meter, windows }: SpaceUsageView): ChartSeries[] {
  const series = apps.map(({ app, values }) =>
    seriesOf({ key: app.slug, name: app.name, colour: app.series, texts: values }),
  )
  if (series.length <= SERIES_MAX) return series
  const shown = series.slice(0, SERIES_MAX - 1)
  if (!meter.isAdditive) return shown
  const rest = series.slice(SERIES_MAX - 1)
  const values = windows.map((_, index) => rest.reduce((sum, one) => sum + (one.values[index] ?? 0), 0))
  // lengths of bars only: "Other" has no exact text, so no table or tooltip repeats a rounded figure
  return [
    ...shown,
    { key: 'other', name: `Other, ${rest.length} apps`, colour: OTHER_COLOUR, values, texts: values.map(() => null) },
  ]
}
