import { insertProposal, inTransaction, type Pool, type ProposalDraft } from '@meterbook/db/postgres'
import { ProposalRefused } from './proposal-kind.ts'
import { proposalKind } from './registry.ts'

const REASON_LENGTH_MAX = 1_000

/** Asks for an act of a kind that is known; it is done when another person approves it. Returns its id. Throws ProposalRefused. */
export async function propose(pool: Pool, draft: ProposalDraft): Promise<string> {
  const kind = proposalKind(draft.kind)
  if (kind === null) throw new ProposalRefused('invalid', `No such kind of proposal: ${draft.kind}`)
  const payload = kind.payload.safeParse(draft.payload)
  if (!payload.success)
    throw new ProposalRefused('invalid', payload.error.issues[0]?.message ?? 'expected another payload')
  const reason = draft.reason.trim()
  if (reason === '' || reason.length > REASON_LENGTH_MAX) {
    throw new ProposalRefused('invalid', `expected a reason of 1 to ${REASON_LENGTH_MAX} characters`)
  }
  return inTransaction(pool, (tx) => insertProposal(tx, { ...draft, reason }))
}
