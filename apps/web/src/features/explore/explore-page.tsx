'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useDeferredValue } from 'react'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { Skeleton } from '../../components/ui/region-state.tsx'
import { Segments } from '../../components/ui/segments.tsx'
import { formatGranularity, formatMoment, formatMoney, formatMonth } from '../../format.ts'
import { ChartPlot } from '../chart/chart-plot.tsx'
import { ChartTable } from '../chart/chart-table.tsx'
import { StateKey } from '../chart/state-key.tsx'
import { FrameBar } from '../frame/frame-bar.tsx'
import { FreshnessBanner } from '../live/freshness-chip.tsx'
import { useLive } from '../live/live-provider.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { apiForms } from '../usage/api-forms.ts'
import type { CopyForm } from '../usage/copy-link.tsx'
import { ExactLine } from '../usage/figure-total.tsx'
import { usePageAddress } from '../usage/page-address.tsx'
import { PageBar } from '../usage/page-bar.tsx'
import { StaleNotice, UnreadUsage } from '../usage/unread-usage.tsx'
import { CHART_FORMS, type ViewAddress } from '../usage/view-address.ts'
import { drillWindow } from './drill.ts'
import { Explained } from './explained.tsx'
import { choicesOf, ExploreFilters } from './explore-filters.tsx'
import { exploreFile, exploreForms } from './explore-forms.ts'
import { exploreModel, tableModel, titleOf } from './explore-model.ts'
import { ExploreTable } from './explore-table.tsx'
import type { ExploreKind, ExploreView, ExploreWindow } from './explore-view.ts'
import { besideTotal, bucketNote, exploreFinding, stateLine, totalWords, unitWords } from './explore-words.ts'

const ROLL_MS = 15_000

/** The explorer of a space: of one meter's usage, or of its money. */
export function ExplorePage({ kind, name }: { kind: ExploreKind; name: string }) {
  const { space, address, question } = usePageAddress()
  const trpc = useTRPC()
  const { isPaused } = useLive()
  // of a frozen state there is nothing newer
  const isStill = isPaused || address.asOf !== undefined
  const options = { placeholderData: keepPreviousData, refetchInterval: isStill ? (false as const) : ROLL_MS }
  const asked = { space, address: question }
  const usage = useQuery(trpc.explore.usage.queryOptions(asked, { ...options, enabled: kind === 'usage' }))
  const cost = useQuery(trpc.explore.cost.queryOptions(asked, { ...options, enabled: kind === 'cost' }))
  const query = kind === 'usage' ? usage : cost
  const view = useDeferredValue(query.data)
  return (
    <>
      <FrameBar>
        <PageBar
          period={view?.period ?? null}
          filters={view ? choicesOf(view) : []}
          forms={view ? formsOf(view, { space, address }) : []}
          canFreeze
        />
      </FrameBar>
      {view ? <ExploreFilters view={view} /> : null}
      <main id="main" tabIndex={-1}>
        {address.asOf ? null : <FreshnessBanner space={space} zone={view?.period.zone ?? 'UTC'} />}
        {query.isError && view ? <StaleNotice onRetry={() => query.refetch()} /> : null}
        {view ? (
          <Answer view={view} isStale={query.isError || query.isPlaceholderData} />
        ) : query.isError ? (
          <UnreadUsage name={name} error={query.error} onRetry={() => query.refetch()} />
        ) : (
          <div role="status" aria-label="Reading">
            <Skeleton height={78} width={320} />
            <div style={{ height: 20 }} />
            <Skeleton height={640} />
          </div>
        )}
      </main>
    </>
  )
}

function Answer({ view, isStale }: { view: ExploreView; isStale: boolean }) {
  const { address, href, go, space } = usePageAddress()
  const model = exploreModel(view, address)
  const beside = besideTotal(view)
  const views = (['both', 'chart', 'table'] as const).map((mode) => ({
    key: mode,
    label: mode === 'both' ? 'Both' : mode === 'chart' ? 'Chart' : 'Table',
    href: href({ view: mode }),
    isCurrent: address.view === mode,
  }))
  const forms = CHART_FORMS.map((form) => ({
    key: form,
    label: form === 'lines' ? 'Lines' : 'Stacked',
    href: href({ form }),
    isCurrent: (model.form === 'bars') === (form === 'stacked'),
  }))
  const pick = (index: number) => {
    const window = view.windows[index]
    if (window && window.state !== 'ahead') go(href(drillWindow(window, view.period)))
  }
  const isEmpty = view.rows.length === 0 && (view.total.total === null || Number(view.total.total) === 0)
  return (
    <div className={isStale ? 'stale' : undefined}>
      <div className="head">
        <h1>{titleOf(view)}</h1>
        {view.meter?.description ? <span className="sub">{view.meter.description}</span> : null}
        <span className="end">
          <Segments name="View" options={views} />
        </span>
      </div>
      <div className="row3">
        <p
          className="big"
          data-testid="explore-total"
          data-exact={view.total.total ?? ''}
          title={view.total.total ?? ''}
        >
          {totalWords(view)}
          <span className="u">
            <span className="un">{unitWords(view)}</span>
          </span>
        </p>
        {view.kind === 'usage' && view.total.money && view.currency ? (
          <p className="mid" title={view.total.money.net}>
            {formatMoney(view.total.money.net, view.currency)}
            <span className="u">{beside}</span>
          </p>
        ) : beside ? (
          <p className="said">{beside}</p>
        ) : null}
      </div>
      <ExactLine total={view.total.total} state={stateLine(view)} />
      {view.refused ? <Refused view={view} refused={view.refused} /> : null}
      {isEmpty ? (
        <Nothing view={view} />
      ) : (
        <div className={view.explained ? 'answers' : undefined}>
          <div>
            {address.view === 'table' ? null : (
              <figure className="fig">
                <figcaption>{exploreFinding(view)}</figcaption>
                <div className="figtools">
                  {view.isAdditive ? <Segments name="Chart form" options={forms} /> : <span />}
                  <StateKey windows={view.windows} form={model.form} />
                </div>
                <ChartPlot model={model} kind="large" onPick={pick} />
                <Marks view={view} />
              </figure>
            )}
          </div>
          {view.explained ? (
            <div className="rail">
              <Explained view={view} />
              <Terms view={view} />
            </div>
          ) : null}
        </div>
      )}
      {address.view === 'chart' || isEmpty ? null : <ExploreTable view={view} />}
      {address.view === 'table' && !isEmpty ? <Buckets view={view} /> : null}
      <Foot view={view} space={space} />
    </div>
  )
}

