// Statement: what one month of one space comes to, and whether it can be closed.
// Promises: lines that add up to the last digit; one rounding, in a line of its own; no entry left out and none counted twice.
// Does not know: how entries were priced, how they are stored, who may close a month.
export { type Billed, type BilledUsage, billedOf } from './billed-sums.ts'
export { BillingTermDraft } from './billing-term-draft.ts'
export { type ClosingFacts, closingChecklist, mayClose, statementState } from './closing-checklist.ts'
export { closingEntries, linesDigest } from './closing-entries.ts'
export { composeStatement } from './compose-statement.ts'
export { type ExpectedStatement, expectedStatement, type ProvisionalLine } from './expected-statement.ts'
export { minorDigitsOf } from './minor-digits.ts'
export { roundedText } from './money.ts'
export { billingPeriod, periodOfMonth, readStatementId, statementId } from './statement-id.ts'
export type {
  BillingTerm,
  ChecklistItem,
  PeriodText,
  RoundingLine,
  Statement,
  StatementLine,
  StatementState,
  TermLine,
  UsageLine,
} from './statement-line.ts'
