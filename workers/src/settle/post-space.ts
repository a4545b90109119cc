import type { Instant } from '@meterbook/core/kernel'
import type { ChainHead } from '@meterbook/core/ledger'
import {
  type AccountUsage,
  decidePostings,
  type PostedWindow,
  type PostingDraft,
  type PostingFacts,
} from '@meterbook/core/posting'
import {
  appendEntries,
  type BillingSpace,
  listClosedPeriods,
  lockHead,
  type Pool,
  type PoolClient,
  type PostedRow,
  readPosted,
  readRatedBy,
  refuseStale,
} from '@meterbook/db/postgres'
import type { BillingFacts, MeasuredAccount, SettlementFault } from '@meterbook/db/settlement'
import type { PostedAccounts } from './posted-accounts.ts'

/**
 * Posts what is missing of accounts of one space, in one transaction: what was posted is read under the lock of the ledger's head, so that
 * whoever else posts, from another shard or after a kill, is seen or waits.
 */
export async function postSpace(
  deps: { pool: Pool; now(): Instant },
  input: SpaceInput,
): Promise<{ entries: number; faults: SettlementFault[] }> {
  const { facts, spaceId, accounts } = input
  const space = facts.space(spaceId)
  if (space === null || accounts.length === 0) return { entries: 0, faults: [] }
  const client = await deps.pool.connect()
  try {
    await client.query('BEGIN')
    const head = await lockHead(client, spaceId)
    await refuseStale(client, input)
    const { drafts, faults } = await decide(client, { ...input, head }, space)
    if (drafts.length === 0) {
      await client.query('ROLLBACK')
      return { entries: 0, faults }
    }
    const { last, hash } = await appendEntries(client, { spaceId, drafts, postedAt: deps.now(), areInFormat: true })
    await client.query('COMMIT')
    input.known.add({ spaceId, head: { sequence: last, hash }, drafts })
    return { entries: drafts.length, faults }
  } catch (error) {
    input.known.forget(spaceId)
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

interface SpaceInput {
  facts: BillingFacts
  spaceId: string
  accounts: readonly MeasuredAccount[]
  shard: number
  through: bigint
  /** Of the tables that were read. */
  generation: bigint
  /** See refuseStale. */
  pid: number | null
  known: PostedAccounts
}

interface LockedInput extends SpaceInput {
  /** Of the space's chain, locked. */
  head: ChainHead
}

async function decide(
  client: PoolClient,
  input: LockedInput,
  space: BillingSpace,
): Promise<{ drafts: PostingDraft[]; faults: SettlementFault[] }> {
  const facts: PostingFacts = {
    currency: space.currency,
    billingZone: space.billingZone,
    closedPeriods: await listClosedPeriods(client, space.id),
    journal: { shard: input.shard, through: input.through.toString() },
  }
  const accounts = await usageOf(client, input, space)
  try {
    return { drafts: decidePostings({ facts, accounts }), faults: [] }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  // One account at least was rated by other prices than there are now. Account by account, so that the others need not wait for it.
  const drafts: PostingDraft[] = []
  const faults: SettlementFault[] = []
  for (const account of accounts) {
    const decided = decideOne(facts, account) ?? decideOne(facts, await rerated(client, input, space, account))
    if (decided !== null) drafts.push(...decided)
    else faults.push({ code: 'not_reratable', of: `${account.account.appId} ${account.account.capabilityKey}` })
  }
  return { drafts, faults }
}

/** null: what is posted is not what these prices say of it. */
function decideOne(facts: PostingFacts, account: AccountUsage): PostingDraft[] | null {
  try {
    return decidePostings({ facts, accounts: [account] })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** The account with every posted window by itself and the prices that its entries name: a price was added to the past. */
async function rerated(
  client: PoolClient,
  { facts }: SpaceInput,
  space: BillingSpace,
  usage: AccountUsage,
): Promise<AccountUsage> {
  const { account } = usage
  const key = { ...account, periodStart: account.period.start }
  const { prices, starts } = await readRatedBy(client, { spaceId: space.id, account: key })
  const posted = await readPosted(client, { spaceId: space.id, accounts: [key], starts, cuts: [] })
  const ratedBy = facts.timelineBy(space, account.capabilityKey, prices)
  return { ...usage, ratedBy, posted: posted.map(windowOf) }
}

async function usageOf(
  client: PoolClient,
  { facts, spaceId, accounts, known, head }: LockedInput,
  space: BillingSpace,
): Promise<AccountUsage[]> {
  const keys = accounts.map(({ account }) => ({ ...account, periodStart: account.period.start }))
  const starts = [...new Set(accounts.flatMap(({ windows }) => windows.map(({ window }) => window.start)))]
  const cuts = facts.priceCutsOf(space)
  const totals = await known.totalsOf(client, { spaceId, head, accounts: keys, cuts })
  const posted = new Map<string, PostedWindow[]>()
  for (const row of await readPosted(client, { spaceId, accounts: keys, starts, cuts, totals })) {
    const key = `${row.appId} ${row.capabilityKey} ${row.periodStart}`
    const windows = posted.get(key)
    if (windows) windows.push(windowOf(row))
    else posted.set(key, [windowOf(row)])
  }
  return accounts.map(({ account, windows }) => ({
    account,
    timeline: facts.timelineOf(space, account.capabilityKey),
    measured: windows,
    posted: posted.get(`${account.appId} ${account.capabilityKey} ${account.period.start}`) ?? [],
    isPartial: true,
  }))
}

/** Windows that were not looked at stand in one, of an environment that no app has: they count for the account, and nothing is decided of them. */
function windowOf({ start, end, environment, ...row }: PostedRow): PostedWindow {
  return { ...row, environment: environment ?? '', window: { start, end } }
}
