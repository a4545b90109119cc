import { Exact } from '../../components/ui/exact.tsx'
import { formatBilled, formatExact, formatUnit } from '../../format.ts'
import type { EntryView, LineView, StatementView } from './statement-view.ts'
import { tierWords } from './statement-words.ts'

type Part = EntryView['parts'][number]

/** The arithmetic of an entry: what was included, what each tier took, and what a unit of it costs. */
export function EntryParts(props: { entry: EntryView; line: LineView; statement: StatementView }) {
  const { entry, line, statement } = props
  if (entry.parts.length === 0 || entry.amount === null) return null
  return (
    <table className="calc">
      <caption className="vh">How the amount came about</caption>
      <tbody>
        {entry.parts.map((part) => (
          <tr key={`${part.priceBook} ${part.version} ${part.tier} ${part.unitPrice}`}>
            <th scope="row">
              {tierWords(part.tier)}
              <Rate part={part} unit={line.unit} />
            </th>
            <td>
              <Exact text={part.amount} />
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Amount, {statement.currency}</th>
          <td>
            <Exact text={entry.amount} />
          </td>
        </tr>
      </tfoot>
    </table>
  )
}

/** `12.5 GB, in units of 1,000: 0.0125 × 1.005`. A flat fee has no quantity, what is included no price. */
function Rate({ part, unit }: { part: Part; unit: string | null }) {
  const { quantity, units, unitPrice, per } = part
  const isFlat = part.tier.startsWith('flat_')
  return (
    <span className="rate">
      {isFlat ? null : (
        <span title={formatExact(quantity)}>
          {formatBilled(quantity)} <span className="un">{unit === null ? '' : formatUnit(unit, quantity)}</span>
        </span>
      )}
      {units !== '0' && unitPrice !== null ? (
        <>
          {isFlat ? '' : per !== null && per !== '1' ? `, per ${formatExact(per)}: ` : ': '}
          <Exact text={units} /> × <Exact text={unitPrice} />
        </>
      ) : null}
    </span>
  )
}
