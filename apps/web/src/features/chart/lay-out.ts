import { formatTick } from '../../format.ts'
import type { ChartModel, ChartSeries } from './chart-model.ts'
import { dashOf, HATCHED_WINDOWS_MAX, marksWithin } from './chart-model.ts'
import { linear, niceTicks, type Scale } from './scale.ts'
import { timeTicks } from './time-ticks.ts'

export type ChartSize = { width: number; height: number; left: number; right: number; top: number; bottom: number }

export type Layout = {
  plot: { left: number; right: number; top: number; bottom: number }
  yTicks: { y: number; value: number; label: string }[]
  xTicks: { x: number; index: number; label: string; anchor: 'start' | 'middle' | 'end' }[]
  /** Stretches of the axis: settling (lines only) and unavailable. */
  bands: { x: number; width: number; kind: 'settling' | 'unavailable' }[]
  bars: { key: string; colour: number; state: 'final' | 'settling' | 'open'; d: string }[]
  lines: {
    key: string
    colour: number
    dash: string
    d: string
    openD: string
    end: Point | null
    isOpenEnd: boolean
  }[]
  /** The part of a window's width that stays free between bars. */
  gapShare: number
  labels: { key: string; name: string; colour: number; y: number }[]
  /** `label`: empty where it would cover the one before. */
  marks: { x: number; label: string; text: string; anchor: 'start' | 'end' }[]
}
type Point = { x: number; y: number }

const LABEL_SPACING = 14
const TICK_WIDTH = 62
const MARK_WIDTH = 44

/** Places a model on a canvas: pure geometry, in the canvas's own units, one decimal. */
export function layOut(model: ChartModel, size: ChartSize): Layout {
  const plot = { left: size.left, right: size.width - size.right, top: size.top, bottom: size.height - size.bottom }
  const ticks = niceTicks(extent(model), size.height > 200 ? 4 : 3)
  const y = linear([ticks[0] ?? 0, ticks.at(-1) ?? 1], [plot.bottom, plot.top])
  const step = (plot.right - plot.left) / Math.max(1, model.windows.length)
  const isBars = model.form === 'bars'
  const isHatched = isBars && model.windows.length <= HATCHED_WINDOWS_MAX
  const lines = isBars ? [] : layLines(model, { plot, y, step })
  return {
    plot,
    yTicks: ticks.map((value) => ({ y: round(y(value)), value, label: formatTick(value) })),
    xTicks: layTimes(model, { plot, step }),
    bands: layBands(model, { plot, step, kinds: isHatched ? ['unavailable'] : ['unavailable', 'settling'] }),
    bars: isBars ? layBars(model, { plot, y, step }) : [],
    lines,
    gapShare: gapOf(step) / step,
    labels: isBars ? [] : layLabels(model, lines, plot),
    marks: layMarks(model, { plot, step }),
  }
}

/** Where the middle of window `index` stands. */
export function middleOf(plot: Layout['plot'], step: number, index: number): number {
  return plot.left + (index + 0.5) * step
}

/** The heights the y axis has to cover: sums of a stack, or single values. */
export function extent({ form, windows, series }: ChartModel): { least: number; most: number } {
  const values =
    form === 'bars'
      ? windows.map((_, index) => series.reduce((sum, { values }) => sum + Math.max(0, values[index] ?? 0), 0))
      : series.flatMap(({ values }) => values.filter((value) => value !== null))
  return { least: Math.min(0, ...values), most: Math.max(0, ...values) }
}

function layTimes(model: ChartModel, { plot, step }: { plot: Layout['plot']; step: number }): Layout['xTicks'] {
  const most = Math.max(2, Math.floor((plot.right - plot.left) / TICK_WIDTH))
  return timeTicks(model, most).map(({ index, label }) => {
    const x = round(middleOf(plot, step, index))
    return { x, index, label, anchor: x < plot.left + 20 ? 'start' : x > plot.right - 20 ? 'end' : 'middle' }
  })
}

function layBands(
  { windows }: ChartModel,
  { plot, step, kinds }: { plot: Layout['plot']; step: number; kinds: Layout['bands'][number]['kind'][] },
): Layout['bands'] {
  const bands: (Layout['bands'][number] & { end: number })[] = []
  for (const [index, { state }] of windows.entries()) {
    const kind = kinds.find((candidate) => candidate === state)
    const last = bands.at(-1)
    if (!kind) continue
    if (last?.kind === kind && last.end === index) {
      last.end = index + 1
      last.width = round((index + 1) * step + plot.left - last.x)
    } else bands.push({ kind, x: round(plot.left + index * step), width: round(step), end: index + 1 })
  }
  return bands.map(({ kind, x, width }) => ({ kind, x, width }))
}

