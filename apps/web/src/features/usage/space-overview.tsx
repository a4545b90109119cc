'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue } from 'react'
import { RegionState, Skeleton } from '../../components/ui/region-state.tsx'
import { columnDigits, formatDifference, formatPercent, formatQuantity, formatUnit } from '../../format.ts'
import { ChartPlot } from '../chart/chart-plot.tsx'
import { ChartTable } from '../chart/chart-table.tsx'
import { StateKey } from '../chart/state-key.tsx'
import { FrameBar } from '../frame/frame-bar.tsx'
import { useFrame } from '../frame/frame-context.tsx'
import { FreshnessBanner } from '../live/freshness-chip.tsx'
import { useLive } from '../live/live-provider.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { apiForms } from './api-forms.ts'
import { AppsTable } from './apps-table.tsx'
import { spaceModel } from './chart-models.ts'
import { DataHealth } from './data-health.tsx'
import { ExactLine, FigureTotal } from './figure-total.tsx'
import { filterChoices } from './filter-choices.ts'
import { FilterRow } from './filter-row.tsx'
import { previousWords, spaceFinding } from './finding.ts'
import { usePageAddress } from './page-address.tsx'
import { PageBar } from './page-bar.tsx'
import { StaleNotice, UnreadUsage } from './unread-usage.tsx'
import type { SpaceUsageView } from './usage-view.ts'
import { BySwitch, ViewSwitch } from './view-switch.tsx'
import { WhatChanged } from './what-changed.tsx'

const ROLL_MS = 15_000

/** The developer space: one meter over all its apps. */
export function SpaceOverview({ name }: { name: string }) {
  const { space, address, question } = usePageAddress()
  const trpc = useTRPC()
  const { isPaused } = useLive()
  const query = useQuery(
    trpc.spaceUsage.queryOptions(
      { space, address: question },
      { placeholderData: keepPreviousData, refetchInterval: isPaused || address.asOf ? false : ROLL_MS },
    ),
  )
  const view = useDeferredValue(query.data)
  const { apps } = useFrame()
  const choices = filterChoices({ apps, environments: view?.environments ?? [] })
  const forms = view ? apiForms({ meter: view.meter.slug, period: view.period, address }) : []
  return (
    <>
      <FrameBar>
        <PageBar period={view?.period ?? null} filters={choices} forms={forms} canFreeze />
      </FrameBar>
      {view ? (
        <FilterRow
          period={view.period}
          choices={choices}
          environments={view.environments}
          environment={view.environment}
          meters={{ all: view.meters, current: view.meter }}
        />
      ) : null}
      <main id="main" tabIndex={-1}>
        <h1 className="vh">Overview of {name}</h1>
        {address.asOf ? null : <FreshnessBanner space={space} zone={view?.period.zone ?? 'UTC'} />}
        {query.isError && view ? <StaleNotice onRetry={() => query.refetch()} /> : null}
        {view ? (
          <Answers view={view} isStale={query.isError || query.isPlaceholderData} />
        ) : query.isError ? (
          <UnreadUsage name={name} error={query.error} onRetry={() => query.refetch()} />
        ) : (
          <AnswersSkeleton />
        )}
      </main>
    </>
  )
}

function Answers({ view, isStale }: { view: SpaceUsageView; isStale: boolean }) {
  const { address } = usePageAddress()
  const model = spaceModel(view, address.by.includes('app') ? 'app' : 'all')
  if (view.apps.length === 0) return <NoApps />
  return (
    <div className={isStale ? 'stale' : undefined}>
      <div className="answers">
        <div>
          <div className="lead">
            <section aria-labelledby="answer-used">
              <h2 className="q" id="answer-used">
                {view.meter.name}
              </h2>
              <FigureTotal
                className="big"
                testId="space-total"
                total={view.consolidated.total}
                unit={view.meter.unit}
              />
              <ExactLine total={view.consolidated.total} state={totalState(view)} />
            </section>
            <Compared view={view} />
          </div>
          <figure className="fig">
            <figcaption>{spaceFinding(view)}</figcaption>
            <div className="figtools">
              <BySwitch />
              <ViewSwitch />
            </div>
            {address.view === 'table' ? <ChartTable model={model} /> : <ChartPlot model={model} kind="large" />}
            {address.view === 'table' ? null : <StateKey windows={view.windows} form={model.form} />}
          </figure>
        </div>
        <div className="rail">
          <WhatChanged view={view} />
          {address.asOf ? null : <DataHealth zone={view.period.zone} />}
        </div>
      </div>
      <div className="tophead">
        <h2 className="q">Apps</h2>
        <span className="sub">change against the same elapsed time before, {previousWords(view.period)}</span>
      </div>
      <AppsTable view={view} />
    </div>
  )
}

function Compared({ view }: { view: SpaceUsageView }) {
  const { previous, change } = view.consolidated
  return (
    <section aria-labelledby="answer-before">
      <h2 className="q" id="answer-before">
        Same elapsed time before
      </h2>
      <p className="mid">
        {previous === null ? <span className="mut">no value</span> : formatQuantity(previous)}
        <span className="u">
          <span className="un">{formatUnit(view.meter.unit, previous)}</span>, {previousWords(view.period)}
        </span>
      </p>
      <p className="sub">
        {change ? (
          <>
            <b>{formatDifference(change.absolute, columnDigits([change.absolute]))}</b>
            {change.percent === null ? '' : `, ${formatPercent(change.percent, true)}`}
          </>
        ) : (
          'nothing to compare'
        )}
      </p>
    </section>
  )
}

/** The total is as final as the least final of its windows. */
function totalState({ windows, meter }: SpaceUsageView): string {
  const states = new Set(windows.map(({ state }) => state))
  const how = meter.isAdditive ? 'all apps' : 'all apps together, each one counted once'
  const words = meter.aggregation === 'UNIQUE_COUNT' ? how : meter.isAdditive ? how : 'over all apps'
  if (states.has('unavailable')) return `${words}; some of it is not counted yet`
  return `${words}; ${states.has('open') || states.has('settling') ? 'may still change' : 'final'}`
}

function NoApps() {
  return (
    <RegionState title="No apps to show" height={320}>
      <p>This space has no app that you may see. An admin of the space can give you one.</p>
    </RegionState>
  )
}

function AnswersSkeleton() {
  return (
    <div className="answers" role="status" aria-label="Reading usage">
      <div>
        <Skeleton height={78} width={320} />
        <div style={{ height: 20 }} />
        <Skeleton height={380} />
      </div>
      <div className="rail">
        <Skeleton height={180} />
        <div style={{ height: 24 }} />
        <Skeleton height={120} />
      </div>
    </div>
  )
}
