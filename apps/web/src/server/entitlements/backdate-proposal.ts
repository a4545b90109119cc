import { formatInstant } from '@meterbook/core/kernel'
import { appendCorrectionsWithin, type CorrectionRequest, type ProposalEffect } from '@meterbook/db/postgres'
import { grantEntitlements } from '@meterbook/db/postgres/catalogue-acts'
import { partId } from '../corrections/correct.ts'
import { eventStores } from '../portal/stores.ts'
import type { ProposalKind } from '../proposals/proposal-kind.ts'
import { affectedUsage } from './affected-usage.ts'
import { AskedRights } from './asked-grant.ts'
import type { tryGrant } from './try-grant.ts'

export const BACKDATE_KIND = 'entitlement.backdate'

/**
 * Rights in the past. In one transaction the rights are written and the usage that lacked them is put up to be tried again, event by event: each counts once,
 * however often it is tried.
 */
export const backdateProposal: ProposalKind<AskedRights> = {
  kind: BACKDATE_KIND,
  title: 'Back-date entitlements',
  payload: AskedRights,
  mayDecide: (person) => person.isPlatformAdmin,
  async execute(tx, asked, { proposal, approvedBy }) {
    const { reason } = proposal
    const affected = await affectedUsage(eventStores(), asked)
    const requests = affected.map(
      ({ app, targets }): CorrectionRequest => ({
        id: partId(proposal.id, app.id),
        act: 'reattribute',
        app: { id: app.id, shard: app.shard },
        actor: approvedBy,
        reason,
        filter: {
          from: formatInstant(asked.from),
          ...(asked.to && { to: formatInstant(asked.to) }),
          proposal: proposal.id,
        },
        targets,
      }),
    )
    // the journal's heads before the audit log's, as everybody takes them
    if (requests.length > 0) await appendCorrectionsWithin(tx, { requests, receivedAt: BigInt(Date.now()) * 1000n })
    const by = { actorId: approvedBy.id, requestId: null, reason }
    const { rights } = await grantEntitlements(tx, { ...asked, by, isBackDated: true })
    const events = affected.reduce((sum, { targets }) => sum + targets.length, 0)
    return { rights: rights.length, events, corrections: requests.map(({ id }) => id) }
  },
}

/** What such a proposal would do, for whoever decides. */
export function backdateEffect(trial: Awaited<ReturnType<typeof tryGrant>>): ProposalEffect {
  const { rights, events, effect } = trial
  const summary = `${rights} right${rights === 1 ? '' : 's'} in the past; ${events} event${events === 1 ? '' : 's'} that lacked them ${events === 1 ? 'is' : 'are'} tried again.`
  return {
    summary,
    lines: [
      ...trial.shown.map(({ app, capabilityKey, from, to, space }) => ({
        what: `Right of ${app} (${space ?? 'no space'}) to ${capabilityKey} from ${from}`,
        before: 'none',
        after: to === null ? 'until further notice' : `until ${to}`,
      })),
      ...(effect?.usage ?? []).map(({ app, space, meter, unit, before, after }) => ({
        what: `${meter} of ${app} (${space ?? 'no space'}), ${unit ?? 'unknown unit'}`,
        before: before.quantity,
        after: after.quantity,
      })),
    ],
  }
}
