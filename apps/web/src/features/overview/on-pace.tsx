import { formatDay, formatMoney, formatRough } from '../../format.ts'
import type { OverviewMonth } from './overview-view.ts'
import { recordWords } from './overview-words.ts'

/** Where the month is heading: a range first, because one number would claim to know. */
export function OnPace({ month }: { month: OverviewMonth }) {
  const { forecast, currency, to, zone } = month
  if (forecast === null) return <BilledBesides month={month} />
  const last = formatDay(new Date(Date.parse(to) - 1).toISOString(), zone)
  const [low, high] = [formatRough(forecast.low, currency), formatRough(forecast.high, currency)]
  return (
    <section aria-labelledby="answer-pace">
      <h2 className="q" id="answer-pace">
        On pace for
      </h2>
      <p className="mid" data-testid="space-pace" data-low={forecast.low} data-high={forecast.high}>
        {low === high ? `about ${low}` : `${low} to ${high}`}
        <span className="u">
          {currency} by {last}, most likely {formatMoney(forecast.likely, currency)}
        </span>
      </p>
      <p className="sub">{recordWords(month)}</p>
    </section>
  )
}

function BilledBesides({ month }: { month: OverviewMonth }) {
  return (
    <section aria-labelledby="answer-month">
      <h2 className="q" id="answer-month">
        This month is over
      </h2>
      <p className="mid">
        {formatMoney(month.usage, month.currency)}
        <span className="u">{month.currency} of usage in it</span>
      </p>
      <p className="sub">
        {month.isIssued ? 'Its statement does not move any more.' : 'Its statement is not closed yet.'}
      </p>
    </section>
  )
}
