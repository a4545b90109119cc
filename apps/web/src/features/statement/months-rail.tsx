import Link from 'next/link'
import { formatMonth, formatPayable } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { StateMark } from './state-mark.tsx'
import { statementPath, statementsPath } from './statement-address.ts'
import type { MonthView } from './statement-view.ts'

const MONTHS_MAX = 6

/** The other months, within reach. */
export function MonthsRail({ months, id }: { months: MonthView[] | null; id: string }) {
  const { space } = useFrame()
  if (!months) return null
  const latest = months.toSorted((a, b) => (a.period.start < b.period.start ? 1 : -1)).slice(0, MONTHS_MAX)
  return (
    <section className="others" aria-labelledby="others">
      <h2 className="q" id="others">
        Months
        <Link className="end link" href={statementsPath(space.slug)} prefetch={false}>
          All
        </Link>
      </h2>
      {months.length === 0 ? <p className="sub">The other months could not be read.</p> : null}
      <ul className="periods">
        {latest.map((month) => (
          <li key={month.id}>
            <Link
              href={statementPath(space.slug, month.id)}
              prefetch={false}
              aria-current={month.id === id ? 'page' : undefined}
            >
              <span>{formatMonth(month.period.start, space.billingZone)}</span>
              <StateMark state={month.state} />
              <span className="num">
                {month.total === null ? 'no value' : formatPayable(month.total, month.currency)}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
