import { formatDay, formatMoney, formatMonthName, formatTick } from '../../format.ts'
import type { ChartModel } from '../chart/chart-model.ts'
import { round, spreadApart } from '../chart/lay-out.ts'
import { linear, niceTicks } from '../chart/scale.ts'
import { type CanvasName, marginsOf } from '../chart/static-chart.tsx'
import type { OverviewMonth } from './overview-view.ts'

const SIZES = {
  s: { width: 358, height: 190 },
  m: { width: 784, height: 246 },
  l: { width: 1060, height: 262 },
} as const
const NAMES: CanvasName[] = ['s', 'm', 'l']
const MARKS = 16
const LABEL_SPACING = 14
const LEGEND_WIDTH = 120

/**
 * What the month has come to, day by day, beside the month before, and the range it is heading for. Drawn over the daily bars, whose margins it
 * shares; its figures stand in the answers above, the table and the triangles' titles.
 */
export function PaceChart({ month, model }: { month: OverviewMonth; model: ChartModel }) {
  return (
    <div className="plot pace">
      {NAMES.map((name) => (
        <Drawing key={name} month={month} model={model} name={name} />
      ))}
    </div>
  )
}

function Drawing({ month, model, name }: { month: OverviewMonth; model: ChartModel; name: CanvasName }) {
  const size = SIZES[name]
  const { left, right: room } = marginsOf(model, name)
  const plot = { left, right: size.width - room, top: 10, bottom: size.height - MARKS }
  const lines = linesOf(month)
  const top = Math.max(...lines.ghost, ...lines.ink, lines.high ?? 0)
  const ticks = niceTicks({ least: 0, most: top }, 3)
  const y = linear([0, ticks.at(-1) ?? 1], [plot.bottom, plot.top])
  const from = Date.parse(month.from)
  const x = linear([from, Date.parse(month.to)], [plot.left, plot.right])
  const edges = [month.from, ...month.days.map(({ end }) => end)]
  const at = (values: readonly number[], times: readonly string[]) =>
    values.flatMap((value, index) => {
      const time = times[index]
      return time === undefined ? [] : [`${round(x(Date.parse(time)))} ${round(y(value))}`]
    })
  const known = lines.ink.length - 1
  const inkTimes = edges
    .slice(0, known + 1)
    .map((edge) => (Date.parse(edge) > Date.parse(month.through) ? month.through : edge))
  const end = { x: x(Date.parse(inkTimes.at(-1) ?? month.from)), y: y(lines.ink.at(-1) ?? 0) }
  const ahead = [inkTimes.at(-1) ?? month.from, ...(month.forecast?.path ?? []).map(({ at: time }) => time)]
  const labels = labelsOf(month, lines, y, plot)
  return (
    <svg
      className={`chart v-${name}`}
      viewBox={`0 0 ${size.width} ${size.height}`}
      role="img"
      aria-label={titleOf(month)}
    >
      {ticks.map((value) => (
        <g key={value}>
          <line
            className={value === 0 ? 'axis' : 'grid'}
            x1={plot.left}
            x2={plot.right}
            y1={round(y(value))}
            y2={round(y(value))}
          />
          <text x={plot.left - 6} y={round(y(value)) + 4} textAnchor="end">
            {formatTick(value)}
          </text>
        </g>
      ))}
      {lines.low === null || lines.high === null ? null : (
        <path
          className="cone"
          d={`M${at(lines.lows, ahead).join('L')}L${at(lines.highs, ahead).reverse().join('L')}Z`}
        />
      )}
      <path className="ghost" d={`M${at(lines.ghost, edges).join('L')}`} />
      {month.forecast ? <path className="p50" d={`M${at(lines.middle, ahead).join('L')}`} /> : null}
      <path className="ink" d={`M${at(lines.ink, inkTimes).join('L')}`} />
      <line className="now" x1={round(end.x)} x2={round(end.x)} y1={round(end.y) + 5} y2={size.height} />
      <circle cx={round(end.x)} cy={round(end.y)} r="3.5" fill="var(--chart-ink)" stroke="var(--bg)" strokeWidth="2" />
      <text
        className="t1 halo"
        x={round(end.x) - 8}
        y={round(end.y) - 7}
        textAnchor={end.x - plot.left < 60 ? 'start' : 'end'}
      >
        {formatMoney(month.usage, month.currency)}
      </text>
      {labels.map((label) => (
        <text key={label.text} className={label.isPace ? 't2' : undefined} x={plot.right + 7} y={label.y}>
          {label.text}
        </text>
      ))}
      <UsedUp month={month} x={x} top={plot.bottom + 3} now={end.x} isNamed={name !== 's'} />
    </svg>
  )
}

