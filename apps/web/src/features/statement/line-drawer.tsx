'use client'
import { Exact } from '../../components/ui/exact.tsx'
import { Glyph } from '../../components/ui/glyph.tsx'
import { formatMonth, formatUnit } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { LineEntries } from './line-entries.tsx'
import { PlaceLink } from './place-link.tsx'
import { lineEvidence, statementPath } from './statement-address.ts'
import type { LineView, MonthView, StatementView } from './statement-view.ts'

/** Takes the focus when a line is opened. */
export const LINE_HEADING = 'line-heading'

/**
 * What a line is made of. It stands beside the statement where there is room, and instead of it where there is not: never over it, so that
 * nothing has to be trapped. Escape closes it.
 */
export function LineDrawer(props: {
  statement: StatementView
  line: LineView
  entry: string | null
  months: MonthView[] | null
}) {
  const { statement, line } = props
  const { space } = useFrame()
  const closed = statementPath(space.slug, statement.id)
  return (
    <aside
      className="drawer"
      aria-labelledby={LINE_HEADING}
      onKeyDown={(event) => {
        if (event.key === 'Escape') window.history.pushState(null, '', closed)
      }}
    >
      <header>
        <h2 id={LINE_HEADING} tabIndex={-1}>
          {line.capabilityName ?? line.description}
        </h2>
        <PlaceLink className="btn sq" href={closed} label="Close the line">
          <Glyph name="close" />
        </PlaceLink>
      </header>
      <div className="in">
        <p className="crumb">
          {line.appName ?? space.name} / {formatMonth(line.correctionOf ?? statement.period.start, statement.zone)}
          {line.kind === 'correction' ? ', corrected' : ''}
        </p>
        <p className="exactly" title={`${line.amount} ${statement.currency}`}>
          <Exact text={line.amount} isWhole />
          <span className="u">{statement.currency}</span>
        </p>
        {line.quantity === null || line.unit === null ? null : (
          <p className="sub">
            for <Exact text={line.quantity} isWhole />{' '}
            <span className="un">{formatUnit(line.unit, line.quantity)}</span>
            {line.exempt ? ', exempt: shown, and never charged' : ''}
          </p>
        )}
        {line.app === null ? null : (
          <p className="why">
            <a className="btn line" href={lineEvidence(statement.id, line.id)} download>
              Evidence of this line <span className="mut">zip</span>
            </a>
          </p>
        )}
        <LineEntries statement={statement} line={line} entry={props.entry} months={props.months} />
      </div>
    </aside>
  )
}
