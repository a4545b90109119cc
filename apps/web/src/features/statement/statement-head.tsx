import Link from 'next/link'
import { Exact } from '../../components/ui/exact.tsx'
import { formatMoment, formatMoneyChange, formatMonth, formatPayable, formatRange, formatZone } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { StateMark } from './state-mark.tsx'
import { statementPath } from './statement-address.ts'
import type { StatementView } from './statement-view.ts'
import { isProvisional, STATE_SENTENCES } from './statement-words.ts'

/** Which month, how far it is, and what it comes to; then the sentence that says what the figure is. */
export function StatementHead({ statement }: { statement: StatementView }) {
  const { space } = useFrame()
  const { period, zone, state, total, currency, exactTotal, rounding, closedAt, settledUntil } = statement
  const count = statement.lines.filter(({ kind }) => kind !== 'rounding').length
  const range = formatRange({ from: period.start, to: period.end }, zone)
  return (
    <>
      <div className="head">
        <h1>{formatMonth(period.start, zone)} statement</h1>
        <StateMark state={state} />
        {closedAt === null ? null : <span className="sub">issued {formatMoment(closedAt, zone)}</span>}
        <span className="end sub">
          {range}, {formatZone(zone)} · {space.name} · {statement.id}
        </span>
      </div>
      <div className="row3">
        <p className="big" data-testid="statement-total" data-exact={total} title={`${total} ${currency}`}>
          {formatPayable(total, currency)}
          <span className="u">
            {currency} {isProvisional(state) ? 'so far, provisional' : 'payable'}
          </span>
        </p>
        <p className="sub said">
          Sum of {count === 1 ? '1 line' : `${count} lines`}, exact <Exact text={exactTotal} />, rounding{' '}
          <Exact text={rounding} />
          <br />
          {STATE_SENTENCES[state]}
          {isProvisional(state) && settledUntil ? ` Settled until ${formatMoment(settledUntil, zone)}.` : ''}
          <CorrectedBy statement={statement} />
        </p>
      </div>
    </>
  )
}

/** Where corrections of this month stand, and what they come to. */
function CorrectedBy({ statement: { correctedBy, currency } }: { statement: StatementView }) {
  const { space } = useFrame()
  return correctedBy.map(({ id, amount }) => (
    <span key={id}>
      {' '}
      <span className="amend num" title={`${amount} ${currency}`}>
        {formatMoneyChange(amount, currency)}
      </span>{' '}
      on{' '}
      <Link className="link" href={statementPath(space.slug, id)} prefetch={false}>
        {id}
      </Link>
      .
    </span>
  ))
}
