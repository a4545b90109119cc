'use client'
import { useQuery } from '@tanstack/react-query'
import { Exact } from '../../components/ui/exact.tsx'
import { Glyph } from '../../components/ui/glyph.tsx'
import { Skeleton } from '../../components/ui/region-state.tsx'
import { formatCount, formatMoment, formatReason } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { useTRPC } from '../portal/trpc.ts'
import type { StatementView } from './statement-view.ts'
import { isProvisional } from './statement-words.ts'

/** From the journal to the files: what each of them holds of the month, side by side. What differs is named, and is not made to agree. */
export function MonthReconciled({ statement }: { statement: StatementView }) {
  const { space } = useFrame()
  const trpc = useTRPC()
  const query = useQuery(trpc.ledger.counts.queryOptions({ space: space.slug, statement: statement.id }))
  const { proof, state, total } = statement
  const open = isProvisional(state)
  const read = query.data
  const differences = read?.incidents.reduce((sum, { count }) => sum + count, 0) ?? null
  const isCounted = read === undefined || read.counts.records === read.counts.rolledUp
  const isEqual = proof.isEqual && differences === 0 && (isCounted || open)
  return (
    <>
      <p className="badge">
        {read === undefined ? null : (
          <span className={isEqual ? 'good' : 'bad'}>
            <Glyph name={isEqual ? 'check' : 'warn'} />
          </span>
        )}
        {query.isError
          ? 'Reconciliation could not be read'
          : read === undefined
            ? 'Comparing…'
            : isEqual
              ? 'Reconciled'
              : 'Not reconciled'}
        {differences === null ? null : (
          <span className="end sub num">
            {differences === 0 ? 'difference 0' : `${formatCount(String(differences))} differences`}
          </span>
        )}
      </p>
      {isEqual || read === undefined ? null : (
        <p className="sub">Do not rely on this month until whoever runs this Meterbook has looked.</p>
      )}
      <table className="proof">
        <caption className="vh">What each step holds of the month</caption>
        <tbody>
          {read === undefined ? (
            query.isError ? null : (
              <tr>
                <td>
                  <Skeleton height={62} />
                </td>
              </tr>
            )
          ) : (
            <>
              <Count name="Journal, counted" text={read.counts.events} unit="events" />
              <Count name="Usage records" text={read.counts.records} unit="records" />
              <Count name="Rollups" text={read.counts.rolledUp} unit="records" />
            </>
          )}
          <Sum name={`Ledger, ${formatCount(String(proof.entriesCount))} entries`} text={proof.entriesSum} />
          <Sum name={open ? 'Lines of usage' : 'Lines, with rounding'} text={proof.linesSum} />
          {open ? null : <Sum name="Payable" text={total} />}
          {read === undefined || open ? null : (
            <tr>
              <th scope="row">Exports</th>
              <td>
                {read.incidents.some(({ what }) => what === 'statement_export') ? (
                  'differ'
                ) : (
                  <Exact text={proof.linesSum} isWhole />
                )}
              </td>
            </tr>
          )}
          {read?.incidents.map(({ what, count }) => (
            <tr key={what} className="bad">
              <th scope="row">Differs: {formatReason(what).toLowerCase()}</th>
              <td>{formatCount(String(count))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {read?.lookedAt ? (
        <p className="sub">Compared all the time, last {formatMoment(read.lookedAt, statement.zone)}.</p>
      ) : null}
    </>
  )
}

function Count({ name, text, unit }: { name: string; text: string; unit: string }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {formatCount(text)} <span className="un">{unit}</span>
      </td>
    </tr>
  )
}

function Sum({ name, text }: { name: string; text: string }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td title={text}>
        <span className="cut">
          <Exact text={text} isWhole />
        </span>
      </td>
    </tr>
  )
}
