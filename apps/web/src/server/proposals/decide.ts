import {
  type AuditValue,
  insertDecision,
  inTransaction,
  lockProposal,
  type Pool,
  type StoredProposal,
} from '@meterbook/db/postgres'
import type { CurrentPerson } from '../auth/current-person.ts'
import { ProposalRefused } from './proposal-kind.ts'
import { proposalKind } from './registry.ts'

export interface Decision {
  id: string
  decision: 'approved' | 'rejected' | 'withdrawn'
  reason: string | null
}

/**
 * Decides a proposal, and where it is approved does what it asks for, in one transaction: an act that fails leaves the proposal waiting. Two who decide
 * at once are one after the other, and the second is refused. `spaceId`: only a proposal of that space, or the person's own, is found.
 */
export async function decideProposal(
  pool: Pool,
  input: { person: CurrentPerson; asked: Decision; spaceId?: string; requestId: string | null },
): Promise<{ outcome: unknown }> {
  const { person, asked, spaceId, requestId } = input
  return inTransaction(pool, async (tx) => {
    const proposal = await lockProposal(tx, asked.id)
    const isOwn = proposal?.proposedBy.id === person.id
    if (proposal === null || (spaceId !== undefined && proposal.spaceId !== spaceId && !isOwn)) {
      throw new ProposalRefused('not_found', 'No such proposal')
    }
    await demandRight(person, { proposal, asked })
    if (proposal.state !== 'waiting')
      throw new ProposalRefused('conflict', `This proposal is ${proposal.state} already`)
    const by = { id: person.id, name: person.name }
    let outcome: AuditValue | null = null
    if (asked.decision === 'approved') {
      const kind = proposalKind(proposal.kind)
      const payload = kind?.payload.safeParse(proposal.payload)
      if (kind === null || payload?.success !== true) {
        throw new ProposalRefused('conflict', 'What it asks for can no longer be read: reject it, and propose it anew')
      }
      outcome = await kind.execute(tx, payload.data, { proposal, proposedBy: proposal.proposedBy, approvedBy: by })
    }
    await insertDecision(tx, { proposal, decision: asked.decision, by, reason: asked.reason, outcome, requestId })
    return { outcome }
  })
}

async function demandRight(
  person: CurrentPerson,
  { proposal, asked }: { proposal: StoredProposal; asked: Decision },
): Promise<void> {
  const isOwn = proposal.proposedBy.id === person.id
  if (asked.decision === 'withdrawn') {
    if (isOwn) return
    throw new ProposalRefused('forbidden', 'Only whoever made a proposal can withdraw it')
  }
  if (isOwn) throw new ProposalRefused('forbidden', 'Nobody decides their own proposal: another person has to')
  const kind = proposalKind(proposal.kind)
  if (kind === null ? person.isPlatformAdmin : await kind.mayDecide(person, proposal)) return
  throw new ProposalRefused('forbidden', 'This proposal is not yours to decide')
}
