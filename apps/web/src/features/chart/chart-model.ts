// Chart: one model, drawn twice: as SVG on the server for the first paint, and by an interactive twin once somebody reaches for it.
// Promises: both drawings say the same, and a table of the same data stands beside them; state is shown by form, never by colour alone.
// Does not know: meters, apps, spaces; where the figures come from.
import type { BucketState, Granularity } from '../usage/usage-view.ts'

export type ChartWindow = { start: string; end: string; state: BucketState }

/** An instant that steps come from: `text` says what happened, `label` in a word. */
export type ChartMark = { at: string; label: string; text: string }

export type ChartSeries = {
  key: string
  name: string
  /** 1 to 7 an app's own, 8 others, 0 ink. */
  colour: number
  /** Exact texts, for tables and tooltips. */
  texts: (string | null)[]
  /** The same as doubles, for lengths of bars and nothing else. */
  values: (number | null)[]
}

export type ChartModel = {
  /** The accessible name. */
  title: string
  unit: string
  zone: string
  granularity: Granularity
  /** `bars` are stacked, so they are for quantities that add up; `lines` stand side by side. */
  form: 'bars' | 'lines'
  /** Bars leave room on the right as lines do for their names: for a drawing above with the same margins. */
  hasLabelRoom?: boolean
  windows: ChartWindow[]
  series: ChartSeries[]
  /** Drawn across the plot, where they lie in a window; ascending. */
  marks?: readonly ChartMark[]
}

/** The marks of a window, half-open. */
export function marksWithin<Mark extends Pick<ChartMark, 'at'>>(
  marks: readonly Mark[],
  window: Pick<ChartWindow, 'start' | 'end'>,
): Mark[] {
  const [start, end] = [Date.parse(window.start), Date.parse(window.end)]
  return marks.filter(({ at }) => Date.parse(at) >= start && Date.parse(at) < end)
}

/** A series from exact texts. */
export function seriesOf(input: { key: string; name: string; colour: number; texts: (string | null)[] }): ChartSeries {
  return { ...input, values: input.texts.map((text) => (text === null ? null : Number(text))) }
}

/** Beyond this bars are too thin for a hatch to be seen; a band behind them says "settling" instead. */
export const HATCHED_WINDOWS_MAX = 48

/** Long dashes, so that none is read as "open", which is dotted. The first is solid. */
export const SERIES_DASHES = ['', '14 3', '8 3', '14 3 3 3', '5 3', '8 3 3 3', '3 2 10 2', '20 4'] as const

export function dashOf(index: number): string {
  return SERIES_DASHES[index % SERIES_DASHES.length] ?? ''
}
