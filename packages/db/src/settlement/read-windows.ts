import type { Instant } from '@meterbook/core/kernel'
import { earlier, later } from '@meterbook/core/window'
import {
  type ClickHouseClient,
  readMeasuredLevels,
  readMeasuredSums,
  type SettlementCell,
} from '../clickhouse/index.ts'
import { findPostedPlaces, type Pool } from '../postgres/index.ts'
import { AccountWindows } from './account-windows.ts'
import type { BillingFacts } from './billing-facts.ts'

const HOUR = 3_600_000_000n

/** Hours of apps that are read at once: some thousands of windows where an app uses everything in three environments. */
export const PAGE_CELLS = 60
/** They travel in the address of a request. */
const PAGE_CELLS_MAX = 600
/** What a page should hold: what it costs to ask is the same for many windows as for few. */
const PAGE_WINDOWS = 2_500

/** How many hours of apps make a page, learned from the pages before: where little is used, more of them. */
export class PageSize {
  cells = PAGE_CELLS

  learn(page: { cells: number; windows: number }): void {
    const fitting = Math.floor((page.cells * PAGE_WINDOWS) / Math.max(1, page.windows))
    this.cells = Math.min(Math.max(fitting, PAGE_CELLS), PAGE_CELLS_MAX)
  }
}

/**
 * The account-windows of some hours of apps, with what is measured in them as of a journal number; also those that have an entry and in which
 * nothing is measured (any more).
 */
export async function readWindows(
  deps: { pool: Pool; clickhouse: ClickHouseClient },
  input: {
    facts: BillingFacts
    shard: number
    through: bigint
    cells: readonly SettlementCell[]
    /** Only usage of before this instant; left out: whole hours. */
    until?: Instant
  },
): Promise<AccountWindows> {
  const { facts, shard, through, cells, until } = input
  const windows = new AccountWindows(facts)
  if (cells.length === 0) return windows
  const [from, to] = spanOf(cells)
  const cuts = facts.cutsWithin(from, to)
  const asked = { shard, through, cells, cuts: until === undefined ? cuts : [...cuts, until] }
  const isAsked = ({ end }: { end: Instant }) => until === undefined || end <= until
  const appIds = [...new Set(cells.map(({ appId }) => appId))]
  const capabilityKeys = facts.pricedCapabilities()
  const [sums, levels, places] = await Promise.all([
    readMeasuredSums(deps.clickhouse, { ...asked, meters: facts.pricedMeters(['SUM', 'COUNT']) }),
    readMeasuredLevels(deps.clickhouse, { ...asked, meters: facts.pricedMeters(['TIME_WEIGHTED']) }),
    findPostedPlaces(deps.pool, { appIds, capabilityKeys, from, to }),
  ])
  for (const piece of sums.filter(isAsked)) windows.add(piece, false)
  for (const piece of levels.filter(isAsked)) windows.add(piece, true)
  const inPage = new Set(cells.map(({ appId, hour }) => `${appId} ${hour}`))
  for (const place of places) if (inPage.has(`${place.appId} ${hourOf(place.start)}`)) windows.addPosted(place)
  return windows
}

export function hourOf(at: Instant): Instant {
  return at - (((at % HOUR) + HOUR) % HOUR)
}

function spanOf(cells: readonly SettlementCell[]): [Instant, Instant] {
  const hours = cells.map(({ hour }) => hour)
  return [hours.reduce(earlier), hours.reduce(later) + HOUR]
}
