import { AllowanceBar } from './allowance-bar.tsx'
import type { OverviewMonth } from './overview-view.ts'

const ROWS_MAX = 5

/** Allowances that run out before the month does, the soonest first. */
export function AtRisk({ month }: { month: OverviewMonth }) {
  const { allowances, isOver } = month
  const ending = allowances.filter(({ runsOutAt }) => runsOutAt !== null)
  const usedUp = allowances.filter(({ usedUpAt }) => usedUpAt !== null).length
  if (isOver) return null
  return (
    <section aria-labelledby="at-risk">
      <h2 className="q" id="at-risk">
        What is at risk
        <span className="end">{ending.length === 0 ? 'nothing more' : `${ending.length} before the month ends`}</span>
      </h2>
      {ending.length === 0 ? (
        <p className="sub">
          {allowances.length === 0
            ? 'Nothing used here has an allowance.'
            : 'At the present rate no other allowance runs out before the month ends.'}
        </p>
      ) : (
        <ul className="risk">
          {ending.slice(0, ROWS_MAX).map((use) => (
            <li key={`${use.app.id} ${use.capability}`}>
              <AllowanceBar use={use} month={month} isNamed />
            </li>
          ))}
        </ul>
      )}
      {ending.length > ROWS_MAX ? (
        <p className="sub">and {ending.length - ROWS_MAX} more, on the pages of their apps</p>
      ) : null}
      {usedUp > 0 ? (
        <p className="sub">
          {usedUp} of {allowances.length} allowances {usedUp === 1 ? 'is' : 'are'} used up: the triangles above.
        </p>
      ) : null}
    </section>
  )
}
