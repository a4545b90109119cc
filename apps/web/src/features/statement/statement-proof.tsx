import { Popup } from '../../components/ui/popup.tsx'
import { formatCount } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { ChainCheck } from '../ledger/chain-check.tsx'
import { MonthReconciled } from './month-reconciled.tsx'
import type { StatementView } from './statement-view.ts'
import { isProvisional } from './statement-words.ts'

/** That the month is what was taken: its chain, verified by the reader's own browser, and every step from the journal to the files beside each other. */
export function StatementProof({ statement }: { statement: StatementView }) {
  const { space } = useFrame()
  const { proof, state } = statement
  return (
    <section aria-labelledby="proof">
      <h2 className="q" id="proof">
        Proof
      </h2>
      {proof.headHash === null ? (
        <p className="sub">Nothing is in the ledger yet.</p>
      ) : (
        <>
          {proof.entriesCount === 0 ? null : (
            <ChainCheck
              space={space.slug}
              statement={statement.id}
              label="Verify in this browser"
              aside={
                <Popup
                  className="btn"
                  title="Check it without us"
                  trigger="How to check it offline"
                  content={() => <Offline id={statement.id} />}
                />
              }
            />
          )}
          <p className="sub">
            {isProvisional(state) ? 'Head of the chain' : 'Closed'} at entry {formatCount(proof.ledgerSequence)}
          </p>
          <p className="hash">{proof.headHash}</p>
        </>
      )}
      <MonthReconciled statement={statement} />
    </section>
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
        Compare the head it prints with the hash on this page and with the one that is published for anybody at{' '}
        <a className="link" href="/api/v1/ledger/heads">
          /api/v1/ledger/heads
        </a>
        , and add up the entries of {id}: the files hold every digit of them.
      </li>
    </ol>
  )
}
