'use client'
import { type ComponentType, type RefObject, useDeferredValue, useEffect, useId, useRef, useState } from 'react'
import type { ChartModel } from './chart-model.ts'
import type { LiveChartProps } from './live-chart.tsx'
import { type CanvasKind, type CanvasName, StaticChart } from './static-chart.tsx'

const NAMES: CanvasName[] = ['s', 'm', 'l']

let loading: Promise<ComponentType<LiveChartProps>> | undefined
/** The library of the interactive twin comes when somebody reaches for a chart, and then once for all of them. */
function loadLiveChart(): Promise<ComponentType<LiveChartProps>> {
  loading ??= import('./live-chart.tsx').then((module) => module.LiveChart)
  return loading
}

/**
 * A chart: drawn by the server, and exchanged for its interactive twin of the same size when the pointer, a finger or the keyboard
 * reaches it. If the twin cannot be loaded, the drawing stays.
 */
export function ChartPlot({
  model,
  kind,
  onPick,
}: {
  model: ChartModel
  kind: CanvasKind
  /** A window was chosen, by its place. The same has to be reachable without a pointer: a table of windows, with links. */
  onPick?: (index: number) => void
}) {
  const id = useId()
  const holder = useRef<HTMLDivElement>(null)
  const shown = useDeferredValue(model)
  const { twin, reach } = useTwin(holder)
  const Twin = twin?.component
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the drawing inside is what is reached; this only listens for it
    <div ref={holder} className={`plot ${kind}`} onPointerEnter={reach} onPointerDown={reach} onFocus={reach}>
      {Twin ? (
        <Twin
          model={shown}
          name={twin.name}
          width={twin.width}
          height={twin.height}
          hasFocus={twin.hadFocus}
          onPick={onPick}
        />
      ) : (
        NAMES.map((name) => <StaticChart key={name} model={shown} kind={kind} name={name} id={id} />)
      )}
    </div>
  )
}

type Twin = {
  component: ComponentType<LiveChartProps>
  name: CanvasName
  width: number
  height: number
  hadFocus: boolean
}

function useTwin(holder: RefObject<HTMLDivElement | null>) {
  const [twin, setTwin] = useState<Twin | null>(null)
  const reach = () => {
    if (twin) return
    loadLiveChart().then(
      (component) => {
        const drawing = shownDrawing(holder.current)
        if (!holder.current || !drawing) return
        const { width, height } = drawing.getBoundingClientRect()
        const name = (drawing.dataset.canvas ?? 'm') as CanvasName
        const hadFocus = holder.current.contains(document.activeElement)
        setTwin((before) => before ?? { component, name, width, height, hadFocus })
      },
      () => {
        loading = undefined // a lost connection: the drawing stays, the next touch tries again
      },
    )
  }
  // at another width the drawings know best what to show; the twin comes back with the next touch
  useEffect(() => {
    const node = holder.current
    if (!twin || !node) return
    const observer = new ResizeObserver(() => {
      if (Math.abs(node.clientWidth - twin.width) > 1) setTwin(null)
    })
    observer.observe(node)
    return () => observer.disconnect()
  }, [twin, holder])
  return { twin, reach }
}

/** The one of the drawings that the stylesheet shows. */
function shownDrawing(node: HTMLElement | null): SVGSVGElement | undefined {
  return [...(node?.querySelectorAll<SVGSVGElement>('svg.chart') ?? [])].find((svg) => svg.getClientRects().length > 0)
}
