'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { RegionState } from '../../components/ui/region-state.tsx'
import { formatMoment, formatMonth, formatPayable } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { ReconciledBadge } from '../ledger/reconciled-badge.tsx'
import { useLive } from '../live/live-provider.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { StaleNotice } from '../usage/unread-usage.tsx'
import { StateMark } from './state-mark.tsx'
import { statementPath } from './statement-address.ts'
import { StatementBar } from './statement-bar.tsx'
import { Reading, Unread } from './statement-regions.tsx'
import type { MonthView } from './statement-view.ts'
import { isProvisional } from './statement-words.ts'

const HEIGHT = 240
const POLL_MS = 30_000

/** Every month of the space, the latest first: how far it is, and what it comes to. */
export function StatementsList() {
  const { space } = useFrame()
  const trpc = useTRPC()
  const { isPaused } = useLive()
  const query = useQuery(
    trpc.statements.list.queryOptions({ space: space.slug }, { refetchInterval: isPaused ? false : POLL_MS }),
  )
  const months = query.data?.months
  return (
    <>
      <StatementBar months={months ?? null} />
      <main id="main" tabIndex={-1}>
        <div className="head">
          <h1>Statements</h1>
          <span className="sub">of {space.name}, one for each month of its billing zone</span>
          <span className="end">
            <ReconciledBadge space={space.slug} zone={space.billingZone} />
          </span>
        </div>
        {query.isError && months ? <StaleNotice onRetry={() => query.refetch()} /> : null}
        {months ? (
          months.length > 0 ? (
            <Months months={months} isStale={query.isError} />
          ) : (
            <RegionState title="No statements yet" height={HEIGHT}>
              <p>
                The first one opens with the first usage that has a price. Connect an app, and it stands here within the
                hour.
              </p>
              <Link className="btn line" href={`/s/${space.slug}/apps`}>
                See the apps
              </Link>
            </RegionState>
          )
        ) : query.isError ? (
          <Unread
            title="The statements could not be read"
            error={query.error}
            height={HEIGHT}
            onRetry={() => query.refetch()}
          />
        ) : (
          <Reading name="statements" height={HEIGHT} />
        )}
      </main>
    </>
  )
}

function Months({ months, isStale }: { months: MonthView[]; isStale: boolean }) {
  const { space } = useFrame()
  const zone = space.billingZone
  const latestFirst = months.toSorted((a, b) => (a.period.start < b.period.start ? 1 : -1))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section className={isStale ? 'tbl stale' : 'tbl'} aria-label="Statements" tabIndex={0}>
      <table className="months">
        <caption className="vh">Statements by month, the latest first</caption>
        <thead>
          <tr>
            <th scope="col" className="l">
              Month
            </th>
            <th scope="col" className="l">
              State
            </th>
            <th scope="col">Total</th>
            <th scope="col" className="u">
              <span className="vh">Currency</span>
            </th>
            <th scope="col" className="l">
              Settled until
            </th>
            <th scope="col" className="l">
              Closed
            </th>
          </tr>
        </thead>
        <tbody>
          {latestFirst.map((month) => (
            <tr key={month.id}>
              <th scope="row" className="l">
                <Link href={statementPath(space.slug, month.id)} prefetch={false}>
                  {formatMonth(month.period.start, zone)}
                </Link>
              </th>
              <td className="l">
                <StateMark state={month.state} />
              </td>
              <Total month={month} />
              <td className="l sec">{month.settledUntil ? formatMoment(month.settledUntil, zone) : 'nothing yet'}</td>
              <td className="l sec">
                {month.closedAt ? formatMoment(month.closedAt, zone) : <span className="mut">not yet</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** Null is "not computed", which is not zero. */
function Total({ month: { total, currency, state } }: { month: MonthView }) {
  if (total === null)
    return (
      <>
        <td className="mut">no value</td>
        <td className="u" />
      </>
    )
  return (
    <>
      <td className="m" title={`${total} ${currency}`}>
        {formatPayable(total, currency)}
      </td>
      <td className="u">
        {currency}
        {isProvisional(state) ? ' so far' : ''}
      </td>
    </>
  )
}