/** Where in its window a mark lies; those of one place are one line. */
function layMarks(
  { windows, marks = [] }: ChartModel,
  { plot, step }: { plot: Layout['plot']; step: number },
): Layout['marks'] {
  const laid: Layout['marks'] = []
  let free = Number.NEGATIVE_INFINITY
  for (const [index, window] of windows.entries()) {
    const [start, end] = [Date.parse(window.start), Date.parse(window.end)]
    for (const { at, label, text } of marksWithin(marks, window)) {
      const x = round(plot.left + (index + (Date.parse(at) - start) / (end - start)) * step)
      const last = laid.at(-1)
      if (last?.x === x) {
        last.text += `; ${text}`
        continue
      }
      const isFree = x >= free
      if (isFree) free = x + MARK_WIDTH
      laid.push({ x, text, label: isFree ? label : '', anchor: x > plot.right - MARK_WIDTH ? 'end' : 'start' })
    }
  }
  return laid
}

function gapOf(step: number): number {
  return step > 8 ? step * 0.22 : step > 3 ? 1 : 0
}

/** One path for each series and state, however many windows: a chart of 400 points stays a handful of elements. */
function layBars(
  model: ChartModel,
  { plot, y, step }: { plot: Layout['plot']; y: Scale; step: number },
): Layout['bars'] {
  const gap = gapOf(step)
  const heights = model.windows.map(() => 0)
  return model.series.flatMap(({ key, colour, values }) => {
    const paths = { final: '', settling: '', open: '' }
    for (const [index, { state }] of model.windows.entries()) {
      const value = values[index] ?? 0
      if (value <= 0 || state === 'ahead' || state === 'unavailable') continue
      const [bottom, top] = [y(heights[index] ?? 0), y((heights[index] ?? 0) + value)]
      heights[index] = (heights[index] ?? 0) + value
      const x = plot.left + index * step + gap / 2
      paths[state] += `M${round(x)} ${round(bottom)}V${round(top)}h${round(step - gap)}V${round(bottom)}z`
    }
    return (['final', 'settling', 'open'] as const).flatMap((state) =>
      paths[state] ? { key, colour, state, d: paths[state] } : [],
    )
  })
}

function layLines(
  model: ChartModel,
  { plot, y, step }: { plot: Layout['plot']; y: Scale; step: number },
): Layout['lines'] {
  return model.series.map(({ key, colour, values }, order) => {
    let d = ''
    let openD = ''
    let last: Point | null = null
    let lastIndex = -2
    for (const [index, { state }] of model.windows.entries()) {
      const value = values[index]
      if (value == null) continue
      const point = { x: round(middleOf(plot, step, index)), y: round(y(value)) }
      const isJoined = lastIndex === index - 1 && last !== null
      if (state === 'open') openD += isJoined && last ? `M${last.x} ${last.y}L${point.x} ${point.y}` : ''
      else d += `${isJoined ? 'L' : 'M'}${point.x} ${point.y}${isJoined ? '' : 'h0'}`
      last = point
      lastIndex = index
    }
    const isOpenEnd = model.windows[lastIndex]?.state === 'open'
    return { key, colour, dash: dashOf(order), d, openD, end: last, isOpenEnd }
  })
}

/** Names at the ends of their lines, moved apart so that none covers another, kept inside the plot. */
function layLabels(model: ChartModel, lines: Layout['lines'], plot: Layout['plot']): Layout['labels'] {
  const names = new Map(model.series.map((series: ChartSeries) => [series.key, series.name]))
  const wanted = lines
    .flatMap(({ key, colour, end }) => (end ? { key, colour, name: names.get(key) ?? key, y: end.y } : []))
    .sort((a, b) => a.y - b.y)
  const ys = spreadApart(
    wanted.map(({ y }) => y),
    { least: plot.top + 4, most: plot.bottom, spacing: LABEL_SPACING },
  )
  return wanted.map((label, index) => ({ ...label, y: round(ys[index] ?? label.y) }))
}

/** Ascending positions at least `spacing` apart, as near as may be to where they were wanted. */
export function spreadApart(wanted: number[], bounds: { least: number; most: number; spacing: number }): number[] {
  const placed: number[] = []
  for (const y of wanted) placed.push(Math.max(y, (placed.at(-1) ?? bounds.least - bounds.spacing) + bounds.spacing))
  let ceiling = bounds.most
  for (let index = placed.length - 1; index >= 0; index--) {
    placed[index] = Math.min(placed[index] ?? ceiling, ceiling)
    ceiling = (placed[index] ?? ceiling) - bounds.spacing
  }
  return placed
}

/** Short path texts: a tenth of a pixel is finer than any screen shows. */
export function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** A path of one series for a small drawing without axes, its open end apart; null values break it. */
export function sparkPath(
  model: { values: readonly (number | null)[]; openFrom: number },
  size: { width: number; height: number },
): { d: string; openD: string } {
  const most = Math.max(0, ...model.values.map((value) => value ?? 0))
  const y = linear([0, most || 1], [size.height - 2, 2])
  const step = (size.width - 2) / Math.max(1, model.values.length - 1)
  const paths = { d: '', openD: '' }
  let last: string | null = null
  for (const [index, value] of model.values.entries()) {
    const point: string | null = value === null ? null : `${round(1 + index * step)} ${round(y(value))}`
    const path = index >= model.openFrom ? 'openD' : 'd'
    if (point !== null) {
      const start = last !== null && path === 'openD' && paths.openD === '' ? `M${last}` : ''
      paths[path] += `${start}${last === null ? 'M' : 'L'}${point}`
    }
    last = point
  }
  return paths
}
