export { writeAct } from './act-writer.ts'
export { type AppPulse, hasCountedEvents, readAppPulse } from './app-pulse-reader.ts'
export type { BatchRange, ClosedThrough } from './background-query.ts'
export { type ClickHouseClient, createClickHouse } from './client.ts'
export { type ClickHouseDisk, listAppliedMigrations, listDisks, readClickHouseClock } from './doctor-reader.ts'
export type { EventFilter } from './event-filter.ts'
export {
  countEffects,
  type RecordedState,
  type RecordedUsage,
  readHistory,
  readRecordedUsageOf,
} from './event-history-reader.ts'
export {
  countByReason,
  countEvents,
  type EventCursor,
  findEventPlaces,
  type HeldReason,
  type IndexedEvent,
  listEvents,
  readEventsAt,
} from './event-reader.ts'
export { readEventStates } from './event-state-reader.ts'
export { countEventTypes, type EventTypeCount } from './event-type-reader.ts'
export { type CountedPlace, type EvidenceQuestion, readCountedPlaces, readLevelPlaces } from './evidence-reader.ts'
export { findIdentities, loadIdentityFilter } from './identity-store.ts'
export { type ArchivedBatch, readJournalParquet, writeJournalParquet } from './journal-parquet.ts'
export { type MinuteCounts, readMinutes, readNoisyApps } from './pipeline-reader.ts'
export {
  encodeProjection,
  insertProjection,
  type ProjectionGroupKey,
  type ProjectionTable,
  writeProjection,
} from './projection-writer.ts'
export {
  CLAIM_SLICES,
  findClaimDifferences,
  findRepeatedClaims,
  listStrays,
  type Strays,
} from './reconciliation-claims.ts'
export { type ActRows, readActRows, readIndexedEvents, readRecordedUsage } from './reconciliation-reader.ts'
export {
  type AppHours,
  type BatchCell,
  listUsageApps,
  listUsageHours,
  readContributions,
  readRollupRows,
} from './reconciliation-rollups.ts'
export {
  type MeasuredPiece,
  readFirstUsageHour,
  readMeasuredSums,
  type SettlementPosition,
} from './settlement-reader.ts'
export { SETTLEMENT_CELLS_MAX, type SettlementCell } from './settlement-reader-cells.ts'
export { readMeasuredLevels } from './settlement-reader-levels.ts'
export { listTouchedLevels, listTouchedSums, type TouchedHour } from './settlement-reader-touched.ts'
export { countSpaceUsage, type SpaceCounts } from './space-counts-reader.ts'
export type { JournalPositions } from './usage-as-of.ts'
export {
  countVerdicts,
  readUsageSeries,
  TooManyRows,
  USAGE_ROWS_MAX,
  type UsagePoint,
  type UsageSeriesInput,
  type VerdictCount,
} from './usage-reader.ts'
export { type EventVerdict, readVerdicts } from './verdict-reader.ts'
export { readWindowAround, type SharePiece, type ShareWindow } from './window-share-reader.ts'
export { readWriteFault } from './write-fault.ts'
