import Link from 'next/link'
import { Exact } from '../../components/ui/exact.tsx'
import { formatDay, formatMoney } from '../../format.ts'
import { usePageAddress } from '../usage/page-address.tsx'
import type { OverviewMonth } from './overview-view.ts'

const LATE_MS = 48 * 3_600_000

/** The headline: what the month has cost by now, short to read and exact beside it. */
export function SpentSoFar({ month }: { month: OverviewMonth }) {
  const { space } = usePageAddress()
  const { spent, currency, isOver, isIssued, statement, to, zone } = month
  const until = formatDay(new Date(Date.parse(to) + LATE_MS).toISOString(), zone)
  return (
    <section aria-labelledby="answer-spent">
      <h2 className="q" id="answer-spent">
        {isOver ? 'Spent' : 'Spent so far'}
      </h2>
      <p className="big" data-testid="space-spent" data-exact={spent} title={`${spent} ${currency}`}>
        {formatMoney(spent, currency)}
        <span className="u">{currency}</span>
      </p>
      <p className="sub">
        exact <Exact text={spent} />,{' '}
        {isIssued ? (
          <>
            closed,{' '}
            <Link className="link" href={`/s/${space}/statements/${statement}`} prefetch={false}>
              statement
            </Link>
          </>
        ) : (
          `provisional until ${until}`
        )}
      </p>
    </section>
  )
}
