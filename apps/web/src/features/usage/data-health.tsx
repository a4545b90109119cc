'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Glyph } from '../../components/ui/glyph.tsx'
import { Skeleton } from '../../components/ui/region-state.tsx'
import { formatClock, formatCount, formatDuration, formatReason } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { ReconciledBadge } from '../ledger/reconciled-badge.tsx'
import { LATE_MS } from '../live/freshness.ts'
import { useTRPC } from '../portal/trpc.ts'
import { usePageAddress } from './page-address.tsx'
import type { HealthView } from './usage-view.ts'

const POLL_MS = 30_000

/** Where every event of today ended: counted, known already, or held back and why. */
export function DataHealth({ zone }: { zone: string }) {
  const { space, address } = usePageAddress()
  const trpc = useTRPC()
  const health = useQuery(trpc.spaceHealth.queryOptions({ space, zone: address.zone }, { refetchInterval: POLL_MS }))
  const freshness = useQuery(trpc.freshness.queryOptions({ space }))
  const isLate = (freshness.data?.lagMs ?? 0) > LATE_MS
  const isHeld = health.data !== undefined && health.data.quarantined.total !== '0'
  return (
    <section aria-labelledby="data-health">
      <h2 className="q" id="data-health">
        Is the data healthy
        {health.data && freshness.data ? <Verdict isLate={isLate} isHeld={isHeld} /> : null}
      </h2>
      {health.data ? (
        <dl className="health">
          {freshness.data ? (
            <Fact isGood={!isLate} term="Fresh">
              through {formatClock(freshness.data.through, zone)}
              {isLate ? `, ${formatDuration(freshness.data.lagMs)} behind` : ''}
            </Fact>
          ) : null}
          <Facts health={health.data} />
        </dl>
      ) : health.isError ? (
        <p className="sub">
          Could not be read.{' '}
          <button type="button" className="plain" onClick={() => health.refetch()}>
            Try again
          </button>
        </p>
      ) : (
        <Skeleton height={84} />
      )}
      <p className="agree">
        <ReconciledBadge space={space} zone={zone} />
      </p>
    </section>
  )
}

function Verdict({ isLate, isHeld }: { isLate: boolean; isHeld: boolean }) {
  if (isLate) return <span className="end warn">Late</span>
  return <span className={`end ${isHeld ? 'warn' : 'good'}`}>{isHeld ? 'Yes, one note' : 'Yes'}</span>
}

function Facts({ health }: { health: HealthView }) {
  const isHeld = health.quarantined.total !== '0'
  return (
    <>
      <Fact isGood term="Taken today">
        {formatCount(health.taken)} events, {formatCount(health.counted)} counted
      </Fact>
      <Fact isGood term="Duplicates">
        {health.duplicates === '0' ? 'none' : `${formatCount(health.duplicates)}, counted once`}
      </Fact>
      <Fact isGood={!isHeld} term="Quarantined">
        {isHeld ? <HeldLink count={health.quarantined.total} /> : 'none'}
      </Fact>
      {health.quarantined.reasons.map(({ reason, count }) => (
        <div key={reason} className="why">
          <dt>{formatReason(reason)}</dt>
          <dd>{formatCount(count)}</dd>
        </div>
      ))}
      {health.withdrawn === '0' ? null : (
        <Fact isGood term="Withdrawn">
          {formatCount(health.withdrawn)} cancelled or dismissed, with a reason
        </Fact>
      )}
    </>
  )
}

function HeldLink({ count }: { count: string }) {
  const { space } = usePageAddress()
  const { role } = useFrame()
  const words = `${formatCount(count)} held, not counted`
  if (role === 'viewer') return words
  return (
    <Link className="link" href={`/s/${space}/quarantine`} prefetch={false}>
      {words}
    </Link>
  )
}

function Fact({ isGood, term, children }: { isGood: boolean; term: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>
        <span className={isGood ? 'good' : 'warn'}>
          <Glyph name={isGood ? 'check' : 'warn'} />
        </span>
        {term}
      </dt>
      <dd>{children}</dd>
    </div>
  )
}
