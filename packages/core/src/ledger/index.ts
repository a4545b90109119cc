// Ledger: what was posted, in one form, and the chain that shows whether it was touched.
// Promises: one canonical text for one entry, one hash for one place in a chain; the first row that does not fit is named.
// Does not know: prices, stores, who posts and when.
export {
  AUDIT_CHAIN,
  type AuditColumns,
  type AuditDraft,
  AuditEntry,
  auditColumnsOf,
  auditEntryOf,
  createAuditVerifier,
  sealAuditEntry,
} from './audit-entry.ts'
export type { ChainFault, ChainHead } from './chain-fault.ts'
export { type FoundBatch, type JournalFault, type JournalSeal, runFault, sealFault } from './journal-fault.ts'
export {
  ADJUSTMENT_REASONS,
  ENTRY_FORMAT,
  EntryCurrency,
  EntryDraft,
  EntryName,
  type EntryPart,
  LedgerEntry,
  PLATFORM_SPACE_ID,
} from './ledger-entry.ts'
export {
  createLedgerFileVerifier,
  describeChainFault,
  entryLine,
  firstLine,
  type LedgerFileHead,
  type LedgerFileReport,
  lastLine,
} from './ledger-file.ts'
export { type ChainRow, columnsOf, type LedgerColumns, type LedgerRow } from './ledger-row.ts'
export { isUnderRoot, type MerkleProof, merkleLeaf, merkleProof, merkleRoot, type SealedBatch } from './merkle-tree.ts'
export { canonicalEntry, type EntryPlace, entriesOf, entryHash, entryOf, NO_HASH, sealEntry } from './seal-entry.ts'
export { type ChainReport, type ChainVerifier, createChainVerifier } from './verify-chain.ts'
export { verifyChainPart } from './verify-chain-part.ts'
