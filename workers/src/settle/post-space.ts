import type { Instant } from '@meterbook/core/kernel'
import { type AccountUsage, decidePostings, type PostedWindow } from '@meterbook/core/posting'
import {
  appendEntries,
  listClosedPeriods,
  lockHead,
  type Pool,
  type PostedRow,
  readPosted,
} from '@meterbook/db/postgres'
import type { MeasuredAccount } from './account-windows.ts'
import type { BillingFacts } from './billing-facts.ts'

/**
 * Posts what is missing of accounts of one space, in one transaction: what was posted is read under the lock of the ledger's head, so that
 * whoever else posts, from another shard or after a kill, is seen or waits. Returns the number of entries.
 */
export async function postSpace(
  deps: { pool: Pool; now(): Instant },
  input: {
    facts: BillingFacts
    spaceId: string
    accounts: readonly MeasuredAccount[]
    shard: number
    through: bigint
  },
): Promise<number> {
  const { facts, spaceId, accounts } = input
  const space = facts.space(spaceId)
  if (space === null || accounts.length === 0) return 0
  const client = await deps.pool.connect()
  try {
    await client.query('BEGIN')
    await lockHead(client, spaceId)
    const keys = accounts.map(({ account }) => ({ ...account, periodStart: account.period.start }))
    const starts = [...new Set(accounts.flatMap(({ windows }) => windows.map(({ window }) => window.start)))]
    const posted = await readPosted(client, { spaceId, accounts: keys, starts, cuts: facts.priceCutsOf(space) })
    const drafts = decidePostings({
      facts: {
        currency: space.currency,
        billingZone: space.billingZone,
        closedPeriods: await listClosedPeriods(client, spaceId),
        journal: { shard: input.shard, through: input.through.toString() },
      },
      accounts: usageOf(accounts, posted, (capabilityKey) => facts.timelineOf(space, capabilityKey)),
    })
    if (drafts.length > 0) await appendEntries(client, { spaceId, drafts, postedAt: deps.now() })
    await client.query('COMMIT')
    return drafts.length
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

function usageOf(
  accounts: readonly MeasuredAccount[],
  posted: readonly PostedRow[],
  timelineOf: (capabilityKey: string) => AccountUsage['timeline'],
): AccountUsage[] {
  const byAccount = new Map<string, PostedWindow[]>()
  for (const row of posted) {
    const key = `${row.appId} ${row.capabilityKey} ${row.periodStart}`
    const windows = byAccount.get(key)
    if (windows) windows.push(windowOf(row))
    else byAccount.set(key, [windowOf(row)])
  }
  return accounts.map(({ account, windows }) => ({
    account,
    timeline: timelineOf(account.capabilityKey),
    measured: windows,
    posted: byAccount.get(`${account.appId} ${account.capabilityKey} ${account.period.start}`) ?? [],
    isPartial: true,
  }))
}

/** Windows that were not looked at stand in one, of an environment that no app has: they count for the account, and nothing is decided of them. */
function windowOf({ start, end, environment, ...row }: PostedRow): PostedWindow {
  return { ...row, environment: environment ?? '', window: { start, end } }
}
