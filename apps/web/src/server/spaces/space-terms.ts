import type { Instant } from '@meterbook/core/kernel'
import { type BillingTermDraft, composeStatement, periodOfMonth } from '@meterbook/core/statement'
import { later } from '@meterbook/core/window'
import { type BilledSpace, findBilledSpace, type Pool } from '@meterbook/db/postgres'
import { type ActBy, actTogether, agreeTerm, CatalogueRefused, endTerm } from '@meterbook/db/postgres/catalogue-acts'
import { readMonths } from '../statements/read-months.ts'

/** A term for whole months of the space's billing zone, `2026-11`; `lastMonth` null: until further notice. */
export interface AskedTerm {
  spaceSlug: string
  term: BillingTermDraft
  firstMonth: string
  lastMonth: string | null
}

/** What the month that runs would come to with a term, of what is posted by now, were it in force. Decimal texts. Throws CatalogueRefused. */
export async function tryTerm(pool: Pool, { asked, asOf }: { asked: AskedTerm; asOf: Instant }) {
  const space = await spaceOf(pool, asked.spaceSlug)
  stretchOf(asked, space)
  const { months } = await readMonths(pool, { space, asOf })
  const month = months.at(-1)
  if (month?.posted == null) throw new Error(`expected the month that runs of ${space.slug} not to be issued`)
  const { billed, terms } = month.posted
  const { period, currency, total } = month.statement
  const draft = { id: 'draft', ...asked.term }
  const after = composeStatement({ period, currency, billed, terms: [...terms, draft] })
  return { month: period.start, zone: space.billingZone, currency, before: total, after: after.total }
}

/** Agrees it, from the first month on. Throws CatalogueRefused. */
export async function agreeSpaceTerm(pool: Pool, { asked, by }: { asked: AskedTerm; by: ActBy }): Promise<void> {
  const space = await spaceOf(pool, asked.spaceSlug)
  const stretch = stretchOf(asked, space)
  await actTogether(pool, (tx) =>
    agreeTerm(tx, { by, spaceId: space.id, term: asked.term, ...stretch, isBackDated: false }),
  )
}

/** Ends it with `lastMonth`; before its first one: it never holds. Throws CatalogueRefused. */
export async function endSpaceTerm(
  pool: Pool,
  input: { spaceSlug: string; id: string; from: Instant; lastMonth: string; by: ActBy },
): Promise<void> {
  const { spaceSlug, id, from, lastMonth, by } = input
  const space = await spaceOf(pool, spaceSlug)
  const to = later(from, monthOf(lastMonth, space).end)
  await actTogether(pool, (tx) => endTerm(tx, { by, spaceId: space.id, id, to, isBackDated: false }))
}

function stretchOf({ firstMonth, lastMonth }: AskedTerm, space: BilledSpace): { from: Instant; to: Instant | null } {
  const from = monthOf(firstMonth, space).start
  const to = lastMonth === null ? null : monthOf(lastMonth, space).end
  if (to !== null && to <= from)
    throw new CatalogueRefused('invalid', `expected a last month from ${firstMonth} on, found ${lastMonth}`)
  return { from, to }
}

function monthOf(month: string, { billingZone }: BilledSpace) {
  const period = periodOfMonth(month, billingZone)
  if (period === null) throw new CatalogueRefused('invalid', `expected a month such as 2026-12, found ${month}`)
  return period
}

async function spaceOf(pool: Pool, slug: string): Promise<BilledSpace> {
  const space = await findBilledSpace(pool, slug)
  if (space === null) throw new CatalogueRefused('not_found', 'No such developer space')
  return space
}
