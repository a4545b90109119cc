import type { BilledUsage } from './billed-sums.ts'
import { composeStatement } from './compose-statement.ts'
import type { BillingTerm } from './statement-line.ts'

export const JUNE = { start: '2026-06-01T00:00:00Z', end: '2026-07-01T00:00:00Z' }
export const JULY = { start: '2026-07-01T00:00:00Z', end: '2026-08-01T00:00:00Z' }

/** One entry's share of a statement. */
export function billed(amount: string, more: Partial<BilledUsage> = {}): BilledUsage {
  const place = { app: 'app-1', capability: 'kvs.reads', unit: 'GB', isExempt: false, period: JULY }
  return { kind: 'usage', ...place, quantity: '1', amount, currency: 'USD', entries: 1, ...more }
}

export function term(
  kind: BillingTerm['kind'],
  grant: { percent?: string; amount?: string; of?: string },
): BillingTerm {
  const { percent = null, amount = null, of: capability = null } = grant
  return { id: `${kind}-1`, kind, capability, percent, amount, text: `${kind} as agreed` }
}

export function july(usage: readonly BilledUsage[], terms: readonly BillingTerm[] = []) {
  return composeStatement({ period: JULY, currency: 'USD', billed: usage, terms })
}