/** Where an allowance ran out. */
function UsedUp(props: {
  month: OverviewMonth
  x: (ms: number) => number
  top: number
  now: number
  isNamed: boolean
}) {
  const { month, x, top, now, isNamed } = props
  const used = month.allowances.filter(({ usedUpAt }) => usedUpAt !== null)
  if (used.length === 0) return null
  const places = used.map(({ usedUpAt }) => x(Date.parse(usedUpAt ?? month.from)))
  const after = Math.max(...places) + 10
  // the line of now stands through nobody's words
  const label = after + LEGEND_WIDTH > now && after < now + 8 ? now + 8 : after
  return (
    <>
      {used.map((use, index) => (
        <path
          key={`${use.app.id} ${use.capability}`}
          className={`f${use.app.series}`}
          d={`M${round(places[index] ?? 0)} ${top}l3.2 5.4h-6.4z`}
        >
          <title>{`${use.app.name}: allowance of ${use.capabilityName} used up on ${formatDay(use.usedUpAt ?? '', month.zone)}`}</title>
        </path>
      ))}
      {isNamed ? (
        <text x={round(label)} y={top + 8}>
          ▲ allowance used up
        </text>
      ) : null}
    </>
  )
}

interface Lines {
  /** cumulative, beginning with 0 at the month's first instant */
  ink: number[]
  ghost: number[]
  /** from now on, beginning with what is spent */
  middle: number[]
  lows: number[]
  highs: number[]
  low: number | null
  high: number | null
}

/** Lengths of lines and nothing else: doubles. */
function linesOf({ totals, usage, before, forecast }: OverviewMonth): Lines {
  const begun = totals.filter((text) => text !== null).map(Number)
  const spent = Number(usage)
  const ink = cumulated(begun)
  // the last point is the figure itself, so that line and headline agree
  if (ink.length > 1) ink[ink.length - 1] = spent
  const middle = [spent, ...(forecast?.path ?? []).map(({ amount }) => Number(amount))]
  const likely = Number(forecast?.likely ?? spent)
  const grown = (value: number) => (likely === spent ? 1 : (value - spent) / (likely - spent))
  const toward = (end: number) => middle.map((value) => spent + (end - spent) * grown(value))
  const low = forecast === null ? null : Number(forecast.low)
  const high = forecast === null ? null : Number(forecast.high)
  return {
    ink,
    ghost: cumulated(before.days.map(Number)),
    middle,
    lows: toward(low ?? spent),
    highs: toward(high ?? spent),
    low,
    high,
  }
}

function cumulated(amounts: readonly number[]): number[] {
  const sums = [0]
  for (const amount of amounts) sums.push((sums.at(-1) ?? 0) + amount)
  return sums
}

function labelsOf(
  month: OverviewMonth,
  lines: Lines,
  y: (value: number) => number,
  plot: { top: number; bottom: number },
): { text: string; y: number; isPace: boolean }[] {
  const rough = (value: number) => formatTick(Number(value.toPrecision(3)))
  const wanted = [
    ...(lines.high === null ? [] : [{ text: `p90  ${rough(lines.high)}`, at: y(lines.high), isPace: true }]),
    ...(lines.low === null ? [] : [{ text: `p10  ${rough(lines.low)}`, at: y(lines.low), isPace: true }]),
    ...(Number(month.before.total) === 0
      ? []
      : [{ text: formatMonthName(month.before.from, month.zone), at: y(lines.ghost.at(-1) ?? 0), isPace: false }]),
  ].sort((a, b) => a.at - b.at)
  const places = spreadApart(
    wanted.map(({ at }) => at + 4),
    { least: plot.top + 4, most: plot.bottom, spacing: LABEL_SPACING },
  )
  return wanted.map(({ text, isPace }, index) => ({ text, isPace, y: round(places[index] ?? 0) }))
}

function titleOf({ from, zone, currency, usage }: OverviewMonth): string {
  return `Spent so far in ${formatMonthName(from, zone)}: ${formatMoney(usage, currency)} ${currency}, and where the month is heading`
}
