import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { mayClose, periodOfMonth, readStatementId } from '@meterbook/core/statement'
import { countHeldEvents } from '@meterbook/db/held-events'
import { type BilledSpace, closeStatement, findBilledSpace, listBilledSpaces } from '@meterbook/db/postgres'
import type { EventStores } from '../events/event-sight.ts'
import { readMonths } from '../statements/read-months.ts'

/** Months of a space that are shown: two years. */
const MONTHS_MAX = 24

/** Each space's months, newest first, and of those that are over and not closed what stands in the way. */
export async function readPeriods(stores: EventStores, input: { asOf: Instant; space?: string | undefined }) {
  const spaces = (await listBilledSpaces(stores.pool)).filter(
    ({ slug }) => input.space === undefined || slug === input.space,
  )
  const read = []
  for (const space of spaces) read.push(await periodsOf(stores, { space, asOf: input.asOf }))
  return { spaces: read }
}

async function periodsOf(stores: EventStores, { space, asOf }: { space: BilledSpace; asOf: Instant }) {
  const { months } = await readMonths(stores.pool, { space, asOf })
  const periods = []
  for (const month of months.slice(-MONTHS_MAX).toReversed()) {
    const { id, period, state, statement, stored } = month
    const closing = state === 'closing' ? await closingOf(stores, { space, period, asOf }) : null
    periods.push({
      id,
      month: readStatementId(id)?.month ?? id,
      start: formatInstant(period.start),
      end: formatInstant(period.end),
      state,
      total: statement.total,
      closedAt: stored === null ? null : formatInstant(stored.closedAt),
      closedBy: stored?.closedBy ?? null,
      ...closing,
    })
  }
  const { slug, name, currency, billingZone } = space
  return { slug, name, currency, billingZone, periods }
}

async function closingOf(
  stores: EventStores,
  input: { space: BilledSpace; period: { start: Instant; end: Instant }; asOf: Instant },
) {
  const held = await countHeldEvents(stores, { spaceId: input.space.id, period: input.period })
  const { checklist } = await closeStatement(stores.pool, {
    ...input,
    held,
    actor: { id: '', name: '' },
    isTrial: true,
  })
  return { held, checklist, isReady: mayClose(checklist) }
}

/**
 * Issues the statement of a month, as it is now; issued already, nothing is done. `waive`: why it is closed although events of it are held. Null: no such
 * space or month.
 */
export async function closePeriod(
  stores: EventStores,
  input: {
    space: string
    month: string
    waive: string | null
    actor: { id: string; name: string }
    asOf: Instant
    requestId: string | null
  },
) {
  const { actor, asOf, waive, requestId } = input
  const space = await findBilledSpace(stores.pool, input.space)
  const period = space === null ? null : periodOfMonth(input.month, space.billingZone)
  if (space === null || period === null) return null
  const { outcome, checklist, statement, stored } = await closeStatement(stores.pool, {
    space,
    period,
    held: await countHeldEvents(stores, { spaceId: space.id, period }),
    asOf,
    actor,
    ...(waive === null ? {} : { waiverReason: waive }),
    ...(requestId === null ? {} : { requestId }),
  })
  return { outcome, checklist, total: statement.total, currency: statement.currency, id: stored?.id ?? null }
}
