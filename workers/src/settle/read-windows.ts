import type { Instant } from '@meterbook/core/kernel'
import { earlier, later } from '@meterbook/core/window'
import {
  type ClickHouseClient,
  readMeasuredLevels,
  readMeasuredSums,
  type SettlementCell,
} from '@meterbook/db/clickhouse'
import { findPostedPlaces, type Pool } from '@meterbook/db/postgres'
import { AccountWindows } from './account-windows.ts'
import type { BillingFacts } from './billing-facts.ts'

const HOUR = 3_600_000_000n

/** Hours of apps that are read at once: some thousands of windows where an app uses everything in three environments. */
export const PAGE_CELLS = 60

/**
 * The account-windows of some hours of apps, with what is measured in them as of a journal number; also those that have an entry and in which
 * nothing is measured (any more).
 */
export async function readWindows(
  deps: { pool: Pool; clickhouse: ClickHouseClient },
  input: { facts: BillingFacts; shard: number; through: bigint; cells: readonly SettlementCell[] },
): Promise<AccountWindows> {
  const { facts, shard, through, cells } = input
  const windows = new AccountWindows(facts)
  if (cells.length === 0) return windows
  const [from, to] = spanOf(cells)
  const asked = { shard, through, cells, cuts: facts.cutsWithin(from, to) }
  const sums = { ...asked, meters: facts.pricedMeters(['SUM', 'COUNT']) }
  for (const piece of await readMeasuredSums(deps.clickhouse, sums)) windows.add(piece, false)
  const levels = { ...asked, meters: facts.pricedMeters(['TIME_WEIGHTED']) }
  for (const piece of await readMeasuredLevels(deps.clickhouse, levels)) windows.add(piece, true)
  const inPage = new Set(cells.map(({ appId, hour }) => `${appId} ${hour}`))
  const appIds = [...new Set(cells.map(({ appId }) => appId))]
  const capabilityKeys = facts.pricedCapabilities()
  for (const place of await findPostedPlaces(deps.pool, { appIds, capabilityKeys, from, to }))
    if (inPage.has(`${place.appId} ${hourOf(place.start)}`)) windows.addPosted(place)
  return windows
}

export function hourOf(at: Instant): Instant {
  return at - (((at % HOUR) + HOUR) % HOUR)
}

function spanOf(cells: readonly SettlementCell[]): [Instant, Instant] {
  const hours = cells.map(({ hour }) => hour)
  return [hours.reduce(earlier), hours.reduce(later) + HOUR]
}
