import { formatInstant, type Instant, parseInstant } from '../kernel/index.ts'
import { type Window, windowEnd, windowStart } from '../window/index.ts'

/** `2026-10-fernline`: the month and the space's slug. */
export function statementId(input: { period: Window; slug: string }): string {
  return `${monthText(input.period)}-${input.slug}`
}

/** The parts of a statement's id; null if it is none. */
export function readStatementId(id: string): { month: string; slug: string } | null {
  const [, month, slug] = /^(\d{4}-(?:0[1-9]|1[0-2]))-(.+)$/.exec(id) ?? []
  return month === undefined || slug === undefined ? null : { month, slug }
}

/** The billing period that holds an instant. Throws RangeError for an unknown zone. */
export function billingPeriod(at: Instant, zone: string): Window {
  return { start: windowStart(at, 'month', zone), end: windowEnd(at, 'month', zone) }
}

/** The billing period of `2026-10` in a zone; null for a text that names no month. Throws RangeError for an unknown zone. */
export function periodOfMonth(month: string, zone: string): Window | null {
  // the middle of the month is within it by every clock
  const middle = parseInstant(`${month}-15T12:00:00Z`)
  return /^\d{4}-\d\d$/.test(month) && middle.ok ? billingPeriod(middle.value, zone) : null
}

/** `2026-10` of a billing period, by its zone's clock. */
function monthText({ start, end }: Window): string {
  return formatInstant((start + end) / 2n).slice(0, 7)
}
