'use client'
import { useEffect, useId, useRef } from 'react'
import {
  Area,
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import { formatExact, formatTick, formatUnit, formatWindow } from '../../format.ts'
import { type ChartModel, type ChartWindow, dashOf } from './chart-model.ts'
import { extent } from './lay-out.ts'
import { niceTicks } from './scale.ts'
import { stateWords } from './state-words.ts'
import { timeTicks } from './time-ticks.ts'

export type LiveChartProps = { model: ChartModel; kind: 'large' | 'small'; height: number; hasFocus: boolean }

type Row = { index: number } & Record<string, number | null>

/** The interactive twin of StaticChart: same model, same marks; pointer and arrow keys walk the windows and read them out. */
export function LiveChart({ model, kind, height, hasFocus }: LiveChartProps) {
  const holder = useRef<HTMLDivElement>(null)
  const hatch = useId()
  useEffect(() => {
    if (hasFocus) holder.current?.querySelector<SVGElement>('.recharts-surface')?.focus()
  }, [hasFocus])
  const ticks = niceTicks(extent(model), kind === 'large' ? 4 : 3)
  const times = timeTicks(model, kind === 'large' ? 9 : 6)
  const labels = new Map(times.map(({ index, label }) => [index, label]))
  return (
    <div ref={holder} className="live-plot" style={{ height }}>
      <ResponsiveContainer width="100%" height={height} initialDimension={{ width: 480, height }}>
        <ComposedChart
          data={rowsOf(model)}
          margin={{ top: 10, right: model.form === 'lines' ? 100 : 4, bottom: 0, left: 0 }}
          accessibilityLayer
          title={model.title}
          barCategoryGap={model.windows.length > 90 ? 0 : '11%'}
        >
          <defs>
            <pattern id={hatch} width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <line x1="0" y1="0" x2="0" y2="4" stroke="var(--chart-hatch)" strokeWidth="1.5" />
            </pattern>
          </defs>
          <CartesianGrid vertical={false} stroke="var(--chart-grid)" />
          {unavailable(model.windows).map(([first, last]) => (
            <ReferenceArea
              key={first}
              x1={first}
              x2={last}
              fill="var(--bg-selected)"
              fillOpacity={1}
              ifOverflow="visible"
            />
          ))}
          <XAxis
            dataKey="index"
            ticks={times.map(({ index }) => index)}
            tickFormatter={(index: number) => labels.get(index) ?? ''}
            interval={0}
            height={20}
            tickLine={false}
            tickMargin={4}
            axisLine={{ stroke: 'var(--chart-axis)' }}
          />
          <YAxis
            width={38}
            ticks={ticks}
            domain={[ticks[0] ?? 0, ticks.at(-1) ?? 1]}
            tickFormatter={formatTick}
            tickLine={false}
            tickMargin={2}
            axisLine={false}
            interval={0}
          />
          <Tooltip
            isAnimationActive={false}
            cursor={{ fill: 'var(--bg-hover)', stroke: 'var(--chart-axis)', fillOpacity: 0.6 }}
            content={({ active, label }) => <Reading model={model} index={active ? Number(label) : null} />}
            allowEscapeViewBox={{ x: false, y: true }}
            wrapperStyle={{ zIndex: 8 }}
          />
          {model.form === 'bars' ? bars(model, hatch) : lines(model)}
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  )
}

function bars(model: ChartModel, hatch: string) {
  return model.series.map(({ key, name, colour }) => (
    <Bar
      key={key}
      dataKey={key}
      name={name}
      stackId="all"
      isAnimationActive={false}
      shape={(props: BarShape) => (
        <Mark {...props} colour={colour} hatch={hatch} state={model.windows[props.index ?? 0]?.state} />
      )}
    />
  ))
}

function lines(model: ChartModel) {
  return model.series.flatMap(({ key, name, colour }, order) => [
    <Line
      key={key}
      dataKey={key}
      name={name}
      type="linear"
      dot={false}
      activeDot={{ r: 3 }}
      stroke={colourOf(colour)}
      strokeWidth={1.6}
      strokeDasharray={dashOf(order)}
      isAnimationActive={false}
    />,
    <Area
      key={`${key} open`}
      dataKey={`${key} open`}
      type="linear"
      stroke={colourOf(colour)}
      strokeDasharray="2.5 3.5"
      fill="none"
      isAnimationActive={false}
      tooltipType="none"
      activeDot={false}
    />,
  ])
}

type BarShape = { x?: number; y?: number; width?: number; height?: number; index?: number }

function Mark({
  x = 0,
  y = 0,
  width = 0,
  height = 0,
  colour,
  hatch,
  state,
}: BarShape & { colour: number; hatch: string; state?: ChartWindow['state'] }) {
  if (!(height > 0)) return null
  const box = { x, y, width, height }
  if (state === 'open') {
    return (
      <rect {...box} fill={colourOf(colour)} fillOpacity={0.14} stroke={colourOf(colour)} strokeDasharray="2.5 2" />
    )
  }
  return (
    <g>
      <rect {...box} fill={colourOf(colour)} stroke="var(--bg)" strokeWidth={0.75} />
      {state === 'settling' ? <rect {...box} fill={`url(#${hatch})`} /> : null}
    </g>
  )
}

/** Read out politely by screen readers; recharts' own content would be, so ours has to be too. */
function Reading({ model, index }: { model: ChartModel; index: number | null }) {
  const window = index === null ? undefined : model.windows[index]
  return (
    <div role="status" aria-live="polite" className={window ? 'tip' : 'vh'}>
      {window && index !== null ? (
        <>
          <p>
            <span>{formatWindow(window, model.granularity, model.zone)}</span>
            <span>{stateWords(window.state)}</span>
          </p>
          <dl>
            {model.series.map(({ key, name, colour, texts }) => (
              <div key={key} style={{ display: 'contents' }}>
                <dt>
                  <i className={`dot b${colour}`} />
                  {name}
                </dt>
                <dd>
                  {texts[index] == null
                    ? 'no answer'
                    : `${formatExact(texts[index])} ${formatUnit(model.unit, texts[index])}`}
                </dd>
              </div>
            ))}
          </dl>
        </>
      ) : null}
    </div>
  )
}

function rowsOf(model: ChartModel): Row[] {
  const openFrom = model.windows.findIndex(({ state }) => state === 'open')
  return model.windows.map((_, index) => {
    const row: Row = { index }
    for (const { key, values } of model.series) {
      const isOpen = model.form === 'lines' && index === openFrom
      row[key] = isOpen ? null : (values[index] ?? null)
      if (model.form === 'lines')
        row[`${key} open`] = openFrom >= 0 && (isOpen || index === openFrom - 1) ? (values[index] ?? null) : null
    }
    return row
  })
}

function unavailable(windows: ChartWindow[]): [number, number][] {
  const stretches: [number, number][] = []
  for (const [index, { state }] of windows.entries()) {
    const last = stretches.at(-1)
    if (state !== 'unavailable') continue
    if (last && last[1] === index - 1) last[1] = index
    else stretches.push([index, index])
  }
  return stretches
}

function colourOf(colour: number): string {
  return colour === 0 ? 'var(--chart-ink)' : `var(--series-${colour})`
}
