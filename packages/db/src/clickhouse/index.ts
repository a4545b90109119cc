export { writeAct } from './act-writer.ts'
export { type ClickHouseClient, createClickHouse } from './client.ts'
export type { EventFilter } from './event-filter.ts'
export {
  countEffects,
  REPEATS_NAMED_MAX,
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
export { findIdentities, loadIdentityFilter } from './identity-store.ts'
export { type ProjectionGroupKey, type ProjectionTable, writeProjection } from './projection-writer.ts'
export {
  type ActRows,
  type AppHours,
  type BatchCell,
  type BatchRange,
  CLAIM_SLICES,
  type ClosedThrough,
  findClaimDifferences,
  findRepeatedClaims,
  listStrays,
  listUsageApps,
  listUsageHours,
  readActRows,
  readContributions,
  readIndexedEvents,
  readRecordedUsage,
  readRollupRows,
  type Strays,
} from './reconciliation-reader.ts'
export {
  countVerdicts,
  readUsageSeries,
  TooManyRows,
  type UsagePoint,
  type UsageSeriesInput,
  type VerdictCount,
} from './usage-reader.ts'
export { type EventVerdict, readVerdicts } from './verdict-reader.ts'
export { readWriteFault } from './write-fault.ts'
