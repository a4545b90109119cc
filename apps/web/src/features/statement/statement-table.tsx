import { Exact } from '../../components/ui/exact.tsx'
import { RegionState } from '../../components/ui/region-state.tsx'
import { formatBilled, formatExact, formatMoney, formatMoneyChange, formatMonth, formatPayable } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { UnitLink } from '../meters/unit-link.tsx'
import { groupLines, type LineGroup } from './line-groups.ts'
import { PlaceLink } from './place-link.tsx'
import { statementPath, writeOpened } from './statement-address.ts'
import type { LineView, StatementView } from './statement-view.ts'
import { isProvisional } from './statement-words.ts'

/** The link that opened a line, to come back to. */
export const lineAnchor = (line: string) => `line-${line}`

/** The lines by app, each a link to its entries; the sums at the foot, of which rounding is one. */
export function StatementTable({ statement, line }: { statement: StatementView; line: string | null }) {
  const { space } = useFrame()
  const { currency, state, lines } = statement
  const rounding = lines.find(({ kind }) => kind === 'rounding')
  if (lines.length === 0) return <NoLines state={state} />
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section className="tbl lines" aria-label="Lines" tabIndex={0}>
      <table>
        <caption className="vh">Lines of the statement, by app</caption>
        <thead>
          <tr>
            <th scope="col" className="l">
              App, capability
            </th>
            <th scope="col">Quantity</th>
            <th scope="col" className="u">
              <span className="vh">Unit</span>
            </th>
            <th scope="col">Exact</th>
            <th scope="col">Amount, {currency}</th>
          </tr>
        </thead>
        {groupLines(lines).map((group) => (
          <tbody key={group.key}>
            <GroupHead group={group} statement={statement} />
            {group.lines.map((each) => (
              <Line key={each.id} line={each} statement={statement} isOpen={each.id === line} />
            ))}
          </tbody>
        ))}
        <tfoot>
          <tr>
            <th scope="row" className="l" colSpan={3}>
              Lines, exact
            </th>
            <ExactCell text={statement.exactTotal} />
            <td />
          </tr>
          <tr>
            <th scope="row" className="l" colSpan={3}>
              {rounding && !isProvisional(state) ? (
                <PlaceLink
                  id={lineAnchor(rounding.id)}
                  href={statementPath(space.slug, statement.id) + writeOpened({ line: rounding.id, entry: null })}
                  isCurrent={rounding.id === line}
                >
                  Rounding, once, half to even
                </PlaceLink>
              ) : (
                'Rounding, once, half to even'
              )}
            </th>
            <ExactCell text={statement.rounding} />
            <td />
          </tr>
          <tr className="grand">
            <th scope="row" className="l" colSpan={4}>
              {isProvisional(state) ? 'So far, provisional' : 'Payable'}
            </th>
            <td title={`${statement.total} ${currency}`}>{formatPayable(statement.total, currency)}</td>
          </tr>
        </tfoot>
      </table>
      <p className="sub">Amounts are shown to the smallest unit of {currency}; what is added up is the exact column.</p>
    </section>
  )
}

function GroupHead({ group, statement }: { group: LineGroup; statement: StatementView }) {
  const { zone, currency } = statement
  const { apps } = useFrame()
  const app = group.kind === 'app' ? apps.find(({ slug }) => slug === group.of) : undefined
  const sum = group.kind === 'app' ? (statement.apps.find((each) => each.app === group.of)?.amount ?? null) : null
  return (
    <tr className={group.kind === 'correction' ? 'grp am' : 'grp'}>
      <th scope="rowgroup" className="l" colSpan={sum === null ? 5 : 3}>
        {group.kind === 'app' ? <i className={`dot b${app?.series ?? 8}`} /> : null}
        {group.kind === 'app'
          ? (group.lines[0]?.appName ?? group.of)
          : group.kind === 'correction'
            ? `Corrections of ${group.of === null ? 'earlier months' : formatMonth(group.of, zone)}`
            : 'As agreed'}
      </th>
      {sum === null ? null : (
        <>
          <ExactCell text={sum} />
          <td title={`${sum} ${currency}`}>{formatMoney(sum, currency)}</td>
        </>
      )}
    </tr>
  )
}

function Line({ line, statement, isOpen }: { line: LineView; statement: StatementView; isOpen: boolean }) {
  const { space } = useFrame()
  const { currency, id } = statement
  const isChange = line.kind === 'correction' || line.kind === 'discount' || line.kind === 'credit'
  const amount = isChange ? formatMoneyChange(line.amount, currency) : formatMoney(line.amount, currency)
  const classes = ['ln', line.kind === 'correction' ? 'am' : '', isOpen ? 'at' : ''].filter(Boolean).join(' ')
  return (
    <tr className={classes}>
      <th scope="row" className="l">
        <PlaceLink
          id={lineAnchor(line.id)}
          href={statementPath(space.slug, id) + writeOpened({ line: line.id, entry: null })}
          isCurrent={isOpen}
        >
          {line.kind === 'correction' ? `${line.appName}: ` : ''}
          {line.capabilityName ?? line.description}
        </PlaceLink>
        {line.exempt ? <span className="tag">exempt</span> : null}
      </th>
      {line.quantity === null || line.unit === null ? (
        <>
          <td />
          <td className="u" />
        </>
      ) : (
        <>
          <td title={`${formatExact(line.quantity)} ${line.unit}`}>{formatBilled(line.quantity)}</td>
          <td className="u">
            <UnitLink name={line.capability} unit={line.unit} quantity={line.quantity} />
          </td>
        </>
      )}
      <ExactCell text={line.amount} />
      <td title={`${line.amount} ${currency}`}>{amount}</td>
    </tr>
  )
}

/** Every digit is there to be copied; a third is cut by the width of its column. */
function ExactCell({ text }: { text: string }) {
  return (
    <td className="sec" title={text}>
      <span className="cut">
        <Exact text={text} isWhole />
      </span>
    </td>
  )
}

function NoLines({ state }: { state: StatementView['state'] }) {
  return (
    <RegionState title="No lines" height={240}>
      <p>
        {isProvisional(state)
          ? 'No usage with a price has been settled for this month yet. A window is settled some two days after it ended.'
          : 'Nothing was used in this month that has a price.'}
      </p>
    </RegionState>
  )
}
