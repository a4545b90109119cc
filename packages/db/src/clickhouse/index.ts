export { writeAct } from './act-writer.ts'
export { type ClickHouseClient, createClickHouse } from './client.ts'
export { readEventStates } from './event-state-reader.ts'
export { findIdentities, loadIdentityFilter } from './identity-store.ts'
export { type ProjectionGroupKey, type ProjectionTable, writeProjection } from './projection-writer.ts'
export {
  countVerdicts,
  readUsageSeries,
  TooManyRows,
  type UsagePoint,
  type UsageSeriesInput,
  type VerdictCount,
} from './usage-reader.ts'
export { type EventVerdict, readVerdicts } from './verdict-reader.ts'
