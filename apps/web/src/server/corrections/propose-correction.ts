import { formatInstant } from '@meterbook/core/kernel'
import type { ProposalEffect } from '@meterbook/db/postgres'
import { z } from 'zod'
import { findEventSight } from '../portal/find-event-sight.ts'
import { eventStores } from '../portal/stores.ts'
import { type ProposalKind, type ProposalPersons, ProposalRefused } from '../proposals/proposal-kind.ts'
import { moneyWords } from './approval.ts'
import { AskedCorrection, CorrectionRefused } from './asked-correction.ts'
import { type CorrectionAsker, perform, type Trial } from './correct.ts'

/** What is kept of an asking until it is approved: the words of whoever asked, read again when it is done. */
const CorrectionPayload = z.object({
  /** The slug of the space in whose sight it was asked; null: the whole platform. */
  space: z.string().max(100).nullable(),
  asked: z.unknown(),
  /** The number of events that the trial showed: another number, another act. */
  expected: z.int().min(1),
})
type CorrectionPayload = z.infer<typeof CorrectionPayload>

/** A correction that one person asked for and another approved; it is done in the name of the first, and the log has both. */
export const correctionKind: ProposalKind<CorrectionPayload> = {
  kind: 'correction',
  title: 'Correct usage',
  payload: CorrectionPayload,
  mayDecide: (person) => person.isPlatformAdmin,
  async execute(tx, payload, { proposal, proposedBy, approvedBy }) {
    const asked = AskedCorrection.safeParse(payload.asked)
    if (!asked.success) throw new ProposalRefused('conflict', 'What it asks for can no longer be read: propose it anew')
    const asker = await approvedAsker(payload.space, { proposedBy, approvedBy })
    try {
      const done = await perform(eventStores(), {
        asker,
        asked: asked.data,
        consent: { id: proposal.id, reason: proposal.reason, expected: payload.expected },
        receivedAt: BigInt(Date.now()) * 1000n,
        tx,
      })
      if (!done.ok) throw new ProposalRefused('conflict', 'Its new contents are no longer valid: propose it anew')
      return { corrections: done.corrections.map(({ id }) => id) }
    } catch (error) {
      if (error instanceof CorrectionRefused) throw new ProposalRefused('conflict', error.message)
      throw error
    }
  },
}

/** Whoever proposed it acts, with what an admin of the platform sees: the one who approved it is one. Throws ProposalRefused. */
export async function approvedAsker(
  space: string | null,
  { proposedBy, approvedBy }: Pick<ProposalPersons, 'proposedBy' | 'approvedBy'>,
): Promise<CorrectionAsker> {
  const seen = await findEventSight({
    person: { id: approvedBy.id, name: approvedBy.name, email: '', isPlatformAdmin: true },
    spaceSlug: space ?? undefined,
  })
  if (typeof seen === 'string') throw new ProposalRefused('conflict', 'The developer space is no longer there')
  const { sight, correctionSight } = seen
  return { sight, correctionSight, actor: proposedBy, verdicts: ALL }
}

const ALL = ['counted', 'duplicate', 'conflict', 'quarantined', 'cancelled', 'dismissed'] as const

/** As it was asked, in plain JSON: instants are texts again. */
export function askedText({ act, on }: AskedCorrection): object {
  if ('places' in on)
    return { act, on: { places: on.places.map((place) => ({ ...place, batch: place.batch.toString() })) } }
  const { from, to, ...rest } = on.filter
  const times = {
    ...(from !== undefined && { from: formatInstant(from) }),
    ...(to !== undefined && { to: formatInstant(to) }),
  }
  return { act, on: { filter: { ...rest, ...times } } }
}

/** What the trial showed, for whoever is to approve it. */
export function effectOfTrial(act: string, trial: Extract<Trial, { ok: true }>): ProposalEffect {
  const { effect, money, targets } = trial
  return {
    summary: `${act} ${targets} ${targets === 1 ? 'event' : 'events'}: ${effect.events.effective} change, moving ${moneyWords(money)}`,
    lines: effect.usage.map(({ app, space, meter, unit, before, after }) => ({
      what: `${app}, ${meter}, ${space ?? 'no space'}`,
      before: `${before.quantity} ${unit ?? ''}`.trim(),
      after: `${after.quantity} ${unit ?? ''}`.trim(),
    })),
  }
}
