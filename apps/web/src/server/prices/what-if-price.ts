import { addDecimals, formatInstant, type Instant } from '@meterbook/core/kernel'
import { type ListedPrice, type PriceVersionDraft, priceTimeline } from '@meterbook/core/rating'
import { billingPeriod } from '@meterbook/core/statement'
import type { Window } from '@meterbook/core/window'
import { type BillingSpace, listApps, type Pool, type RatingFacts, readRatingFacts } from '@meterbook/db/postgres'
import { rerate } from './rerate.ts'

const DRAFT_BOOK = 'draft'
export const WHAT_IF_MONTHS_MAX = 12

interface WhatIfRow {
  space: string
  app: string
  month: string
  quantity: string
  actual: string
  draft: string
  difference: string
}

/**
 * What past months would have cost under a draft of one capability's price, as if it had been in force throughout: for every space while it had this book. By
 * month, newest first, and by app; from what is posted, exactly.
 */
export async function whatIfPrice(
  pool: Pool,
  input: { priceBookId: string; capabilityKey: string; draft: PriceVersionDraft; months: number; now: Instant },
) {
  const { priceBookId, capabilityKey, months, now } = input
  const facts = await readRatingFacts(pool)
  const prices = facts.prices.filter((price) => price.capabilityKey === capabilityKey)
  const drafted = draftedPrices(input)
  const rows: WhatIfRow[] = []
  for (const space of facts.spaces.values()) {
    if (!space.subscriptions.some(({ bookId }) => bookId === priceBookId)) continue
    for (const period of periodsOf(space, { months, now })) {
      rows.push(...(await rowsOf(pool, { facts, space, period, prices, drafted, priceBookId, capabilityKey })))
    }
  }
  const slugs = new Map((await listApps(pool, null)).map(({ id, slug }) => [id, slug]))
  const named = rows.map((row) => ({ ...row, app: slugs.get(row.app) ?? row.app }))
  return {
    currency: facts.currencies.get(priceBookId) ?? '',
    unit: facts.meters.find((meter) => meter.capabilityKey === capabilityKey)?.unit ?? '',
    months: [...Map.groupBy(named, ({ month }) => month)]
      .sort(([a], [b]) => (a < b ? 1 : -1))
      .map(([month, ofMonth]) => ({ month, ...sumOf(ofMonth) })),
    apps: [...Map.groupBy(named, ({ space, app }) => `${space}\n${app}`).values()]
      .map((ofApp) => ({ space: ofApp[0]?.space ?? '', app: ofApp[0]?.app ?? '', ...sumOf(ofApp) }))
      .sort((a, b) => (a.app < b.app ? -1 : 1)),
    total: sumOf(named),
  }
}

/** Before every usage there can be: as if it had always been so. */
function draftedPrices(input: { capabilityKey: string; draft: PriceVersionDraft }): ListedPrice[] {
  const { effectiveFrom: _begins, ...price } = input.draft
  return [{ bookId: DRAFT_BOOK, capabilityKey: input.capabilityKey, version: 1, effectiveFrom: 0n, ...price }]
}

/** The last months of the space's zone, the present one included. */
function periodsOf(space: BillingSpace, { months, now }: { months: number; now: Instant }): Window[] {
  const periods: Window[] = []
  let at = now
  for (let month = 0; month < months; month++) {
    const period = billingPeriod(at, space.billingZone)
    periods.push(period)
    at = period.start - 1n
  }
  return periods
}

async function rowsOf(
  pool: Pool,
  input: {
    facts: RatingFacts
    space: BillingSpace
    period: Window
    prices: readonly ListedPrice[]
    drafted: readonly ListedPrice[]
    priceBookId: string
    capabilityKey: string
  },
): Promise<WhatIfRow[]> {
  const { space, period, priceBookId, capabilityKey } = input
  const actual = priceTimeline({ prices: input.prices, subscriptions: space.subscriptions })
  // only while the space had this book is it the draft's to say
  const subscriptions = space.subscriptions.map((row) =>
    row.bookId === priceBookId ? { ...row, bookId: DRAFT_BOOK } : row,
  )
  const draft = priceTimeline({ prices: [...input.prices, ...input.drafted], subscriptions })
  const month = formatInstant(period.start + (period.end - period.start) / 2n).slice(0, 7)
  const rated = await rerate(pool, { space, period, capabilityKey, actual, draft })
  return rated.map((row) => {
    const { quantity, actual: was, draft: would, difference } = row
    return { space: space.slug, app: row.appId, month, quantity, actual: was, draft: would, difference }
  })
}

function sumOf(rows: readonly WhatIfRow[]) {
  const sum = (of: 'quantity' | 'actual' | 'draft' | 'difference') =>
    rows.reduce((total, row) => addDecimals(total, row[of]), '0')
  return { quantity: sum('quantity'), actual: sum('actual'), draft: sum('draft'), difference: sum('difference') }
}