function Refused({ view, refused }: { view: ExploreView; refused: NonNullable<ExploreView['refused']> }) {
  const { href } = usePageAddress()
  return (
    <p className="notice" role="status">
      <span>
        A figure for {formatGranularity(refused.granularity)} does not fit this range; it is shown{' '}
        {formatGranularity(view.period.granularity).replace('a ', 'by ').replace('an ', 'by ')}.{' '}
        <Link className="link" href={href({ granularity: refused.nearest })} prefetch={false} scroll={false}>
          Show {formatGranularity(refused.nearest).replace('a ', 'by ').replace('an ', 'by ')}
        </Link>
      </span>
    </p>
  )
}

/** Which of the reasons there is nothing, and the way out. */
function Nothing({ view }: { view: ExploreView }) {
  const { address, href, space } = usePageAddress()
  if (address.filters.length > 0) {
    return (
      <EmptyState
        title="Nothing passes these filters"
        height={320}
        action={
          <Link className="btn line" href={href({ filters: [] })} prefetch={false} scroll={false}>
            Remove all filters
          </Link>
        }
      >
        There may be usage in this period that they leave out.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      title={view.kind === 'cost' ? 'Nothing was charged in this period' : 'Nothing was used in this period'}
      height={320}
      action={
        <Link className="btn line" href={`/s/${space}/keys`} prefetch={false}>
          Keys and sending events
        </Link>
      }
    >
      Choose another period, or send the first event.
    </EmptyState>
  )
}

/** By what else this view can be had: with a key its meter alone, with a session all of it. */
function formsOf(view: ExploreView, of: { space: string; address: ViewAddress }): CopyForm[] {
  const { meter, period } = view
  const ofMeter = meter ? apiForms({ meter: meter.slug, period, address: of.address }) : []
  return [...ofMeter, ...exploreForms(view, of)]
}

/** By time, newest first, each bucket with its state, and a way into it. */
function Buckets({ view }: { view: ExploreView }) {
  const { address, href } = usePageAddress()
  const { windows, kind, unit, period } = view
  const at = (index: number) => windows[index] as ExploreWindow
  return (
    <ChartTable
      model={tableModel(view, address)}
      linkOf={(index) => href(drillWindow(at(index), period))}
      noteOf={(index) => bucketNote(at(index), view)}
      {...(kind === 'cost' && { figureOf: (text: string) => formatMoney(text, unit) })}
    />
  )
}

/** What the lines across the drawing are. */
function Marks({ view }: { view: ExploreView }) {
  if (view.marks.length === 0) return null
  return (
    <ul className="quiet" aria-label="Prices and billing months that begin in this period">
      {view.marks.map(({ at, kind, text }) => (
        <li key={`${at} ${text}`}>
          <b>{kind === 'price' ? 'Price' : 'Month'}</b> from {formatMoment(at, view.period.zone)}: {text}
        </li>
      ))}
    </ul>
  )
}

/** What belongs to whole statements and to no bucket. */
function Terms({ view }: { view: ExploreView }) {
  if (view.terms.length === 0) return null
  return (
    <section aria-labelledby="terms">
      <h2 className="q" id="terms">
        On the statement besides
      </h2>
      <dl className="kv">
        {view.terms.map(({ month, kind, text, amount, isExpected }) => (
          <div key={`${month} ${kind} ${text}`} style={{ display: 'contents' }}>
            <dt>
              {text}, {formatMonth(month, view.period.billingZone)}
              {isExpected ? ', expected' : ''}
            </dt>
            <dd title={`${amount} ${view.unit}`}>{formatMoney(amount, view.unit)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function Foot({ view, space }: { view: ExploreView; space: string }) {
  const { address, href } = usePageAddress()
  const query = href({}).split('?')[1] ?? ''
  const events = `/s/${space}/events${query ? `?${query}` : ''}`
  const file = (format: 'csv' | 'json') => exploreFile(view, { space, address, format })
  return (
    <p className="sub foot">
      Included is per app and month, never pooled; environments share it in the order of their hours.{' '}
      <Link className="link" href={events} prefetch={false}>
        Events
      </Link>
      {' · This view as '}
      <a className="link" href={file('csv')} download>
        CSV
      </a>
      {', '}
      <a className="link" href={file('json')}>
        JSON
      </a>
      {address.zone === undefined ? null : ` · Billing zone ${view.period.billingZone}`}
    </p>
  )
}
