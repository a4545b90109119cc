export { type ClickHouseClient, createClickHouse } from './client.ts'
export { findIdentities, loadIdentityFilter } from './identity-store.ts'
export { type ProjectionGroupKey, writeProjection } from './projection-writer.ts'
export { type EventVerdict, readVerdicts } from './verdict-reader.ts'
