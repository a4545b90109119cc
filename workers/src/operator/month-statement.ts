import { formatInstant, instantFromMs } from '@meterbook/core/kernel'
import { periodOfMonth, type Statement, statementId } from '@meterbook/core/statement'
import { countHeldEvents } from '@meterbook/db/held-events'
import { type BilledSpace, closeStatement } from '@meterbook/db/postgres'
import { type CommandContext, UsageFault } from './command.ts'
import { readSpaceOption } from './read-options.ts'

export interface MonthStatement {
  id: string
  space: BilledSpace
  month: string
  /** `open`: it would be this if it were closed now, of what is posted so far. */
  state: 'issued' | 'open'
  issuedAt: string | null
  statement: Statement
}

/** A month's statement of the space that --space names, as it was issued, or as it stands; --month defaults to the present one in its zone. */
export async function readMonthStatement(
  context: CommandContext,
  values: Record<string, unknown>,
): Promise<MonthStatement> {
  const stores = context.stores()
  const space = await readSpaceOption(stores.pool, values.space)
  if (space === null) throw new UsageFault('expected --space SLUG')
  const month = typeof values.month === 'string' ? values.month : thisMonth(space.billingZone)
  const period = periodOfMonth(month, space.billingZone)
  if (period === null) throw new UsageFault(`expected a month as 2026-10, found ${JSON.stringify(month)}`)
  const { statement, stored } = await closeStatement(stores.pool, {
    space,
    period,
    held: await countHeldEvents(stores, { spaceId: space.id, period }),
    asOf: instantFromMs(Date.now()),
    actor: { id: 'operator', name: 'operator' },
    waiverReason: undefined,
    isTrial: true,
  })
  return {
    id: stored?.id ?? statementId({ period, slug: space.slug }),
    space,
    month,
    state: stored === null ? 'open' : 'issued',
    issuedAt: stored === null ? null : formatInstant(stored.closedAt),
    statement: stored?.statement ?? statement,
  }
}

function thisMonth(zone: string): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, year: 'numeric', month: '2-digit' }).formatToParts()
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? ''
  return `${of('year')}-${of('month')}`
}
