// First halves of our two-part advisory locks, all in one place: a rebuild and the reconciliation once had the same, and waited for each other.

/** Per shard: who projects it. */
export const PROJECTION_LOCK = 77_001
/** Held by whoever begins a rebuild: one at a time. */
export const REBUILD_LOCK = 77_002
/** Held by the one process that reconciles. */
export const RECONCILIATION_LOCK = 77_003
/** Per shard: who settles it. */
export const SETTLEMENT_LOCK = 77_004
/** Held by the one process that verifies. */
export const VERIFICATION_LOCK = 77_005
/** Held for as long as a measurement of latency is written. */
export const LATENCY_LOCK = 77_017
