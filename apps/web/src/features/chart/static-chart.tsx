import type { ChartModel } from './chart-model.ts'
import { type ChartSize, type Layout, layOut } from './lay-out.ts'

/** The canvas sizes a chart is drawn for; the stylesheet shows the one nearest to its container, so that labels stay near 11 px. */
export const CANVASES = {
  large: {
    s: { width: 358, height: 210 },
    m: { width: 784, height: 268 },
    l: { width: 1060, height: 290 },
  },
  small: {
    s: { width: 328, height: 132 },
    m: { width: 480, height: 148 },
  },
} as const
export type CanvasName = 's' | 'm' | 'l'

const LABEL_ROOM = { s: 86, m: 108, l: 124 }

export function sizeOf(model: ChartModel, kind: 'large' | 'small', name: CanvasName): ChartSize {
  const canvas = kind === 'large' ? CANVASES.large[name] : CANVASES.small[name === 'l' ? 'm' : name]
  return { ...canvas, left: 38, right: model.form === 'lines' ? LABEL_ROOM[name] : 4, top: 10, bottom: 20 }
}

/** The drawing that needs no script. Reachable by keyboard, because reaching it is what brings the interactive one. */
export function StaticChart({
  model,
  kind,
  name,
  id,
}: {
  model: ChartModel
  kind: 'large' | 'small'
  name: CanvasName
  id: string
}) {
  const size = sizeOf(model, kind, name)
  const layout = layOut(model, size)
  return (
    <svg
      className={`chart v-${name}`}
      viewBox={`0 0 ${size.width} ${size.height}`}
      role="img"
      aria-label={model.title}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: focus turns the drawing into its interactive twin
      tabIndex={0}
    >
      <defs>
        <pattern id={`${id}-${name}`} width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <line x1="0" y1="0" x2="0" y2="4" stroke="var(--chart-hatch)" strokeWidth="1.5" />
        </pattern>
      </defs>
      <Furniture layout={layout} />
      {layout.bars.map((bar) => (
        <Bars key={`${bar.key} ${bar.state}`} bar={bar} hatch={`url(#${id}-${name})`} />
      ))}
      {layout.lines.map((line) => (
        <Line key={line.key} line={line} />
      ))}
      {layout.labels.map((label) => (
        <g key={label.key}>
          <circle cx={layout.plot.right + 11} cy={label.y - 4} r="2.8" className={`f${label.colour}`} />
          <text className="t2" x={layout.plot.right + 18} y={label.y}>
            {shortened(label.name, name === 's' ? 12 : 18)}
          </text>
        </g>
      ))}
    </svg>
  )
}

function Furniture({ layout }: { layout: Layout }) {
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

function Bars({ bar, hatch }: { bar: Layout['bars'][number]; hatch: string }) {
  if (bar.state === 'open') return <path className={`open f${bar.colour} k${bar.colour}`} d={bar.d} />
  return (
    <>
      <path className={`sep f${bar.colour}`} d={bar.d} />
      {bar.state === 'settling' ? <path d={bar.d} fill={hatch} /> : null}
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
