import { type ChartModel, seriesOf } from '../chart/chart-model.ts'
import { ChartPlot } from '../chart/chart-plot.tsx'

const MINUTE_MS = 60_000
const MINUTES = 60

/** Events a minute in the last hour; a minute without any is a zero as soon as it is known to be over, and not before. */
export function PulseChart(props: {
  name: string
  series: number
  zone: string
  asOf: string
  /** everything before is known */
  through: string
  minutes: readonly { start: string; count: number }[]
}) {
  return <ChartPlot model={pulseModel(props)} kind="band" />
}

function pulseModel(input: Parameters<typeof PulseChart>[0]): ChartModel {
  const { name, series, zone, minutes } = input
  const counts = new Map(minutes.map(({ start, count }) => [Date.parse(start), count]))
  const last = Math.floor(Date.parse(input.asOf) / MINUTE_MS) * MINUTE_MS
  const through = Date.parse(input.through)
  const windows = Array.from({ length: MINUTES }, (_, index) => {
    const start = last - (MINUTES - 1 - index) * MINUTE_MS
    const end = start + MINUTE_MS
    const state =
      start === last ? ('open' as const) : end > through + MINUTE_MS ? ('unavailable' as const) : ('final' as const)
    return { start: new Date(start).toISOString(), end: new Date(end).toISOString(), state }
  })
  const texts = windows.map(({ start, state }) => {
    const count = counts.get(Date.parse(start))
    return count === undefined ? (state === 'unavailable' ? null : '0') : String(count)
  })
  return {
    title: `Events a minute of ${name} in the last hour`,
    unit: 'event',
    zone,
    granularity: 'minute',
    form: 'bars',
    windows,
    series: [seriesOf({ key: 'events', name, colour: series, texts })],
  }
}
