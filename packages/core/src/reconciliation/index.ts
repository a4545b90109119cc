// Reconciliation: the same usage in two places, compared. What the journal says against what is indexed, recorded and rolled up.
// Promises: what differs is named and sized to the digit; what is only half written at the moment of reading is not called a difference.
// Does not know: how either side was read, what is done about a difference.
export { compareEvents, type IndexedEvent } from './compare-events.ts'
export { compareRecords, type RecordedUsage } from './compare-records.ts'
export { compareRollups, type RollupCell, type RollupComparison } from './compare-rollups.ts'
export { type Comparison, type Difference, type DifferenceScope, type Figure, scopeKey } from './difference.ts'
export { sameDifferences } from './same-differences.ts'
export { type GroupRange, Tally } from './tally.ts'
export { type Contribution, nearestMoment, TORN_GROUPS_MAX } from './torn-moment.ts'
