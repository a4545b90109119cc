import { addDecimals, subtractDecimals } from '@meterbook/core/kernel'
import { type MeterBase, quantityOfBases } from '@meterbook/core/posting'
import {
  type PriceVersion,
  priceSegments,
  priceTimeline,
  type RatedPart,
  type UsageSlice,
  whatIf,
} from '@meterbook/core/rating'
import type { Window } from '@meterbook/core/window'
import {
  type AccountKey,
  type BillingSpace,
  inSnapshot,
  listOwnedSpells,
  type Pool,
  type PostedRow,
  readPosted,
} from '@meterbook/db/postgres'
import type { BillingFacts } from '../../settle/billing-facts.ts'
import { DRAFT_BOOK, type DraftPrices } from './what-if-prices.ts'

/** Accounts that one statement asks for. */
const PAGE_ACCOUNTS = 500

/** An app's use of a capability in the month, under both price lists. Exact decimal texts; `difference` = draft − actual. */
export interface WhatIfRow {
  appId: string
  capabilityKey: string
  unit: string
  quantity: string
  actual: string
  draft: string
  difference: string
  /** which parts of the price make the difference */
  parts: RatedPart[]
  /** what the ledger has: the same as `actual`, unless a price was added since and is not posted yet */
  posted: string
}

/**
 * What was posted of a month of a space, rated under a draft: a row for each app and capability that used something, ascending. A capability that the draft
 * does not list keeps its prices. What is exempt costs nothing under either. As the ledger is at one moment.
 */
export function whatIfMonth(
  pool: Pool,
  input: { facts: BillingFacts; space: BillingSpace; period: Window; draft: DraftPrices },
): Promise<WhatIfRow[]> {
  const { facts, space, period } = input
  return inSnapshot(pool, async (client) => {
    const spells = await listOwnedSpells(client, { spaceId: space.id, period })
    const appIds = [...new Set(spells.flatMap((spell) => spell.appIds))].sort()
    const rows: WhatIfRow[] = []
    for (const capabilityKey of facts.pricedCapabilities().sort()) {
      const timelines = timelinesOf(input, capabilityKey)
      const cuts = [timelines.actual, timelines.draft].flatMap((timeline) =>
        priceSegments(timeline, period).map(({ start }) => start),
      )
      for (let at = 0; at < appIds.length; at += PAGE_ACCOUNTS) {
        const accounts = appIds.slice(at, at + PAGE_ACCOUNTS).map((appId): AccountKey => {
          return { appId, capabilityKey, periodStart: period.start }
        })
        const sorted = [...new Set(cuts)].sort((a, b) => (a < b ? -1 : 1))
        const posted = await readPosted(client, { spaceId: space.id, accounts, starts: [], cuts: sorted })
        rows.push(...rowsOf({ posted, timelines, period, unit: facts.unitOf(capabilityKey) }))
      }
    }
    return rows.sort((a, b) => compare(a.appId, b.appId) || compare(a.capabilityKey, b.capabilityKey))
  })
}

interface Timelines {
  actual: PriceVersion[]
  draft: PriceVersion[]
}

function timelinesOf(
  { facts, space, draft }: { facts: BillingFacts; space: BillingSpace; draft: DraftPrices },
  capabilityKey: string,
): Timelines {
  const actual = facts.timelineOf(space, capabilityKey)
  const drafted = draft.get(capabilityKey)
  if (drafted === undefined) return { actual, draft: actual }
  // In force whenever the space is subscribed, to whatever book.
  const subscriptions = space.subscriptions.map((subscription) => ({ ...subscription, bookId: DRAFT_BOOK }))
  return { actual, draft: priceTimeline({ prices: drafted.prices, subscriptions }) }
}

function rowsOf(input: {
  posted: readonly PostedRow[]
  timelines: Timelines
  period: Window
  unit: string
}): WhatIfRow[] {
  const { posted, timelines, period, unit } = input
  const accounts = new Map<string, PostedRow[]>()
  for (const row of posted) {
    if (row.isExempt) continue
    const rows = accounts.get(row.appId)
    if (rows) rows.push(row)
    else accounts.set(row.appId, [row])
  }
  return [...accounts.values()].flatMap((rows) => {
    const [first] = rows
    const slices = slicesOf(rows, priceSegments(timelines.actual, period))
    const { actual, draft, difference } = whatIf({ period, slices, actual: timelines.actual, draft: timelines.draft })
    const quantity = slices.reduce((sum, slice) => addDecimals(sum, slice.quantity), '0')
    const isNothing = [quantity, actual.amount, draft.amount].every((text) => text === '0')
    if (first === undefined || isNothing) return []
    return {
      ...{ appId: first.appId, capabilityKey: first.capabilityKey, unit, quantity },
      ...{ actual: actual.amount, draft: draft.amount, difference: difference.amount, parts: difference.parts },
      posted: rows.reduce((sum, row) => addDecimals(sum, row.amount), '0'),
    }
  })
}

/**
 * Quantities of an account between all cuts. Divided as the ledger does, once for each segment of the actual prices: where a cut of the draft lies within
 * one, its pieces add up to that.
 */
function slicesOf(rows: readonly PostedRow[], segments: readonly Window[]): UsageSlice[] {
  return segments.flatMap(({ start, end }) => {
    const bases: MeterBase[] = []
    let before = '0'
    return rows
      .filter((row) => start <= row.start && row.start < end)
      .sort((a, b) => (a.start < b.start ? -1 : 1))
      .map((row): UsageSlice => {
        bases.push(...row.measured)
        const after = quantityOfBases(bases)
        const quantity = subtractDecimals(after, before)
        before = after
        return { at: row.start, quantity }
      })
  })
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
