// Focus: the ledger in the words of FOCUS, the open billing format, and the checks that such a file must pass.
// Promises: every digit of every entry, in exactly one row; what FOCUS cannot say without loss is refused, never cut.
// Does not know: files, CSV or Parquet, stores, how usage was priced.

export {
  type ChargeFold,
  type CorrectionReason,
  chargesOf,
  type FocusCharge,
  foldCharges,
  type LumpCharge,
  type PlacedEntry,
  type UsageCharge,
} from './charge.ts'
export { checkFocus } from './checks/check-focus.ts'
export type { FocusFacts, FocusFault } from './checks/fault.ts'
export {
  BILLING_PERIOD,
  COST_AND_USAGE,
  columnNames,
  type FocusColumn,
  type FocusRow,
  type FocusTable,
  type FocusType,
  INVOICE_DETAIL,
} from './column.ts'
export { costAndUsageRows } from './cost-and-usage.ts'
export { type FocusDataset, focusDataset } from './dataset.ts'
export { type FocusDatasetId, type FocusFile, type FocusManifest, focusManifest } from './manifest.ts'
export type { FocusApp, FocusParties, NameSpell } from './party.ts'
export { profileColumns, profileRow, toProfile12 } from './profile-1-2.ts'
export { billingPeriodRow, type FocusStatement, invoiceDetailRows } from './statement.ts'
