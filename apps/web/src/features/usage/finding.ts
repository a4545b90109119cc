import {
  formatDay,
  formatDayOnly,
  formatMonth,
  formatPercent,
  formatQuantity,
  formatRange,
  formatTick,
  formatUnit,
  formatWindow,
} from '../../format.ts'
import type {
  AppFigures,
  ChangeView,
  Figures,
  MeterView,
  PeriodView,
  SpaceUsageView,
  UsageWindow,
} from './usage-view.ts'

const NAMED_MAX = 2
const NOT_COMPARED = 'Not all of this period is counted yet, so it is not compared.'
/** From here on a percent says less than "so many times". */
const MULTIPLE_FROM_PERCENT = 900
const LONG_MS = 36 * 3_600_000

/** The sentence above the space's drawing: what happened, and which apps made it so. */
export function spaceFinding({ consolidated, apps, meter, period, windows }: SpaceUsageView): string {
  const { change, total } = consolidated
  if (total === null || Number(total) === 0) return `Nothing of ${meter.name} was used in this period.`
  if (isPartial(windows)) return NOT_COMPARED
  if (period.compare === 'none') return 'Not held against another period.'
  if (!change) return 'There is nothing to compare this with.'
  const before = `the same elapsed time before (${previousWords(period)})`
  if (change.direction === 'new') return `New: nothing of it was used in ${before}.`
  const movers = apps.length > 1 && change.direction !== 'same' ? moversOf(apps) : ''
  return `${changeWords(change)} ${before}${movers}.`
}

/** The line above one meter's drawing: the change and the highest window. */
export function meterFinding(input: {
  figures: Figures
  meter: MeterView
  windows: readonly UsageWindow[]
  period: PeriodView
}): string {
  const { change, total } = input.figures
  if (total === null || Number(total) === 0) return 'Nothing in this period.'
  const peak = peakOf(input.figures, input.windows)
  const peakWords = peak
    ? `; most ${formatQuantity(peak.text)} ${formatUnit(input.meter.unit, peak.text)}, ${formatWindow(peak.window, input.period.granularity, input.period.zone)}`
    : ''
  if (isPartial(input.windows)) return NOT_COMPARED
  if (input.period.compare === 'none') return `Not held against another period${peakWords}.`
  if (!change || change.direction === 'new') return `New against the same elapsed time before${peakWords}.`
  return `${changeWords(change)} the same elapsed time before${peakWords}.`
}

function isPartial(windows: readonly UsageWindow[]): boolean {
  return windows.some(({ state }) => state === 'unavailable')
}

/** `Up 11.1 % on`, `12 times`, `Level with`. */
function changeWords(change: ChangeView): string {
  if (change.direction === 'same' || change.percent === null || Number(change.percent) === 0) return 'Level with'
  if (change.direction === 'up' && Number(change.percent) >= MULTIPLE_FROM_PERCENT) {
    return `${formatTick(Math.round(1 + Number(change.percent) / 100))} times`
  }
  const size = formatPercent(change.percent.replace('-', ''), false)
  return `${change.direction === 'up' ? 'Up' : 'Down'} ${size} on`
}

function moversOf(apps: readonly AppFigures[]): string {
  const movers = apps
    .filter(({ change }) => change && Number(change.absolute) !== 0)
    .sort((a, b) => Math.abs(Number(b.change?.absolute)) - Math.abs(Number(a.change?.absolute)))
    .slice(0, NAMED_MAX)
    .map(({ app, change }) => `${app.name} ${change?.percent == null ? 'new' : formatPercent(change.percent, true)}`)
  return movers.length ? `: ${movers.join(', ')}` : ''
}

/** The stretch compared with, in words: `1\u201322 Oct`, or with times where it is short. */
export function previousWords({ previous, zone }: Pick<PeriodView, 'previous' | 'zone'>): string {
  if (Date.parse(previous.to) - Date.parse(previous.from) <= LONG_MS) return formatRange(previous, zone)
  const last = new Date(Date.parse(previous.to) - 1).toISOString()
  const [first, end] = [formatDay(previous.from, zone), formatDay(last, zone)]
  const isOneMonth = formatMonth(previous.from, zone) === formatMonth(last, zone)
  return isOneMonth ? `${formatDayOnly(previous.from, zone)}\u2013${end}` : `${first} \u2013 ${end}`
}

function peakOf(figures: Figures, windows: readonly UsageWindow[]): { window: UsageWindow; text: string } | null {
  let peak: { window: UsageWindow; text: string } | null = null
  for (const [index, text] of figures.values.entries()) {
    const window = windows[index]
    if (text === null || !window || Number(text) <= Number(peak?.text ?? 0)) continue
    peak = { window, text }
  }
  return peak
}
