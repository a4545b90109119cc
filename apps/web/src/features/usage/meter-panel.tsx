'use client'
import { memo } from 'react'
import { Skeleton } from '../../components/ui/region-state.tsx'
import { formatUnit } from '../../format.ts'
import { ChartPlot } from '../chart/chart-plot.tsx'
import { ChartTable } from '../chart/chart-table.tsx'
import { meterModel } from './chart-models.ts'
import { FigureTotal } from './figure-total.tsx'
import { meterFinding } from './finding.ts'
import type { AppUsageView, MeterFigures } from './usage-view.ts'

type Props = { view: Pick<AppUsageView, 'app' | 'windows' | 'period'>; figures: MeterFigures; mode: 'chart' | 'table' }

/** One meter of one app: its figure, what happened, the drawing or the rows. */
export const MeterPanel = memo(function MeterPanel({ view, figures, mode }: Props) {
  const { meter } = figures
  if (figures.isPending) return <PendingMeter figures={figures} />
  const model = meterModel(view, figures)
  return (
    <section className="meter" aria-labelledby={`meter-${meter.slug}`}>
      <header>
        <h2 id={`meter-${meter.slug}`}>{meter.name}</h2>
        <FigureTotal className="figure" testId={`meter-total-${meter.slug}`} total={figures.total} unit={meter.unit} />
      </header>
      <figure className="fig small" style={{ marginTop: 0 }}>
        <figcaption>{meterFinding({ figures, meter, windows: view.windows, period: view.period })}</figcaption>
        {mode === 'table' ? <ChartTable model={model} /> : <ChartPlot model={model} kind="small" />}
      </figure>
    </section>
  )
})

function PendingMeter({ figures: { meter } }: { figures: MeterFigures }) {
  return (
    <section className="meter" aria-labelledby={`meter-${meter.slug}`} aria-busy="true">
      <header>
        <h2 id={`meter-${meter.slug}`}>{meter.name}</h2>
        <span className="figure mut" data-testid={`meter-total-${meter.slug}`} data-exact="">
          <span className="u">reading…</span>
        </span>
      </header>
      <Skeleton height={184} />
    </section>
  )
}

/** Meters without usage in the period: named, so that nobody looks for them, and no more. */
export function QuietMeters({ meters }: { meters: MeterFigures[] }) {
  if (meters.length === 0) return null
  return (
    <section aria-labelledby="quiet">
      <div className="tophead">
        <h2 className="q" id="quiet">
          Nothing in this period
        </h2>
      </div>
      <ul className="quiet">
        {meters.map(({ meter, total }) => (
          <li key={meter.slug}>
            <span>{meter.name}</span>
            <span className="num mut" data-testid={`meter-total-${meter.slug}`} data-exact={total ?? ''}>
              {total === null ? 'no value' : `${total} `}
              {total === null ? null : <span className="un">{formatUnit(meter.unit, total)}</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
