import { appendCorrectionsWithin, listApps } from '@meterbook/db/postgres'
import { CatalogueRefused } from '@meterbook/db/postgres/catalogue-acts'
import { partId } from '../corrections/correct.ts'
import { eventStores } from '../portal/stores.ts'
import { type ProposalKind, ProposalRefused } from '../proposals/proposal-kind.ts'
import { applyBackdate } from './apply-backdate.ts'
import { AskedBackdate } from './asked-backdate.ts'
import { endedUsage } from './ended-usage.ts'

/** A change of the catalogue in the past. Of a right that ends, the events that counted by it are attributed anew in the same transaction. */
export const backdateKind: ProposalKind<AskedBackdate> = {
  kind: 'catalogue.backdate',
  title: 'Change the catalogue in the past',
  payload: AskedBackdate,
  mayDecide: (person) => person.isPlatformAdmin,
  async execute(tx, asked, { proposal, approvedBy }) {
    const stores = eventStores()
    const { reason } = proposal
    const now = BigInt(Date.now()) * 1000n
    try {
      let events = 0
      if (asked.act === 'entitlement.end') {
        const { app: ended, targets } = await endedUsage(stores, { ...asked, now })
        events = targets.length
        const [app] = await listApps(stores.pool, [ended.id])
        const filter = { app: ended.slug, proposal: proposal.id }
        // the journal's heads before the audit log's, as everybody takes them
        if (app !== undefined && events > 0)
          await appendCorrectionsWithin(tx, {
            requests: [
              { id: partId(proposal.id, app.id), act: 'reattribute', app, actor: approvedBy, reason, filter, targets },
            ],
            receivedAt: now,
          })
      }
      await applyBackdate(tx, { pool: stores.pool, asked, by: { actorId: approvedBy.id, requestId: null, reason } })
      return { act: asked.act, events }
    } catch (error) {
      if (error instanceof CatalogueRefused) throw new ProposalRefused(error.code, error.message)
      throw error
    }
  },
}
