import { backdateProposal } from '../entitlements/backdate-proposal.ts'
import type { ProposalKind } from './proposal-kind.ts'

/** Every kind of proposal there is. Whoever adds an act that needs a second person adds its kind here. */
const KINDS: readonly ProposalKind<never>[] = [backdateProposal as ProposalKind<never>]

const BY_NAME = new Map(KINDS.map((each) => [each.kind, each as unknown as ProposalKind]))

export function proposalKind(kind: string): ProposalKind | null {
  return BY_NAME.get(kind) ?? null
}
