import { type WhatIfAccount, whatIfAccounts } from '@meterbook/core/posting'
import { type PriceVersion, priceSegments, priceTimeline } from '@meterbook/core/rating'
import type { Window } from '@meterbook/core/window'
import {
  type AccountKey,
  type BillingSpace,
  inSnapshot,
  listOwnedSpells,
  type Pool,
  readPosted,
} from '@meterbook/db/postgres'
import type { BillingFacts } from '@meterbook/db/settlement'
import { DRAFT_BOOK, type DraftPrices } from './what-if-prices.ts'

/** Accounts that one statement asks for. */
const PAGE_ACCOUNTS = 500

/** An app's use of a capability in the month, under both price lists. */
export interface WhatIfRow extends WhatIfAccount {
  capabilityKey: string
  unit: string
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
        const unit = facts.unitOf(capabilityKey)
        rows.push(...whatIfAccounts({ posted, ...timelines, period }).map((row) => ({ ...row, capabilityKey, unit })))
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

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
