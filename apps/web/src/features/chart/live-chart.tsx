'use client'
import { useEffect, useId, useRef } from 'react'
import { Bar, ComposedChart, Line, Tooltip, XAxis, YAxis } from 'recharts'
import { formatLong, formatUnit, formatWindow } from '../../format.ts'
import { type ChartModel, type ChartWindow, dashOf, HATCHED_WINDOWS_MAX, marksWithin } from './chart-model.ts'
import { Hatch } from './hatch.tsx'
import { layOut } from './lay-out.ts'
import { stateWords } from './state-words.ts'
import { type CanvasName, Furniture, Labels, Marks, marginsOf } from './static-chart.tsx'

export type LiveChartProps = {
  model: ChartModel
  name: CanvasName
  width: number
  height: number
  hasFocus: boolean
  onPick?: ((index: number) => void) | undefined
}

type Row = { index: number } & Record<string, number | null>

const FOCUS_FRAMES_MAX = 60

/**
 * The interactive twin of StaticChart. Axes, bands and labels are the same furniture, laid out in pixels; only the marks are recharts',
 * so that pointer and arrow keys can walk the windows and have them read out.
 */
export function LiveChart({ model, name, width, height, hasFocus, onPick }: LiveChartProps) {
  const holder = useRef<HTMLDivElement>(null)
  const hatch = useId()
  useFocusOnSurface(holder, hasFocus)
  const margins = marginsOf(model, name)
  const layout = layOut(model, { width, height, ...margins })
  const ticks = layout.yTicks.map(({ value }) => value)
  return (
    <div ref={holder} className="live-plot" style={{ width, height }}>
      <svg className="chart under" width={width} height={height} aria-hidden="true">
        <Furniture layout={layout} />
        <Labels layout={layout} name={name} />
        <Marks layout={layout} />
      </svg>
      <ComposedChart
        width={width}
        height={height}
        data={rowsOf(model)}
        margin={margins}
        accessibilityLayer
        title={model.title}
        barCategoryGap={`${layout.gapShare * 50}%`} // recharts takes it off both sides
        style={{ position: 'relative', ...(onPick && { cursor: 'pointer' }) }}
        {...(onPick && {
          onClick: ({ activeLabel }) => {
            const index = Number(activeLabel ?? Number.NaN)
            if (Number.isInteger(index)) onPick(index)
          },
        })}
      >
        <defs>
          <Hatch id={hatch} />
        </defs>
        <XAxis hide dataKey="index" scale="band" />
        <YAxis hide domain={[ticks[0] ?? 0, ticks.at(-1) ?? 1]} ticks={ticks} allowDataOverflow />
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: 'var(--text)', stroke: 'var(--chart-axis)', fillOpacity: 0.06 }}
          content={({ active, label }) => <Reading model={model} index={active ? Number(label) : null} />}
          allowEscapeViewBox={{ x: false, y: true }}
          wrapperStyle={{ zIndex: 8 }}
        />
        {model.form === 'bars' ? bars(model, hatch) : lines(model)}
      </ComposedChart>
    </div>
  )
}

/** The drawing that had the focus is gone; whoever came by keyboard goes on in the twin, as soon as recharts has drawn it. */
function useFocusOnSurface(holder: React.RefObject<HTMLDivElement | null>, hasFocus: boolean) {
  useEffect(() => {
    if (!hasFocus) return
    let frame = 0
    let tries = 0
    const seek = () => {
      const surface = holder.current?.querySelector<SVGElement>('.recharts-surface')
      if (surface) return surface.focus()
      if (tries++ < FOCUS_FRAMES_MAX) frame = requestAnimationFrame(seek)
    }
    seek()
    return () => cancelAnimationFrame(frame)
  }, [holder, hasFocus])
}

function bars(model: ChartModel, hatch: string) {
  const isHatched = model.windows.length <= HATCHED_WINDOWS_MAX
  return model.series.map(({ key, name, colour }) => (
    <Bar
      key={key}
      dataKey={key}
      name={name}
      stackId="all"
      isAnimationActive={false}
      shape={(props: BarShape) => {
        const state = model.windows[props.index ?? 0]?.state
        return <Mark {...props} colour={colour} hatch={isHatched ? hatch : null} state={state} />
      }}
    />
  ))
}

function lines(model: ChartModel) {
  return model.series.flatMap(({ key, name, colour }, order) => {
    const common = { type: 'linear' as const, stroke: colourOf(colour), strokeWidth: 1.6, isAnimationActive: false }
    return [
      <Line
        key={key}
        dataKey={key}
        name={name}
        dot={false}
        activeDot={{ r: 3 }}
        strokeDasharray={dashOf(order)}
        {...common}
      />,
      <Line
        key={openKey(key)}
        dataKey={openKey(key)}
        dot={false}
        activeDot={false}
        strokeDasharray="2.5 3.5"
        {...common}
      />,
    ]
  })
}

type BarShape = { x?: number; y?: number; width?: number; height?: number; index?: number }
type MarkProps = BarShape & { colour: number; hatch: string | null; state?: ChartWindow['state'] }

function Mark({ x = 0, y = 0, width = 0, height = 0, colour, hatch, state }: MarkProps) {
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
      {state === 'settling' && hatch ? <rect {...box} fill={`url(#${hatch})`} /> : null}
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
          {window.state === 'ahead' ? null : <Quantities model={model} index={index} />}
          {marksWithin(model.marks ?? [], window).map(({ text }) => (
            <p key={text}>{text}</p>
          ))}
        </>
      ) : null}
    </div>
  )
}

function Quantities({ model, index }: { model: ChartModel; index: number }) {
  return (
    <dl>
      {model.series.map(({ key, name, colour, texts }) => {
        const text = texts[index] ?? null
        return (
          <div key={key} style={{ display: 'contents' }}>
            <dt>
              <i className={`dot b${colour}`} />
              {name}
            </dt>
            <dd>{text === null ? 'no value' : `${formatLong(text)} ${formatUnit(model.unit, text)}`}</dd>
          </div>
        )
      })}
    </dl>
  )
}

/** Lines have their open end apart, so that it can be dashed; it begins at the last closed point. */
function rowsOf(model: ChartModel): Row[] {
  const openFrom = model.windows.findIndex(({ state }) => state === 'open')
  return model.windows.map(({ state }, index) => {
    const row: Row = { index }
    for (const { key, values } of model.series) {
      const value = values[index] ?? null
      const isOpen = model.form === 'lines' && state === 'open'
      row[key] = isOpen ? null : value
      if (model.form === 'lines') row[openKey(key)] = isOpen || index === openFrom - 1 ? value : null
    }
    return row
  })
}

const openKey = (key: string) => `${key} (open)`

function colourOf(colour: number): string {
  return colour === 0 ? 'var(--chart-ink)' : `var(--series-${colour})`
}
