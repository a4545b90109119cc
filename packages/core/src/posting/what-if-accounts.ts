import { addDecimals, type Instant, subtractDecimals } from '../kernel/index.ts'
import { type PriceVersion, priceSegments, type RatedPart, type UsageSlice, whatIf } from '../rating/index.ts'
import type { Window } from '../window/index.ts'
import type { MeterBase } from './account.ts'
import { quantityOfBases } from './measured-base.ts'

/** What was posted of an account between two cuts. Exact decimal texts. */
export interface PostedUsage {
  appId: string
  start: Instant
  isExempt: boolean
  measured: readonly MeterBase[]
  amount: string
}

/** An account's period under two price lists. Exact decimal texts; `difference` = draft − actual. */
export interface WhatIfAccount {
  appId: string
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
 * What was posted of one capability in a period, rated once more: a row for each app that used or pays something. What is exempt costs nothing under
 * either. `posted` is cut wherever a price of either list begins or ends.
 */
export function whatIfAccounts(input: {
  posted: readonly PostedUsage[]
  actual: readonly PriceVersion[]
  draft: readonly PriceVersion[]
  period: Window
}): WhatIfAccount[] {
  const { actual: actualPrices, draft: draftPrices, period } = input
  const accounts = Map.groupBy(
    input.posted.filter(({ isExempt }) => !isExempt),
    ({ appId }) => appId,
  )
  return [...accounts].flatMap(([appId, rows]) => {
    const slices = slicesOf(rows, priceSegments(actualPrices, period))
    const { actual, draft, difference } = whatIf({ period, slices, actual: actualPrices, draft: draftPrices })
    const quantity = slices.reduce((sum, slice) => addDecimals(sum, slice.quantity), '0')
    const isNothing = [quantity, actual.amount, draft.amount].every((text) => text === '0')
    if (isNothing) return []
    return {
      ...{ appId, quantity, actual: actual.amount, draft: draft.amount, difference: difference.amount },
      parts: difference.parts,
      posted: rows.reduce((sum, row) => addDecimals(sum, row.amount), '0'),
    }
  })
}

/**
 * Quantities of an account between all cuts. Divided as the ledger does, once for each segment of the actual prices: where a cut of the draft lies within
 * one, its pieces add up to that.
 */
function slicesOf(rows: readonly PostedUsage[], segments: readonly Window[]): UsageSlice[] {
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
