import { formatTick } from '../../format.ts'
import { type ChartModel, HATCHED_WINDOWS_MAX } from './chart-model.ts'
import { Hatch } from './hatch.tsx'
import { type ChartSize, extent, type Layout, layOut } from './lay-out.ts'
import { niceTicks } from './scale.ts'

/** The canvas sizes a chart is drawn for; the stylesheet shows the one nearest to its container, so that labels stay near 11 px. */
const CANVASES = {
  large: {
    s: { width: 358, height: 210 },
    m: { width: 784, height: 268 },
    l: { width: 1060, height: 290 },
  },
  /** low and wide: beneath another drawing, or beside a column */
  band: {
    s: { width: 358, height: 140 },
    m: { width: 784, height: 158 },
    l: { width: 1060, height: 170 },
  },
  small: {
    s: { width: 328, height: 132 },
    m: { width: 440, height: 144 },
    l: { width: 580, height: 164 },
  },
} as const
export type CanvasName = 's' | 'm' | 'l'

const LEFT_MIN = 38
const DIGIT_WIDTH = 6.3
const LABEL_ROOM = { s: 86, m: 108, l: 124 }

/** Room around the plot: for amounts on the left, times below, and the names of lines on the right. */
export function marginsOf(model: ChartModel, name: CanvasName): Omit<ChartSize, 'width' | 'height'> {
  const longest = Math.max(...niceTicks(extent(model), 4).map((value) => formatTick(value).length))
  return {
    left: Math.max(LEFT_MIN, longest * DIGIT_WIDTH + 9),
    right: model.form === 'lines' || model.hasLabelRoom === true ? LABEL_ROOM[name] : 4,
    top: 10,
    bottom: 20,
  }
}

export type CanvasKind = keyof typeof CANVASES
type Props = { model: ChartModel; kind: CanvasKind; name: CanvasName; id: string }

/** The drawing that needs no script. Reachable by keyboard, because reaching it is what brings the interactive one. */
export function StaticChart({ model, kind, name, id }: Props) {
  const size = { ...CANVASES[kind][name], ...marginsOf(model, name) }
  const layout = layOut(model, size)
  const hatch = model.windows.length <= HATCHED_WINDOWS_MAX ? `url(#${id}-${name})` : null
  return (
    <svg
      className={`chart v-${name}`}
      viewBox={`0 0 ${size.width} ${size.height}`}
      role="img"
      aria-label={model.title}
      data-canvas={name}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: focus turns the drawing into its interactive twin
      tabIndex={0}
    >
      <defs>
        <Hatch id={`${id}-${name}`} />
      </defs>
      <Furniture layout={layout} />
      {layout.bars.map((bar) => (
        <Bars key={`${bar.key} ${bar.state}`} bar={bar} hatch={hatch} />
      ))}
      {layout.lines.map((line) => (
        <Line key={line.key} line={line} />
      ))}
      <Labels layout={layout} name={name} />
      <Marks layout={layout} />
    </svg>
  )
}

/** Over the figures, thin: what a step in them comes from. */
export function Marks({ layout: { marks, plot } }: { layout: Layout }) {
  return marks.map(({ x, label, text, anchor }) => (
    <g key={x} className="mark">
      <title>{text}</title>
      <line x1={x} x2={x} y1={plot.top - 8} y2={plot.bottom} />
      {label ? (
        <text x={anchor === 'start' ? x + 4 : x - 4} y={plot.top - 1} textAnchor={anchor}>
          {label}
        </text>
      ) : null}
    </g>
  ))
}

/** Grid, axes and bands. */
export function Furniture({ layout }: { layout: Layout }) {
  const { plot } = layout
  return (
    <>
      {layout.bands.map((band) => (
        <rect
          key={`${band.kind} ${band.x}`}
          className={band.kind === 'settling' ? 'band' : 'gone'}
          x={band.x}
          width={band.width}
          y={plot.top}
          height={plot.bottom - plot.top}
        />
      ))}
      {layout.yTicks.map(({ y, value, label }) => (
        <g key={value}>
          <line className={value === 0 ? 'axis' : 'grid'} x1={plot.left} x2={plot.right} y1={y} y2={y} />
          <text x={plot.left - 6} y={y + 4} textAnchor="end">
            {label}
          </text>
        </g>
      ))}
      {layout.xTicks.map(({ x, index, label, anchor }) => (
        <text key={index} x={x} y={plot.bottom + 15} textAnchor={anchor}>
          {label}
        </text>
      ))}
    </>
  )
}

/** The names of lines, at their ends. */
export function Labels({ layout, name }: { layout: Layout; name: CanvasName }) {
  return layout.labels.map((label) => (
    <g key={label.key}>
      <circle cx={layout.plot.right + 11} cy={label.y - 4} r="2.8" className={`f${label.colour}`} />
      <text className="t2" x={layout.plot.right + 18} y={label.y}>
        {shortened(label.name, name === 's' ? 12 : 18)}
      </text>
    </g>
  ))
}

function Bars({ bar, hatch }: { bar: Layout['bars'][number]; hatch: string | null }) {
  if (bar.state === 'open') return <path className={`open f${bar.colour} k${bar.colour}`} d={bar.d} />
  return (
    <>
      <path className={`sep f${bar.colour}`} d={bar.d} />
      {bar.state === 'settling' && hatch ? <path d={bar.d} fill={hatch} /> : null}
    </>
  )
}

function Line({ line }: { line: Layout['lines'][number] }) {
  return (
    <>
      <path className={`ln k${line.colour}`} strokeDasharray={line.dash || undefined} d={line.d} />
      {line.openD ? <path className={`ln part k${line.colour}`} d={line.openD} /> : null}
      {line.end && line.isOpenEnd ? (
        <circle
          cx={line.end.x}
          cy={line.end.y}
          r="2.6"
          fill="var(--bg)"
          className={`k${line.colour}`}
          strokeWidth="1.4"
        />
      ) : null}
    </>
  )
}

function shortened(name: string, most: number): string {
  return name.length > most ? `${name.slice(0, most - 1)}…` : name
}
