import { Exact } from '../../components/ui/exact.tsx'
import { Glyph } from '../../components/ui/glyph.tsx'
import { Popup } from '../../components/ui/popup.tsx'
import { formatCount } from '../../format.ts'
import type { StatementView } from './statement-view.ts'
import { isProvisional } from './statement-words.ts'

/** That the entries, the lines and the total are one sum, and where in the chain they stand. */
export function StatementProof({ statement }: { statement: StatementView }) {
  const { proof, total, state } = statement
  const isOpen = isProvisional(state)
  return (
    <section aria-labelledby="proof">
      <h2 className="q" id="proof">
        Proof
      </h2>
      <p className="badge">
        <span className={proof.isEqual ? 'good' : 'bad'}>
          <Glyph name={proof.isEqual ? 'check' : 'warn'} />
        </span>
        {proof.isEqual
          ? `Entries${isOpen ? ' and lines' : ', lines and total'} agree`
          : 'Entries and lines do not agree'}
      </p>
      {proof.isEqual ? null : (
        <p className="sub">Do not rely on this month until whoever runs this Meterbook has looked.</p>
      )}
      <table className="proof">
        <caption className="vh">Sums of the statement</caption>
        <tbody>
          <Sum name={`${formatCount(String(proof.entriesCount))} entries`} text={proof.entriesSum} />
          <Sum name={isOpen ? 'Lines of usage' : 'Lines, with rounding'} text={proof.linesSum} />
          {isOpen ? null : <Sum name="Total" text={total} />}
        </tbody>
      </table>
      <p className="sub">
        {proof.headHash === null
          ? 'Nothing is in the ledger yet.'
          : `${isOpen ? 'Head of the chain' : 'Closed'} at entry ${formatCount(proof.ledgerSequence)}`}
      </p>
      {proof.headHash ? <p className="hash">{proof.headHash}</p> : null}
      <p className="offline">
        <Popup
          className="btn line"
          title="Check it without us"
          trigger="How to check it offline"
          content={() => <Offline id={statement.id} />}
        />
      </p>
    </section>
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

function Offline({ id }: { id: string }) {
  return (
    <ol className="steps">
      <li>
        Have the ledger of this space exported by whoever runs this Meterbook, or the evidence of one charge: its entry
        says how.
      </li>
      <li>
        Verify that no entry is altered, missing, added or reordered: <code>npm run meterbook -- verify FILE</code>. It
        needs neither our database nor a network.
      </li>
      <li>
        Compare the head it prints with the hash on this page, and add up the entries of {id}: the files hold every
        digit of them.
      </li>
    </ol>
  )
}
