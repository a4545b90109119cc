import type { LedgerEntry } from '../ledger/index.ts'
import type { PeriodText, TermLine } from './statement-line.ts'

/** Usage that one statement carries: an entry, or entries of one app, capability, unit, month and exemption that were added up already. */
export interface BilledUsage {
  kind: 'usage'
  app: string
  capability: string
  unit: string
  isExempt: boolean
  period: PeriodText
  quantity: string
  amount: string
  currency: string
  entries: number
}

/** What a statement carries: usage, and, once it is closed, what was agreed and the rounding as they were posted. */
export type Billed =
  | BilledUsage
  | (TermLine & { currency: string })
  | { kind: 'rounding'; amount: string; currency: string }

/** What an entry adds to the statement that it is billed in; null for one that only testifies. */
export function billedOf(entry: LedgerEntry): Billed | null {
  const { kind } = entry
  if (kind === 'statement' || kind === 'journal_seal' || kind === 'journal_archive') return null
  if (kind === 'usage' || kind === 'adjustment') {
    const { app, capability, unit, exempt: isExempt, period, quantity, amount, currency } = entry
    return { kind: 'usage', app, capability, unit, isExempt, period, quantity, amount, currency, entries: 1 }
  }
  const { amount, currency, text, term } = entry
  return kind === 'rounding' ? { kind, amount, currency } : { kind, term: term ?? null, text, amount, currency }
}
