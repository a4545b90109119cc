import type { Instant } from '@meterbook/core/kernel'
import type { AccountUsage, PostedWindow } from '@meterbook/core/posting'
import { earlier, idleWatermark, later, MICROS_PER_HOUR, type Window } from '@meterbook/core/window'
import { type ClickHouseClient, readFirstUsageHour, type SettlementCell } from '../clickhouse/index.ts'
import {
  listMonthApps,
  type Pool,
  readPosted,
  readRatingFacts,
  readSettlementStand,
  type SettlementStand,
} from '../postgres/index.ts'
import { checkProjection } from '../rebuild.ts'
import type { MeasuredAccount } from './account-windows.ts'
import { BillingFacts } from './billing-facts.ts'
import { hourOf, PageSize, readWindows } from './read-windows.ts'

const HOUR = BigInt(MICROS_PER_HOUR)
/** Hours of apps that an answer may wait for: two days of four hundred apps. Where settlement is further behind, it has to come nearer first. */
const CELLS_MAX = 20_000

/**
 * What is measured of a month and may not be settled yet, beside what is posted of the same accounts: `decidePostings` of it is what is still to be
 * posted. `from`: everything before is settled; `until`: the watermark, later usage is not looked at. Both null: nothing was ever measured. `unavailable`:
 * the tables are being made anew, or settlement is too far behind for an answer at once; that is not zero.
 */
export type UnsettledUsage =
  | { state: 'measured'; from: Instant | null; until: Instant | null; accounts: AccountUsage[] }
  | { state: 'unavailable'; why: 'rebuilding' | 'behind' }

type Stores = { pool: Pool; clickhouse: ClickHouseClient }

export async function readUnsettled(
  stores: Stores,
  input: { spaceId: string; period: Window; asOf: Instant },
): Promise<UnsettledUsage> {
  const { spaceId, period, asOf } = input
  const facts = new BillingFacts(await readRatingFacts(stores.pool))
  const measured = new Map<string, MeasuredAccount>()
  const spans: Window[] = []
  let cells = 0
  for (const [shard, appIds] of await listMonthApps(stores.pool, { spaceId, period })) {
    const stand = await readSettlementStand(stores.pool, shard)
    if (stand === null || stand.projected === 0n) continue
    if (stand.isRebuilding || (await checkProjection(stores)) !== 'held')
      return { state: 'unavailable', why: 'rebuilding' }
    const span = await spanOf(stores, { stand, period, asOf })
    if (span === null) continue
    spans.push(span)
    cells += appIds.length * Number((span.end - hourOf(span.start) + HOUR - 1n) / HOUR)
    if (cells > CELLS_MAX) return { state: 'unavailable', why: 'behind' }
    for await (const account of accountsOf(stores, { facts, stand, span, appIds, spaceId }))
      if (account.account.period.start === period.start) addAccount(measured, account)
  }
  return {
    state: 'measured',
    from: spans.map(({ start }) => start).reduce<Instant | null>((a, b) => (a === null ? b : earlier(a, b)), null),
    until: spans.map(({ end }) => end).reduce<Instant | null>((a, b) => (a === null ? b : earlier(a, b)), null),
    accounts: await besidePosted(stores.pool, { facts, spaceId, accounts: [...measured.values()] }),
  }
}

/** What of the month is not settled on a shard, up to its watermark; null: nothing. */
async function spanOf(
  { clickhouse }: Stores,
  { stand, period, asOf }: { stand: SettlementStand; period: Window; asOf: Instant },
): Promise<Window | null> {
  const { shard, projected: through, settled } = stand
  const watermark = stand.isIdle ? idleWatermark(stand.watermark, asOf) : stand.watermark
  const begun = settled.until ?? (await readFirstUsageHour(clickhouse, { shard, through }))
  if (watermark === null || begun === null) return null
  const span = { start: later(begun, period.start), end: earlier(watermark, period.end) }
  return span.start < span.end ? span : null
}

async function* accountsOf(
  stores: Stores,
  input: { facts: BillingFacts; stand: SettlementStand; span: Window; appIds: readonly string[]; spaceId: string },
): AsyncGenerator<MeasuredAccount> {
  const { facts, stand, span, appIds, spaceId } = input
  const all: SettlementCell[] = []
  for (const appId of appIds)
    for (let hour = hourOf(span.start); hour < span.end; hour += HOUR) all.push({ appId, hour })
  const size = new PageSize()
  while (all.length > 0) {
    const cells = all.splice(0, size.cells)
    const asked = { facts, shard: stand.shard, through: stand.projected, cells, until: span.end }
    const windows = await readWindows(stores, asked)
    size.learn({ cells: cells.length, windows: windows.count() })
    for (const [owner, accounts] of windows.bySpace()) if (owner === spaceId) yield* accounts
  }
}

/** One account's hours may stand in several pages. */
function addAccount(measured: Map<string, MeasuredAccount>, { account, windows }: MeasuredAccount): void {
  const key = `${account.appId} ${account.capabilityKey}`
  const known = measured.get(key)
  if (known === undefined) measured.set(key, { account, windows })
  else known.windows = [...known.windows, ...windows]
}

async function besidePosted(
  pool: Pool,
  { facts, spaceId, accounts }: { facts: BillingFacts; spaceId: string; accounts: readonly MeasuredAccount[] },
): Promise<AccountUsage[]> {
  const space = facts.space(spaceId)
  if (space === null || accounts.length === 0) return []
  const keyOf = (appId: string, capabilityKey: string) => `${appId} ${capabilityKey}`
  const posted = new Map<string, PostedWindow[]>()
  const rows = await readPosted(pool, {
    spaceId,
    accounts: accounts.map(({ account }) => ({ ...account, periodStart: account.period.start })),
    starts: [...new Set(accounts.flatMap(({ windows }) => windows.map(({ window }) => window.start)))],
    cuts: facts.priceCutsOf(space),
  })
  for (const { start, end, environment, ...row } of rows) {
    const key = keyOf(row.appId, row.capabilityKey)
    const window = { ...row, environment: environment ?? '', window: { start, end } }
    posted.set(key, [...(posted.get(key) ?? []), window])
  }
  return accounts.map(({ account, windows }) => ({
    account,
    timeline: facts.timelineOf(space, account.capabilityKey),
    measured: windows,
    posted: posted.get(keyOf(account.appId, account.capabilityKey)) ?? [],
    isPartial: true,
  }))
}
