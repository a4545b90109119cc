/** A month of the space's billing zone, half-open, RFC 3339: as in the entries. */
export interface PeriodText {
  start: string
  end: string
}

/** What a line of a statement may be, as plain JSON. Amounts and quantities are exact decimal texts; only `rounding` makes the sum one that can be paid. */
export type StatementLine = UsageLine | TermLine | RoundingLine

/** usage: of this month. exempt: of this month, shown at cost 0. correction: of `period`, an earlier month whose statement does not move any more. */
export interface UsageLine {
  kind: 'usage' | 'exempt' | 'correction'
  app: string
  capability: string
  unit: string
  /** the month of the usage */
  period: PeriodText
  isExempt: boolean
  quantity: string
  amount: string
  /** entries that add up to this line */
  entries: number
}

/** amount: below 0 in a discount and a credit, above 0 in a minimum. `term`: the id of the billing term. */
export interface TermLine {
  kind: 'discount' | 'credit' | 'minimum'
  term: string | null
  text: string
  amount: string
}

export interface RoundingLine {
  kind: 'rounding'
  amount: string
}

export interface Statement {
  currency: string
  period: PeriodText
  /** in one order: usage, exempt, corrections, discounts, minimums, credits, rounding */
  lines: StatementLine[]
  /** Σ of all lines but rounding */
  exactTotal: string
  /** exactTotal, half to even at the currency's minor digits */
  total: string
}

/**
 * What was agreed with a space, in force for the statement. Either `percent` (of what it applies to: `12.5`) or `amount` (in the space's
 * currency), at least 0. `capability` null: the whole statement.
 */
export interface BillingTerm {
  id: string
  kind: 'discount' | 'credit' | 'minimum'
  capability: string | null
  percent: string | null
  amount: string | null
  text: string
}

/** open: its month runs. closing: the month is over, the checklist is not. closed: issued. amended: issued, and a later statement corrects it. */
export type StatementState = 'open' | 'closing' | 'closed' | 'amended'

/** waiting: time or work will settle it. blocked: somebody has to act. waived: somebody did, with a reason. */
export interface ChecklistItem {
  key: 'period_ended' | 'settled' | 'reconciled' | 'quarantine'
  state: 'ok' | 'waiting' | 'blocked' | 'waived'
  text: string
}
