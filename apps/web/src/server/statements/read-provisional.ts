import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { decidePostings } from '@meterbook/core/posting'
import { type ExpectedStatement, expectedStatement } from '@meterbook/core/statement'
import { type BilledSpace, readHeads } from '@meterbook/db/postgres'
import { readUnsettled } from '@meterbook/db/settlement'
import type { EventStores } from '../events/event-sight.ts'
import { type Month, readMonth } from './read-months.ts'

/** What is measured of a month and not settled, rated as it will be; or why that cannot be told now. `posted`: Σ of its entries at that moment. */
export type Provisional =
  | ({ state: 'provisional'; from: Instant | null; until: Instant | null; posted: string } & ExpectedStatement)
  /** rebuilding: usage is being projected anew. behind: settlement has too much before it. repricing: a price was added to the past, and is posted first */
  | { state: 'unavailable'; why: 'rebuilding' | 'behind' | 'repricing' }

/** Postings in between are looked for again: what was posted and what was measured have to be of one moment. */
const TRIES_MAX = 3

/** Null of a month that is issued: nothing of it is provisional; undefined where there is no such month. The same rating as that of entries, over the same usage records. */
export async function readProvisional(
  stores: EventStores,
  input: { space: BilledSpace; id: string; asOf: Instant },
): Promise<Provisional | null | undefined> {
  const { space } = input
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const before = await headOf(stores, space)
    const month = await readMonth(stores.pool, input)
    if (month === null) return undefined
    if (month.posted === null) return null
    const provisional = await provisionalOf(stores, { space, month, posted: month.posted, asOf: input.asOf })
    if (before === (await headOf(stores, space))) return provisional
  }
  return { state: 'unavailable', why: 'behind' }
}

async function headOf({ pool }: EventStores, { id }: BilledSpace): Promise<bigint> {
  const [head] = await readHeads(pool, { spaceIds: [id] })
  return head?.sequence ?? 0n
}

async function provisionalOf(
  stores: EventStores,
  input: { space: BilledSpace; month: Month; posted: NonNullable<Month['posted']>; asOf: Instant },
): Promise<Provisional> {
  const { space, month, posted, asOf } = input
  const usage = await readUnsettled(stores, { spaceId: space.id, period: month.period, asOf })
  if (usage.state === 'unavailable') return usage
  const { currency, billingZone } = space
  const facts = { currency, billingZone, closedPeriods: [], journal: { shard: 0, through: '0' } }
  try {
    const drafts = decidePostings({ facts, accounts: usage.accounts })
    const { from, until } = usage
    const period = { start: formatInstant(month.period.start), end: formatInstant(month.period.end) }
    const { billed, terms, amount } = posted
    const expected = expectedStatement({ period, currency, billed, drafts, terms })
    return { state: 'provisional', from, until, posted: amount, ...expected }
  } catch (error) {
    // What is posted is not what the prices say of it now.
    if (error instanceof RangeError) return { state: 'unavailable', why: 'repricing' }
    throw error
  }
}
