import type { Instant } from '../kernel/index.ts'
import { type Window, windowEnd } from '../window/index.ts'

/** The month whose statement carries an entry of `period`: the same one, or, where that is issued already, the first after it that is not. */
export function billedIn(period: Window, facts: { billingZone: string; closedPeriods: readonly Instant[] }): Window {
  const closed = new Set(facts.closedPeriods)
  let month = period
  while (closed.has(month.start)) {
    month = { start: month.end, end: windowEnd(month.end, 'month', facts.billingZone) }
  }
  return month
}
