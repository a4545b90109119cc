'use client'
import { useQuery } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import Link from 'next/link'
import { Glyph, PulseGlyph } from '../../components/ui/glyph.tsx'
import { Popup } from '../../components/ui/popup.tsx'
import { formatCount, formatMoment, formatReason } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { useTRPC } from '../portal/trpc.ts'

type Reconciled = inferRouterOutputs<AppRouter>['ledger']['reconciled']

const POLL_MS = 30_000

/**
 * One badge for whether the figures of a space are what was taken: everything is compared with everything all the time. Behind it, what was compared, when,
 * and what is open. For any page within a space: the list of statements, the overview.
 */
export function ReconciledBadge({ space, zone }: { space: string; zone: string }) {
  const trpc = useTRPC()
  const query = useQuery(trpc.ledger.reconciled.queryOptions({ space }, { refetchInterval: POLL_MS }))
  if (query.data === undefined) {
    return <span className="fresh">{query.isError ? 'Reconciliation could not be read' : 'Reading…'}</span>
  }
  const read = query.data
  return (
    <Popup
      className={`fresh ${read.differences > 0 ? 'late' : ''}`}
      align="end"
      title="Do the figures agree"
      trigger={<Words read={read} />}
      content={() => <Proof read={read} space={space} zone={zone} />}
    />
  )
}

function Words({ read: { differences, completedAt } }: { read: Reconciled }) {
  if (differences > 0) {
    return (
      <>
        <Glyph name="warn" />{' '}
        {differences === 1 ? 'One difference open' : `${formatCount(String(differences))} differences open`}
      </>
    )
  }
  return completedAt === null ? (
    <>
      <PulseGlyph isLate /> Being compared for the first time
    </>
  ) : (
    <>
      <span className="good">
        <Glyph name="check" />
      </span>{' '}
      Reconciled, difference 0
    </>
  )
}

function Proof({ read, space, zone }: { read: Reconciled; space: string; zone: string }) {
  return (
    <>
      <p className="sub">
        Journal, usage records, rollups, ledger, statements and files are compared with each other all the time, event
        by event.
      </p>
      <dl className="kv">
        <dt>Differences open</dt>
        <dd>{formatCount(String(read.differences))}</dd>
        {read.incidents.map(({ what, count }) => (
          <div key={what} style={{ display: 'contents' }}>
            <dt>{formatReason(what)}</dt>
            <dd>{formatCount(String(count))}</dd>
          </div>
        ))}
        <dt>Looked at</dt>
        <dd>{read.lookedAt === null ? 'not yet' : formatMoment(read.lookedAt, zone)}</dd>
        <dt>All of it, last</dt>
        <dd>{read.completedAt === null ? 'not yet' : formatMoment(read.completedAt, zone)}</dd>
        <dt>Events in it</dt>
        <dd>{formatCount(read.events)}</dd>
      </dl>
      {read.latestStatement === null ? null : (
        <p className="sub">
          <Link
            className="link"
            href={`/s/${space}/statements/${encodeURIComponent(read.latestStatement)}#proof`}
            prefetch={false}
          >
            The proof of {read.latestStatement}
          </Link>
          , which you can check in your own browser.
        </p>
      )}
    </>
  )
}
