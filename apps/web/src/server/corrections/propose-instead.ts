import { z } from 'zod'
import { eventStores } from '../portal/stores.ts'
import { type ProposalKind, ProposalRefused } from '../proposals/proposal-kind.ts'
import { CorrectionRefused, EventPlace } from './asked-correction.ts'
import { approvedAsker } from './propose-correction.ts'
import { takeInstead } from './take-instead.ts'

const InsteadPayload = z.object({
  /** The slug of the space in whose sight it was asked; null: the whole platform. */
  space: z.string().max(100).nullable(),
  conflict: EventPlace,
})
type InsteadPayload = z.infer<typeof InsteadPayload>

/** To take a conflict instead of the event that came first, asked for by one person and approved by another. */
export const insteadKind: ProposalKind<InsteadPayload> = {
  kind: 'correction.instead',
  title: 'Take another content for an event',
  payload: InsteadPayload,
  mayDecide: (person) => person.isPlatformAdmin,
  async execute(tx, { space, conflict }, { proposal, proposedBy, approvedBy }) {
    try {
      const done = await takeInstead(eventStores(), {
        asker: await approvedAsker(space, { proposedBy, approvedBy }),
        conflict,
        consent: { id: proposal.id, reason: proposal.reason },
        receivedAt: BigInt(Date.now()) * 1000n,
        tx,
      })
      if (!done.ok) throw new ProposalRefused('conflict', 'Its content is no longer valid: propose it anew')
      return { corrections: done.corrections.map(({ id }) => id) }
    } catch (error) {
      if (error instanceof CorrectionRefused) throw new ProposalRefused('conflict', error.message)
      throw error
    }
  },
}
