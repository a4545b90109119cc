import { type Instant, QUANTITY_SCALE } from '../kernel/index.ts'
import type { Window } from '../window/index.ts'
import { decompose } from './decompose.ts'
import { priceSegments } from './price-timeline.ts'
import type { PriceVersion, SegmentUsage } from './price-version.ts'
import { amountOf, partsBetween, type RatedPart } from './rated-part.ts'
import { quantityText, scaledOf } from './scaled.ts'

/** So much was used from that instant on: a settled window, or all of a stretch within which no price begins. */
export interface UsageSlice {
  at: Instant
  quantity: string
}

/** A period's usage laid out under a price list, as `decompose` takes it. A slice is rated by the price in force at its start. */
export function segmentUsage(input: {
  timeline: readonly PriceVersion[]
  period: Window
  slices: readonly UsageSlice[]
}): SegmentUsage[] {
  const segments = priceSegments(input.timeline, input.period)
  const sums = segments.map(() => 0n)
  for (const { at, quantity } of input.slices) {
    const index = segments.findIndex(({ start, end }) => start <= at && at < end)
    if (index < 0) throw new RangeError('expected usage within its billing period')
    sums[index] = (sums[index] ?? 0n) + scaledOf(quantity, QUANTITY_SCALE)
  }
  return segments.map(({ price }, index) => ({ price, quantity: quantityText(sums[index] ?? 0n) }))
}

/** The same usage under two price lists. Amounts are exact texts; `difference` = draft − actual. */
export interface WhatIf {
  actual: { parts: RatedPart[]; amount: string }
  draft: { parts: RatedPart[]; amount: string }
  difference: { parts: RatedPart[]; amount: string }
}

/** What an account's period would have cost under a draft price list, and which part makes the difference. */
export function whatIf(input: {
  period: Window
  slices: readonly UsageSlice[]
  actual: readonly PriceVersion[]
  draft: readonly PriceVersion[]
}): WhatIf {
  const ratedBy = (timeline: readonly PriceVersion[]) => {
    const parts = decompose(segmentUsage({ timeline, period: input.period, slices: input.slices }))
    return { parts, amount: amountOf(parts) }
  }
  const actual = ratedBy(input.actual)
  const draft = ratedBy(input.draft)
  const parts = partsBetween(actual.parts, draft.parts)
  return { actual, draft, difference: { parts, amount: amountOf(parts) } }
}
