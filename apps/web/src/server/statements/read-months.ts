// server/statements: the months of a space as money: what is issued as it was issued, what is not as it stands.
// Promises: a closed month is never computed anew; lines, entries and exports come from the same entries and add up to the last digit.
// Does not know: sessions and headers, who may see what, how an answer is written, when a month is closed.
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import {
  type BillingTerm,
  billingPeriod,
  composeStatement,
  type Statement,
  type StatementState,
  statementId,
  statementState,
} from '@meterbook/core/statement'
import { earlier, type Window } from '@meterbook/core/window'
import {
  type BilledMonth,
  type BilledSpace,
  findFirstBilledMonth,
  inSnapshot,
  listStatements,
  type Pool,
  type PoolClient,
  readBilledMonths,
  readBillingTerms,
  readHeads,
  readMonthFacts,
  type StoredStatement,
} from '@meterbook/db/postgres'

/** A month of a space. What is not issued yet is composed of what is posted now, with the terms and the rounding that would be if it were closed. */
export interface Month {
  id: string
  period: Window
  state: StatementState
  statement: Statement
  /** null: not issued */
  stored: StoredStatement | null
  /** what its entries add up to, as of the same moment, and what was agreed; null where it is issued: then they are not read for it */
  posted: (BilledMonth & { terms: readonly BillingTerm[] }) | null
  /** every window that ended by then is settled; null: nothing is */
  settledUntil: Instant | null
}

export interface SpaceMonths {
  space: BilledSpace
  /** oldest first, without gaps, up to the month that runs */
  months: Month[]
  /** the end of the space's chain at the moment of reading */
  head: { sequence: bigint; hash: string } | null
}

/** Every month of a space, as of one moment. */
export function readMonths(pool: Pool, input: { space: BilledSpace; asOf: Instant }): Promise<SpaceMonths> {
  return inSnapshot(pool, (client) => monthsOf(client, input))
}

/**
 * One month of a space by its id, or null: as in readMonths, but without looking at the others, so that an issued one is not called amended. Adds up no
 * other month's entries.
 */
export function readMonth(pool: Pool, input: { space: BilledSpace; id: string; asOf: Instant }): Promise<Month | null> {
  const { space, id, asOf } = input
  return inSnapshot(pool, async (client) => {
    const stored = await listStatements(client, space.id)
    const issued = stored.find((each) => each.id === id)
    if (issued !== undefined) return issuedMonth(issued)
    const first = await findFirstBilledMonth(client, space.id)
    const starts = [...stored.map(({ period }) => period.start), ...(first === null ? [] : [first])]
    const period = periodsThrough({ space, asOf, starts }).find((each) => {
      const isIssued = stored.some((one) => one.period.start === each.start)
      return !isIssued && statementId({ period: each, slug: space.slug }) === id
    })
    if (period === undefined) return null
    const billed = await readBilledMonths(client, { space, starts: [period.start] })
    return openMonth(client, { space, period, asOf, billed: billed.get(period.start) })
  })
}

async function monthsOf(
  client: PoolClient,
  { space, asOf }: { space: BilledSpace; asOf: Instant },
): Promise<SpaceMonths> {
  const stored = await listStatements(client, space.id)
  const issued = new Map(stored.map((each) => [each.period.start, each]))
  const first = await findFirstBilledMonth(client, space.id)
  const periods = periodsThrough({ space, asOf, starts: [...issued.keys(), ...(first === null ? [] : [first])] })
  const open = periods.filter(({ start }) => !issued.has(start))
  const billed = await readBilledMonths(client, { space, starts: open.map(({ start }) => start) })
  const months: Month[] = []
  for (const period of periods) {
    const before = issued.get(period.start)
    months.push(
      before === undefined
        ? await openMonth(client, { space, period, asOf, billed: billed.get(period.start) })
        : issuedMonth(before),
    )
  }
  const [head] = await readHeads(client, { spaceIds: [space.id] })
  return { space, months: withAmended(months), head: head ?? null }
}

/** A month without usage can be closed too, so that none is left out. */
function periodsThrough(input: { space: BilledSpace; asOf: Instant; starts: readonly Instant[] }): Window[] {
  const last = billingPeriod(input.asOf, input.space.billingZone)
  const periods: Window[] = []
  let at = input.starts.reduce(earlier, last.start)
  while (at <= last.start) {
    const period = billingPeriod(at, input.space.billingZone)
    periods.push(period)
    at = period.end
  }
  return periods
}

function issuedMonth(stored: StoredStatement): Month {
  const { id, period, statement } = stored
  return { id, period, state: 'closed', statement, stored, posted: null, settledUntil: period.end }
}

async function openMonth(
  client: PoolClient,
  input: { space: BilledSpace; period: Window; asOf: Instant; billed: BilledMonth | undefined },
): Promise<Month> {
  const { space, period, asOf } = input
  const { settledUntil } = await readMonthFacts(client, { spaceId: space.id, period, asOf })
  const billed = input.billed ?? { billed: [], entries: 0, amount: '0' }
  const terms = await readBillingTerms(client, { spaceId: space.id, period })
  return {
    id: statementId({ period, slug: space.slug }),
    period,
    state: statementState({ isClosed: false, isCorrected: false, isOver: asOf >= period.end }),
    statement: composeStatement({
      period: { start: formatInstant(period.start), end: formatInstant(period.end) },
      currency: space.currency,
      billed: billed.billed,
      terms,
    }),
    stored: null,
    posted: { ...billed, terms },
    settledUntil: settledUntil === null ? null : earlier(settledUntil, period.end),
  }
}

/** Issued months that a later one, issued or not, carries corrections of. */
function withAmended(months: readonly Month[]): Month[] {
  const corrected = new Set(
    months.flatMap(({ statement }) =>
      statement.lines.flatMap((line) => (line.kind === 'correction' ? [line.period.start] : [])),
    ),
  )
  return months.map((month) => {
    const isCorrected = corrected.has(month.statement.period.start)
    return month.stored === null
      ? month
      : { ...month, state: statementState({ isClosed: true, isCorrected, isOver: true }) }
  })
}
