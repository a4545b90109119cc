'use client'
import Link from 'next/link'
import { formatClock, formatDate, formatZone } from '../../format.ts'
import { usePageAddress } from './page-address.tsx'
import type { PeriodView } from './usage-view.ts'

/** In place of freshness: when the view was frozen, and the way to what is now. */
export function FrozenMark({ period }: { period: PeriodView | null }) {
  const { href } = usePageAddress()
  return (
    <>
      <span className="fresh frozen" role="note">
        <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
          <path d="M5 .8V9.2M1.4 2.9 8.6 7.1M8.6 2.9 1.4 7.1" fill="none" stroke="currentColor" strokeWidth="1.2" />
        </svg>
        {period
          ? `Frozen ${formatDate(period.asOf, period.zone)}, ${formatClock(period.asOf, period.zone)}`
          : 'Frozen view'}
        <span className="vh">
          {period ? `, ${formatZone(period.zone)}` : ''}. Figures and names as they were then; what came later is not in
          them.
        </span>
      </span>
      <span className="rule" />
      <Link className="btn" href={href({ asOf: undefined })} prefetch={false}>
        Show live
      </Link>
    </>
  )
}
