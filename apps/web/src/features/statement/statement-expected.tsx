'use client'
import { useQuery } from '@tanstack/react-query'
import { Exact } from '../../components/ui/exact.tsx'
import { formatMoment, formatPayable } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { useLive } from '../live/live-provider.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { Reading, Unread } from './statement-regions.tsx'
import type { ProvisionalView, StatementView } from './statement-view.ts'

const POLL_MS = 60_000
const HEIGHT = 150

/** What a month would come to with all that is measured now: posted and not posted stand apart, and only their total is one figure. */
export function StatementExpected({ statement }: { statement: StatementView }) {
  const { space } = useFrame()
  const trpc = useTRPC()
  const { isPaused } = useLive()
  const query = useQuery(
    trpc.statements.provisional.queryOptions(
      { space: space.slug, id: statement.id },
      { refetchInterval: isPaused ? false : POLL_MS },
    ),
  )
  if (query.data === null) return null
  return (
    <section className="expected" aria-labelledby="expected">
      <h2 className="q" id="expected">
        Measured, not settled yet
      </h2>
      {query.data ? (
        <Expected provisional={query.data} statement={statement} />
      ) : query.isError ? (
        <Unread
          title="What is measured could not be read"
          error={query.error}
          height={HEIGHT}
          onRetry={() => query.refetch()}
        />
      ) : (
        <Reading name="what is measured" height={HEIGHT} />
      )}
    </section>
  )
}

const WHY = {
  rebuilding: 'Usage is being projected anew from the journal. What is posted stays as it is.',
  behind: 'More is waiting to be settled than can be added up at once. It is posted bit by bit.',
  repricing: 'A price was added to the past. What it changes is posted first, as adjustments.',
} as const

function Expected(props: { provisional: NonNullable<ProvisionalView>; statement: StatementView }) {
  const { provisional, statement } = props
  const { currency, zone } = statement
  if (provisional.state === 'unavailable') return <p className="sub">No value now. {WHY[provisional.why]}</p>
  const { from, until, lines } = provisional
  return (
    <>
      <table className="proof">
        <caption className="vh">Posted, provisional and expected</caption>
        <tbody>
          <Sum name="Posted usage" text={provisional.posted} />
          <Sum name="Provisional usage" text={provisional.provisional} testId="statement-provisional" />
          <tr className="grand">
            <th scope="row">Expected total</th>
            <td data-testid="statement-expected" title={`${provisional.expectedTotal} ${currency}`}>
              {formatPayable(provisional.expectedTotal, currency)} {currency}
            </td>
          </tr>
        </tbody>
      </table>
      <p className="sub">
        {from === null || until === null
          ? 'Nothing was measured yet.'
          : `Provisional: usage from ${formatMoment(from, zone)} to ${formatMoment(until, zone)}, by the prices and terms of now. It may change until it is settled.`}
      </p>
      {lines.length === 0 ? null : (
        <details>
          <summary>{lines.length === 1 ? '1 provisional line' : `${lines.length} provisional lines`}</summary>
          <table className="proof">
            <caption className="vh">Provisional lines</caption>
            <tbody>
              {lines.map((line) => (
                <Sum key={`${line.app} ${line.capability} ${line.exempt}`} name={line.description} text={line.amount} />
              ))}
            </tbody>
          </table>
        </details>
      )}
    </>
  )
}

function Sum({ name, text, testId }: { name: string; text: string; testId?: string }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td title={text} data-testid={testId} data-exact={text}>
        <span className="cut">
          <Exact text={text} isWhole />
        </span>
      </td>
    </tr>
  )
}
