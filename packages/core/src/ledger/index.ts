// Ledger: what was posted, in one form, and the chain that shows whether it was touched.
// Promises: one canonical text for one entry, one hash for one place in a chain; the first row that does not fit is named.
// Does not know: prices, stores, who posts and when.
export {
  ADJUSTMENT_REASONS,
  ENTRY_FORMAT,
  EntryDraft,
  type EntryPart,
  LedgerEntry,
  PLATFORM_SPACE_ID,
} from './ledger-entry.ts'
