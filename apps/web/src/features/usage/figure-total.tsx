import { Exact } from '../../components/ui/exact.tsx'
import { formatQuantity } from '../../format.ts'
import { UnitLink } from '../meters/unit-link.tsx'
import type { Quantity } from './usage-view.ts'

/** A total, short to read and exact to the last digit beneath (on hover, and for machines in `data-exact`). */
export function FigureTotal(props: {
  className: string
  testId: string
  total: Quantity
  unit: string
  /** its slug: the unit leads to what it means */
  meter?: string
  note?: string
}) {
  const { total, unit } = props
  return (
    <p
      className={props.className}
      data-testid={props.testId}
      data-exact={total ?? ''}
      title={total === null ? undefined : `${total} ${unit}`}
    >
      {total === null ? <span className="mut">no value</span> : formatQuantity(total)}
      <span className="u">
        <UnitLink name={props.meter ?? null} unit={unit} quantity={total} />
        {props.note ? `, ${props.note}` : ''}
      </span>
    </p>
  )
}

/** The exact figure, when the headline had to round it. */
export function ExactLine({ total, state }: { total: Quantity; state: string }) {
  const isRounded = total !== null && formatQuantity(total).replaceAll(',', '') !== total
  return (
    <p className="sub">
      {isRounded ? (
        <>
          exact <Exact text={total} />,{' '}
        </>
      ) : null}
      {state}
    </p>
  )
}
