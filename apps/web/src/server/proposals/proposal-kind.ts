// server/proposals: acts that one person asks for and another approves.
// Promises: nobody approves their own; an act is done once, in the transaction that decides it, and is in the audit log with both names.
// Does not know: what an act does. Each kind says so itself.
import type { AuditValue, PoolClient, Proposer, StoredProposal } from '@meterbook/db/postgres'
import type { z } from 'zod'
import type { CurrentPerson } from '../auth/current-person.ts'

/** One kind of act that needs a second person: who that may be, and how it is done. */
export interface ProposalKind<Payload = unknown> {
  kind: string
  /** As pages name it: `Move an app to another space`. */
  title: string
  /** What `execute` is given was read by it, when it was proposed and again when it is done. */
  payload: z.ZodType<Payload>
  /** Whether this person may approve or reject it. They are never the proposer: that is seen to. Asked anew when they decide. */
  mayDecide(person: CurrentPerson, proposal: StoredProposal): boolean | Promise<boolean>
  /**
   * Does it, in the transaction that decides it. What it returns is kept as the outcome. Throws ProposalRefused if it can no longer be done as it
   * was proposed: then nothing is decided.
   */
  execute(tx: PoolClient, payload: Payload, by: ProposalPersons): Promise<AuditValue>
}

export interface ProposalPersons {
  proposal: StoredProposal
  proposedBy: Proposer
  approvedBy: Proposer
}

/** Why a proposal is not made or decided, in words for whoever asked. */
export class ProposalRefused extends Error {
  override name = 'ProposalRefused'
  readonly code: 'not_found' | 'forbidden' | 'invalid' | 'conflict'

  constructor(code: ProposalRefused['code'], message: string) {
    super(message)
    this.code = code
  }
}
