'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue } from 'react'
import { Notice } from '../../components/ui/notice.tsx'
import { RegionState, Skeleton } from '../../components/ui/region-state.tsx'
import { ChartPlot } from '../chart/chart-plot.tsx'
import { ChartTable } from '../chart/chart-table.tsx'
import { StateKey } from '../chart/state-key.tsx'
import { FrameBar } from '../frame/frame-bar.tsx'
import { FreshnessBanner } from '../live/freshness-chip.tsx'
import { useLive } from '../live/live-provider.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { DataHealth } from '../usage/data-health.tsx'
import { usePageAddress } from '../usage/page-address.tsx'
import { PageBar } from '../usage/page-bar.tsx'
import { StaleNotice } from '../usage/unread-usage.tsx'
import type { PeriodView } from '../usage/usage-view.ts'
import { BySwitch, ViewSwitch } from '../usage/view-switch.tsx'
import { AtRisk } from './at-risk.tsx'
import { CostChanges } from './cost-changes.tsx'
import { CostTable } from './cost-table.tsx'
import { OnPace } from './on-pace.tsx'
import type { OverviewMonth, OverviewView } from './overview-view.ts'
import { monthFinding, monthModel } from './overview-words.ts'
import { PaceChart } from './pace-chart.tsx'
import { SilentApps } from './silent-apps.tsx'
import { SpentSoFar } from './spent-so-far.tsx'

const ROLL_MS = 20_000
/** What the server had at hand may be of a minute ago: then the newer one, which it is making, is asked for soon. */
const OLD_MS = 30_000
const SOON_MS = 3_000

/** The developer space for who sees its cost: five answers, then its apps. */
export function SpaceMoney({ name }: { name: string }) {
  const { space, address } = usePageAddress()
  const trpc = useTRPC()
  const { isPaused } = useLive()
  const query = useQuery(
    trpc.overview.month.queryOptions(
      { space, month: address.month },
      {
        placeholderData: keepPreviousData,
        refetchInterval: ({ state }) => (isPaused ? false : isOld(state.data) ? SOON_MS : ROLL_MS),
      },
    ),
  )
  const view = useDeferredValue(query.data)
  const period = view?.state === 'ready' ? periodOf(view.month) : null
  return (
    <>
      <FrameBar>
        <PageBar period={period} hasCompare={false} hasZone={false} />
      </FrameBar>
      <main id="main" tabIndex={-1}>
        <h1 className="vh">Overview of {name}</h1>
        <FreshnessBanner space={space} zone={period?.zone ?? 'UTC'} />
        {query.isError && view ? <StaleNotice onRetry={() => query.refetch()} /> : null}
        {view ? (
          <Month view={view} isStale={query.isError || query.isPlaceholderData} onRetry={() => query.refetch()} />
        ) : query.isError ? (
          <RegionState title={`The cost of ${name} could not be read`} height={420}>
            <p>Nothing is lost: this is about showing it. Try again in a moment.</p>
            <button type="button" className="btn line" onClick={() => query.refetch()}>
              Try again
            </button>
          </RegionState>
        ) : (
          <MoneySkeleton />
        )}
      </main>
    </>
  )
}

function isOld(view: OverviewView | undefined): boolean {
  return view?.state === 'ready' && Date.now() - Date.parse(view.month.asOf) > OLD_MS
}

function Month({ view, isStale, onRetry }: { view: OverviewView; isStale: boolean; onRetry: () => void }) {
  if (view.state === 'unavailable') return <NotKnown why={view.why} onRetry={onRetry} />
  const { month } = view
  return (
    <div className={isStale ? 'stale' : undefined}>
      {month.isPriced ? null : (
        <Notice tone="warning" title="This space has no price book">
          Its usage is measured and costs nothing, which is not the same as no usage. Who runs the platform gives it
          one.
        </Notice>
      )}
      <div className="answers">
        <div>
          <div className="lead">
            <SpentSoFar month={month} />
            <OnPace month={month} />
          </div>
          <Drawing month={month} />
        </div>
        <div className="rail">
          <CostChanges month={month} />
          <AtRisk month={month} />
          <DataHealth zone={month.zone} />
          <SilentApps zone={month.zone} />
        </div>
      </div>
      <CostTable month={month} />
    </div>
  )
}

function Drawing({ month }: { month: OverviewMonth }) {
  const { address } = usePageAddress()
  const model = monthModel(month, address.by.includes('app') ? 'app' : 'all')
  return (
    <figure className="fig">
      <figcaption>{monthFinding(month)}</figcaption>
      <div className="figtools">
        <BySwitch />
        <ViewSwitch />
      </div>
      {address.view === 'table' ? (
        <ChartTable model={model} />
      ) : (
        <>
          <PaceChart month={month} model={model} />
          <ChartPlot model={model} kind="band" />
          <StateKey windows={model.windows} form={model.form} />
        </>
      )}
    </figure>
  )
}

/** Money that cannot be told is not zero. */
function NotKnown({ why, onRetry }: { why: 'rebuilding' | 'repricing' | 'behind'; onRetry: () => void }) {
  return (
    <RegionState title="What was spent cannot be told right now" height={420}>
      <p>
        {why === 'rebuilding'
          ? 'Usage is being counted anew from what was received. Nothing is lost; figures come back by themselves.'
          : 'More usage came than is priced yet. Nothing is lost; figures come back by themselves.'}
      </p>
      <button type="button" className="btn line" onClick={onRetry}>
        Look again
      </button>
    </RegionState>
  )
}

/** Cost is by the billing zone's clock: a display zone would cut days that no price knows. */
function periodOf(month: OverviewMonth): PeriodView {
  return {
    from: month.from,
    to: month.to,
    zone: month.zone,
    billingZone: month.zone,
    granularity: 'day',
    granularities: ['day'],
    asOf: month.asOf,
    compare: 'prev',
    previous: { from: month.before.from, to: month.before.to },
  }
}

function MoneySkeleton() {
  return (
    <div className="answers" role="status" aria-label="Reading cost">
      <div>
        <Skeleton height={78} width={320} />
        <div style={{ height: 20 }} />
        <Skeleton height={470} />
      </div>
      <div className="rail">
        <Skeleton height={180} />
        <div style={{ height: 24 }} />
        <Skeleton height={220} />
      </div>
    </div>
  )
}
