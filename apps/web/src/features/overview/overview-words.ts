import { addDecimals } from '@meterbook/core/kernel'
import {
  formatClock,
  formatDay,
  formatDayOnly,
  formatDifference,
  formatMonthName,
  formatPercent,
} from '../../format.ts'
import { type ChartModel, type ChartSeries, seriesOf } from '../chart/chart-model.ts'
import type { ChangeRow, OverviewMonth } from './overview-view.ts'

const SERIES_MAX = 8
const OTHER_COLOUR = 8
const PARTIAL_MS = 5 * 60_000
const LEARNED_DAYS = 28

/** Cost by day: stacked apps, or a line each. */
export function monthModel(month: OverviewMonth, by: 'all' | 'app'): ChartModel {
  const { currency, zone, days, apps } = month
  const all = apps.map(({ app, days: texts }) => seriesOf({ key: app.id, name: app.name, colour: app.series, texts }))
  return {
    title: `Cost by app, in ${currency} a day`,
    unit: currency,
    zone,
    granularity: 'day',
    form: by === 'app' ? 'lines' : 'bars',
    windows: days,
    series: withOther(all),
    hasLabelRoom: true,
  }
}

function withOther(series: ChartSeries[]): ChartSeries[] {
  if (series.length <= SERIES_MAX) return series
  const shown = series.slice(0, SERIES_MAX - 1)
  const rest = series.slice(SERIES_MAX - 1)
  const texts = (shown[0]?.texts ?? []).map((_, day) =>
    rest.reduce<string | null>((sum, { texts }) => {
      const text = texts[day] ?? null
      return text === null ? sum : addDecimals(sum ?? '0', text)
    }, null),
  )
  return [...shown, seriesOf({ key: 'other', name: `Other, ${rest.length} apps`, colour: OTHER_COLOUR, texts })]
}

/** The sentence above the drawing. */
export function monthFinding(month: OverviewMonth): string {
  const { change, before, zone, corrections, usage, apps } = month
  if (Number(usage) === 0) return 'Nothing that costs was used in this month so far.'
  const against = formatMonthName(before.from, zone)
  const words: string[] = []
  if (change === null || change.direction === 'new') words.push(`Nothing was spent in ${against} by this time.`)
  else if (change.percent === null || Number(change.percent) === 0)
    words.push(`Level with ${against} at the same elapsed time.`)
  else {
    const [first] = apps
      .filter((app) => app.change !== null)
      .toSorted((a, b) => Math.abs(Number(b.change?.absolute)) - Math.abs(Number(a.change?.absolute)))
    const size = formatPercent(change.percent.replace('-', ''), false)
    const mostly = apps.length > 1 && first ? `, mostly ${first.app.name}` : ''
    words.push(`${change.direction === 'up' ? 'Up' : 'Down'} ${size} on ${against} at the same elapsed time${mostly}.`)
  }
  for (const { month: start, amount } of corrections)
    words.push(`A correction of ${formatMonthName(start, zone)}, ${formatDifference(amount, 6)}, is billed besides.`)
  return words.join(' ')
}

/** How far the range is to be believed, and what widens it. */
export function recordWords({ forecast, through, asOf, zone }: OverviewMonth): string {
  if (forecast === null) return ''
  const { record, learnedDays, newApps } = forecast
  const words = [`80 % range.`]
  if (record.months === 1)
    words.push(
      record.held === 1
        ? `It held in the one month it could be tried on; missed by ${record.medianMissPercent} %.`
        : `It did not hold in the one month it could be tried on: missed by ${record.medianMissPercent} %.`,
    )
  else if (record.months > 1)
    words.push(
      `It held in ${record.held} of the last ${record.months} months; median miss ${record.medianMissPercent} %.`,
    )
  else words.push('There is no whole month yet to try it on.')
  if (learnedDays < LEARNED_DAYS) words.push(`Wide, because it is learning: ${dayCount(learnedDays)}.`)
  else if (newApps.length > 0)
    words.push(`Wider for ${newApps.map(({ name, days }) => `${name} (learning, ${dayCount(days)})`).join(', ')}.`)
  if (Date.parse(asOf) - Date.parse(through) > PARTIAL_MS)
    words.push(`Wider too, because usage after ${formatClock(through, zone)} is not counted yet.`)
  return words.join(' ')
}

function dayCount(days: number): string {
  return days === 1 ? '1 day' : `${days} days`
}

const KINDS: Record<ChangeRow['kind'], string> = {
  volume: 'volume',
  mix: 'mix',
  price: 'price',
  new: 'new',
  ended: 'ended',
  correction: 'correction',
}

/** `volume, Logs: Writes`, `mix of 4 capabilities`: the kind first, because the end is what a narrow column cuts. */
export function changeWords({
  kind,
  capability,
  count,
}: Pick<ChangeRow, 'kind' | 'capability'> & { count: number }): string {
  if (kind === 'new' && capability === null) return 'new app'
  if (count > 1) return KINDS[kind]
  return capability === null ? KINDS[kind] : `${KINDS[kind]}, ${capability}`
}

/** `1–22 Oct`, the stretch that this month is held against. */
export function beforeWords({ before, zone }: OverviewMonth): string {
  const last = new Date(Math.max(Date.parse(before.from), Date.parse(before.to) - 1)).toISOString()
  const [first, end] = [formatDayOnly(before.from, zone), formatDay(last, zone)]
  return first === formatDayOnly(last, zone) ? end : `${first}\u2013${end}`
}
