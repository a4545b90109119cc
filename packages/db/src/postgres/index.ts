export { type AuditFilter, listAudit, listAuditChoices, type StoredAudit } from './audit-reader.ts'
export { type AuditedAct, type AuditValue, appendAudit } from './audit-store.ts'
export { verifyAudit, verifyAuditWithin } from './audit-verify.ts'
export {
  readCatalogueRevision,
  readCatalogueSnapshot,
  snapshotCatalogue,
} from './catalogue-store.ts'
export { readContentsInLots } from './content-lots.ts'
export { readContents, type StoredContent } from './content-reader.ts'
export {
  appendCorrection,
  appendCorrections,
  appendCorrectionsWithin,
  type CorrectionRequest,
  type CorrectionSight,
  findCorrections,
  findCorrectionsAt,
  isCorrectionInSight,
  listCorrections,
  type StoredCorrection,
} from './correction-store.ts'
export { listBilledApps, type PostedCost, readCostStand, readPostedCosts } from './cost-reader.ts'
export {
  listAppliedMigrations,
  listSessionNames,
  listUsableIndexes,
  probePostgresDisk,
  readPostgresClock,
} from './doctor-reader.ts'
export { readGapFacts } from './entitlement-gaps-reader.ts'
export {
  type EventOrigin,
  type GroupTimes,
  readGroupTimes,
  readOrigins,
  readRevisions,
  readShardReach,
  readWaiting,
  type ShardReach,
} from './event-origin-reader.ts'
export { listLineEntries } from './evidence-reader.ts'
export type { FrozenMoney } from './frozen-money.ts'
export {
  countFrozenViews,
  type FrozenNames,
  type FrozenShard,
  type FrozenView,
  findFrozenView,
  insertFrozenView,
  readStateNow,
  readStateToFreeze,
  type StateNow,
} from './frozen-view-store.ts'
export { finishGeneration, type RebuildProgress, readRebuildProgress } from './generation-store.ts'
export type { HeldLock } from './held-lock.ts'
export {
  countOpenIncidents,
  type Incident,
  listIncidents,
  listOpenIncidents,
  recordIncidents,
  resolveIncidents,
  resolveUnseenIncidents,
} from './incident-store.ts'
export {
  type ArchiveDraft,
  listMissingBatches,
  postArchived,
  readArchivedThrough,
  readBatchPages,
  restoreBatches,
} from './journal-archive.ts'
export { type JournalBatch, type JournalBatchHead, listBatches, readBatches, readBatchesAt } from './journal-reader.ts'
export {
  type JournalExtent,
  readFoundBatches,
  readJournalExtents,
  readSealedBatches,
  readSealedThrough,
  sealJournal,
} from './journal-seal.ts'
export { JournalUnavailable, JournalWriter } from './journal-writer.ts'
export {
  findOwningSpace,
  issueKey,
  type KeyTerms,
  listKeys,
  lockKey,
  portalTestKey,
  revokeKey,
  rotateKey,
  type StoredKey,
} from './key-issue.ts'
export { listenToKeys } from './key-news.ts'
export { findApp, KeyDirectory } from './key-store.ts'
export { KeyUses } from './key-uses.ts'
export {
  type Delay,
  forgetLatency,
  type LatencyStretch,
  listDelays,
  readLatency,
  recordLatency,
} from './latency-store.ts'
export { type AppendedEntries, appendEntries, lockHead } from './ledger-store.ts'
export {
  type EntryFilter,
  findEntry,
  findLedgerSpace,
  readEntries,
  readHeads,
  type StoredEntry,
  type StoredHead,
} from './ledger-store-read.ts'
export { inSnapshot, listLedgerSpaces, readLedgerPage, readLedgerRows } from './ledger-store-rows.ts'
export {
  type CapabilityFacts,
  listCapabilities,
  listMeterDefinitions,
  type MeterDefinition,
} from './meter-definition-reader.ts'
export { listMeters, type StoredMeter } from './meter-store.ts'
export { insertMovedMoney, lockMovedMoney, type MovedInSpace, sumMovedMoney } from './moved-money-store.ts'
export { findSpaceId, listApps, type NamedApp, type NamedSpace, readSpaces } from './name-reader.ts'
export { listBilledSpaces, readShardStages, type ShardStages } from './pipeline-reader.ts'
export { createPool, inTransaction, isUnavailable, type Pool, type PoolClient } from './pool.ts'
export { readPostedBefore } from './posted-before-reader.ts'
export {
  listPriceBooks,
  listSpaceNames,
  listSubscriptions,
  type NamedPriceBook,
  type SpaceSubscription,
} from './price-book-reader.ts'
export { readPrices, type StoredPrice, type StoredPriceBook, type StoredSubscription } from './price-reader.ts'
export {
  type BillingMeter,
  type BillingSpace,
  type RatingChange,
  type RatingFacts,
  readRatingFacts,
} from './price-reader-rating.ts'
export { getPrisma, type PrismaClient } from './prisma.ts'
export {
  closeGroup,
  isOwner,
  listGroups,
  listOwnedShards,
  listShards,
  openGroup,
  type ProjectionGroup,
  type ProjectionProgress,
  readProgress,
  ShardLost,
  type ShardOwnership,
  takeShard,
  type WrittenGroup,
} from './projection-store.ts'
export {
  countWaitingProposals,
  findProposal,
  insertDecision,
  insertProposal,
  listProposals,
  lockProposal,
  type ProposalDraft,
  type ProposalEffect,
  type Proposer,
  type StoredProposal,
} from './proposal-store.ts'
export { listPublicIncidents, type PublicIncident } from './public-incident-reader.ts'
export {
  completeReconciliationRound,
  findActs,
  groupEndBefore,
  listAppSlugs,
  type ProjectionFrontier,
  type ReconciliationHealth,
  type ReconciliationProgress,
  type ReconciliationRound,
  type RoundPhase,
  readFrontiers,
  readReconciliationHealth,
  readReconciliationProgress,
  readReconciliationRound,
  takeReconciliation,
  writeReconciliationProgress,
  writeReconciliationRound,
} from './reconciliation-store.ts'
export {
  listActs,
  listShardApps,
  readSettlementStand,
  refuseStale,
  type SettlementProgress,
  type SettlementStand,
  takeSettlement,
  writeSettlementProgress,
} from './settlement-store.ts'
export {
  findPostedPlaces,
  listClosedPeriods,
  type PostedPlace,
  type PostedRow,
  readPosted,
  readPostedWindows,
  readRatedBy,
} from './settlement-store-posted.ts'
export {
  type AccountKey,
  addBase,
  listPostedSince,
  type PostedTotal,
  readPostedTotals,
  segmentOf,
} from './settlement-store-totals.ts'
export { readLastGroups, readShardLags, type ShardLag } from './shard-lag.ts'
export { countSpaceIncidents } from './space-incidents-reader.ts'
export {
  type AppParts,
  isSpaceAdmin,
  type ListedApp,
  type ListedSpace,
  listAppsOfPlatform,
  listSpacesOfPlatform,
  readAppParts,
} from './space-reader.ts'
export { readStatementMark } from './statement-mark-reader.ts'
export {
  type BilledMonth,
  type BilledSpace,
  findBilledSpace,
  findFirstBilledMonth,
  findStatementSpace,
  listBillingTerms,
  listStatements,
  readBilledMonths,
  readBilledSum,
  readBillingTerms,
  readMeasuredNames,
  type StoredStatement,
} from './statement-store.ts'
export { type Closing, type ClosingOutcome, closeStatement } from './statement-store-close.ts'
export {
  listMonthApps,
  listOwnedSpells,
  type MonthFacts,
  type OwnedSpell,
  readMonthFacts,
} from './statement-store-facts.ts'
export { listPostedHeads, type PostedHead } from './statement-store-heads.ts'
export { forgetTraces, type JournalTrace, listJournalTraces, TraceKeeper } from './trace-store.ts'
export { readVerification, type VerificationStand } from './verification-reader.ts'
export {
  beginVerification,
  completeVerification,
  markVerified,
  takeVerification,
} from './verification-store.ts'
