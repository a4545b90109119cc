import { formatInstant } from '@meterbook/core/kernel'
import {
  appendCorrectionsWithin,
  isSpaceAdmin,
  listApps,
  listAppsOfPlatform,
  type ProposalEffect,
} from '@meterbook/db/postgres'
import { CatalogueRefused, transferApp } from '@meterbook/db/postgres/catalogue-acts'
import { partId } from '../corrections/correct.ts'
import { eventStores, postgres } from '../portal/stores.ts'
import { type ProposalKind, ProposalRefused } from '../proposals/proposal-kind.ts'
import { AskedTransfer } from './asked-transfer.ts'
import { findMoved } from './moved-usage.ts'
import { spaceOf, type TransferTrial } from './try-transfer.ts'

export const TRANSFER_KIND = 'app.transfer'

/**
 * An app changes its space. Whoever asks consents for one side; an admin of the other side approves, or a platform admin in their stead. In one
 * transaction the app changes hands and what was used since the instant is put up to be attributed anew.
 */
export const transferProposal: ProposalKind<AskedTransfer> = {
  kind: TRANSFER_KIND,
  title: 'Transfer an app to another developer space',
  payload: AskedTransfer,
  async mayDecide(person, proposal) {
    if (person.isPlatformAdmin) return true
    const asked = AskedTransfer.safeParse(proposal.payload)
    if (!asked.success) return false
    const { standsFor, toSlug, appId } = asked.data
    const other = standsFor === 'from' ? toSlug : await ownerOf(appId)
    return other !== null && isSpaceAdmin(postgres(), { personId: person.id, spaceSlug: other })
  },
  async execute(tx, { appId, toSlug, at }, { proposal, approvedBy }) {
    const stores = eventStores()
    const asOf = BigInt(Date.now()) * 1000n
    const { reason } = proposal
    try {
      const [app] = await listApps(stores.pool, [appId])
      if (app === undefined) throw new CatalogueRefused('not_found', 'No such app')
      const targets = at < asOf ? await findMoved(stores, { appId, from: at }) : []
      // the journal's heads before the audit log's, as everybody takes them
      if (targets.length > 0) {
        const filter = { app: app.slug, from: formatInstant(at), proposal: proposal.id }
        const request = {
          ...{ id: partId(proposal.id, appId), act: 'reattribute' as const, app: { id: app.id, shard: app.shard } },
          ...{ actor: approvedBy, reason, filter, targets },
        }
        await appendCorrectionsWithin(tx, { requests: [request], receivedAt: asOf })
      }
      const by = { actorId: approvedBy.id, requestId: null, reason }
      const toSpaceId = await spaceOf(stores, toSlug)
      const { fromSpaceId, entitlements } = await transferApp(tx, { appId, toSpaceId, at, asOf, by })
      return { fromSpaceId, toSpaceId, from: formatInstant(at), events: targets.length, entitlements }
    } catch (error) {
      if (error instanceof CatalogueRefused) throw new ProposalRefused(error.code, error.message)
      throw error
    }
  },
}

async function ownerOf(appId: string): Promise<string | null> {
  const [app] = await listAppsOfPlatform(postgres(), { appId })
  return app?.space?.slug ?? null
}

/** What such a transfer would do, for whoever decides. */
export function transferEffect(trial: TransferTrial, input: { from: string | null; to: string }): ProposalEffect {
  const { app, at, events, effect, entitlements, isBackDated } = trial
  const owner = input.from === null ? 'nobody' : input.from
  const since = isBackDated ? ` ${events} event${events === 1 ? '' : 's'} since then are attributed anew.` : ''
  return {
    summary: `${app.name} goes from ${owner} to ${input.to} on ${at}.${since}`,
    lines: [
      { what: `Owner of ${app.slug} from ${at} on`, before: input.from, after: input.to },
      ...(entitlements === null
        ? []
        : [
            {
              what: 'Capabilities it may go on using',
              before: String(entitlements.moved + entitlements.ended),
              after: String(entitlements.moved),
            },
          ]),
      ...(effect?.usage ?? []).map(({ space, meter, unit, before, after }) => ({
        what: `${meter} in ${space ?? 'another space'}${unit === null ? '' : `, ${unit}`}`,
        before: before.quantity,
        after: after.quantity,
      })),
    ],
  }
}
