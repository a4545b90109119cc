'use client'
import { type ComponentType, Suspense, useDeferredValue, useEffect, useId, useRef, useState } from 'react'
import type { ChartModel } from './chart-model.ts'
import type { LiveChartProps } from './live-chart.tsx'
import { type CanvasName, StaticChart } from './static-chart.tsx'

const NAMES: Record<'large' | 'small', CanvasName[]> = { large: ['s', 'm', 'l'], small: ['s', 'm'] }

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
export function ChartPlot({ model, kind }: { model: ChartModel; kind: 'large' | 'small' }) {
  const id = useId()
  const holder = useRef<HTMLDivElement>(null)
  const shown = useDeferredValue(model)
  const { twin, reach } = useTwin(holder)
  const Twin = twin?.component
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the drawing inside is what is reached; this only listens for it
    <div
      ref={holder}
      className={`plot ${kind}`}
      style={twin ? { height: twin.height } : undefined}
      onPointerEnter={reach}
      onPointerDown={reach}
      onFocus={reach}
    >
      {Twin ? (
        <Suspense>
          <Twin model={shown} kind={kind} height={twin.height} hasFocus={twin.hadFocus} />
        </Suspense>
      ) : (
        NAMES[kind].map((name) => <StaticChart key={name} model={shown} kind={kind} name={name} id={id} />)
      )}
    </div>
  )
}

type Twin = { component: ComponentType<LiveChartProps>; height: number; hadFocus: boolean }

function useTwin(holder: React.RefObject<HTMLDivElement | null>) {
  const [twin, setTwin] = useState<Twin | null>(null)
  const isGone = useRef(false)
  useEffect(() => {
    isGone.current = false
    return () => {
      isGone.current = true
    }
  }, [])
  const reach = () => {
    if (twin) return
    loadLiveChart().then(
      (component) => {
        const node = holder.current
        if (!node || isGone.current) return
        setTwin(
          (before) =>
            before ?? { component, height: node.offsetHeight, hadFocus: node.contains(document.activeElement) },
        )
      },
      () => {
        loading = undefined // a lost connection: the drawing stays, the next touch tries again
      },
    )
  }
  return { twin, reach }
}
