'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useDeferredValue } from 'react'
import { NoData } from '../../components/ui/no-data.tsx'
import { Skeleton } from '../../components/ui/region-state.tsx'
import { StateKey } from '../chart/state-key.tsx'
import { FrameBar } from '../frame/frame-bar.tsx'
import { FreshnessBanner } from '../live/freshness-chip.tsx'
import { useLive, useLiveApp } from '../live/live-provider.tsx'
import { AppLife } from '../overview/app-life.tsx'
import { SilenceBanner } from '../overview/silent-apps.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { filterChoices } from './filter-choices.ts'
import { FilterRow } from './filter-row.tsx'
import { MeterPanel, QuietMeters } from './meter-panel.tsx'
import { usePageAddress } from './page-address.tsx'
import { PageBar } from './page-bar.tsx'
import { StaleNotice, UnreadUsage } from './unread-usage.tsx'
import { replaced } from './usage-filter.ts'
import type { AppUsageView, MeterFigures } from './usage-view.ts'
import { ViewSwitch } from './view-switch.tsx'

const ROLL_MS = 15_000
const PENDING_MS = 1_000
const isPending = (figures: MeterFigures) => figures.isPending

/** One app, a chart a meter. Renewed by news; a slow poll besides lets the windows roll on when nothing is sent. */
export function AppUsage({ app, name }: { app: string; name: string }) {
  const { space, address, question } = usePageAddress()
  const trpc = useTRPC()
  const { isPaused } = useLive()
  useLiveApp(app)
  const query = useQuery(
    trpc.appUsage.queryOptions(
      { space, app, address: question },
      {
        placeholderData: keepPreviousData,
        refetchInterval: (query) =>
          query.state.data?.meters.some(isPending) ? PENDING_MS : isPaused || address.asOf ? false : ROLL_MS,
      },
    ),
  )
  const view = useDeferredValue(query.data)
  const choices = filterChoices({ environments: view?.environments ?? [] })
  return (
    <>
      <FrameBar>
        <PageBar period={view?.period ?? null} filters={choices} canFreeze />
      </FrameBar>
      {view ? (
        <FilterRow
          period={view.period}
          choices={choices}
          environments={view.environments}
          environment={view.environment}
        />
      ) : null}
      <main id="main" tabIndex={-1}>
        {address.asOf ? null : <FreshnessBanner space={space} zone={view?.period.zone ?? 'UTC'} />}
        {address.asOf ? null : <SilenceBanner app={app} zone={view?.period.zone ?? 'UTC'} />}
        {query.isError && view ? <StaleNotice onRetry={() => query.refetch()} /> : null}
        {view ? (
          <Meters view={view} isStale={query.isError || query.isPlaceholderData} />
        ) : query.isError ? (
          <UnreadUsage name={name} error={query.error} onRetry={() => query.refetch()} />
        ) : (
          <MetersSkeleton name={name} />
        )}
      </main>
    </>
  )
}

function Meters({ view, isStale }: { view: AppUsageView; isStale: boolean }) {
  const { address } = usePageAddress()
  const busy = view.meters.filter(isBusy)
  const quiet = view.meters.filter((figures) => !isBusy(figures))
  return (
    <div className={isStale ? 'stale' : undefined}>
      <div className="head">
        <h1>
          <i className={`dot b${view.app.series}`} />
          {view.app.name}
        </h1>
        <span className="sub">
          {view.environment ?? 'all environments'}
          {view.app.isArchived ? ', archived' : view.app.isOwned ? '' : ', no longer in this space'}
        </span>
        <span className="end">
          <ViewSwitch />
        </span>
      </div>
      {address.asOf ? null : <AppLife app={view.app.slug} zone={view.period.zone} />}
      <div className="tophead">
        <h2 className="q">Meters</h2>
      </div>
      {busy.length > 0 ? <StateKey windows={view.windows} form="bars" /> : null}
      {busy.length > 0 ? (
        <div className="meters">
          {busy.map((figures) => (
            <MeterPanel
              key={figures.meter.slug}
              view={view}
              figures={figures}
              mode={address.view === 'table' ? 'table' : 'chart'}
            />
          ))}
        </div>
      ) : (
        <NoUsage />
      )}
      <QuietMeters meters={quiet} />
    </div>
  )
}

/** Which of the reasons for emptiness it is. */
function NoUsage() {
  const { address, href } = usePageAddress()
  const others = address.filters.filter(({ dimension }) => dimension === 'environment')
  if (others.length > 0) {
    return (
      <NoData
        reason="filtered"
        action={
          <Link className="link" href={href({ filters: replaced(address.filters, 'environment', null) })}>
            Show all environments
          </Link>
        }
      />
    )
  }
  return (
    <NoData
      reason="no events"
      action={
        <Link
          className="link"
          href={href({ range: '30d', month: undefined, from: undefined, to: undefined, granularity: 'auto' })}
        >
          Show 30 days
        </Link>
      }
    />
  )
}

/** Drawn if anything happened in the period, an unknown window counting as something. */
function isBusy({ meter, total, values, isPending }: MeterFigures): boolean {
  if (!meter.isShown) return false
  return (
    isPending ||
    (total !== null && Number(total) !== 0) ||
    values.some((value) => value !== null && Number(value) !== 0)
  )
}

const SKELETONS = [1, 2, 3, 4, 5, 6]

function MetersSkeleton({ name }: { name: string }) {
  return (
    <>
      <div className="head">
        <h1>{name}</h1>
        <span className="sub">reading…</span>
      </div>
      <div className="meters" style={{ marginTop: 38 }}>
        {SKELETONS.map((key) => (
          <Skeleton key={key} height={216} />
        ))}
      </div>
    </>
  )
}
