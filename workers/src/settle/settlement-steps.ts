/**
 * What a step of settlement has behind it, in the order in which it happens; the first two once for each page and each space. Between any two of
 * them the process may die; the torture run makes it die at each.
 */
export const SETTLEMENT_STEPS = [
  /** A page is read, and nothing of it posted. */
  'settle-read',
  /** Entries of one space are committed; the shard's progress does not know of them yet. */
  'settle-posted',
  /** The shard's progress has moved past everything that was posted. */
  'settle-progressed',
] as const
export type SettlementStep = (typeof SETTLEMENT_STEPS)[number]
