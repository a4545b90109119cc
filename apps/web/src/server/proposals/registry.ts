import { transferProposal } from '../apps/transfer-proposal.ts'
import { backdateKind } from '../backdating/backdate-kind.ts'
import { correctionKind } from '../corrections/propose-correction.ts'
import { insteadKind } from '../corrections/propose-instead.ts'
import { backdateProposal } from '../entitlements/backdate-proposal.ts'
import type { ProposalKind } from './proposal-kind.ts'

/** Every kind of proposal there is. Whoever adds an act that needs a second person adds its kind here. */
const KINDS: readonly ProposalKind[] = [
  ofAny(correctionKind),
  ofAny(insteadKind),
  ofAny(backdateProposal),
  ofAny(backdateKind),
  ofAny(transferProposal),
]

const BY_NAME = new Map(KINDS.map((each) => [each.kind, each]))

export function proposalKind(kind: string): ProposalKind | null {
  return BY_NAME.get(kind) ?? null
}

/** Sound, because a kind is only ever given what its own `payload` has read. */
function ofAny<Payload>(kind: ProposalKind<Payload>): ProposalKind {
  return kind as unknown as ProposalKind
}
