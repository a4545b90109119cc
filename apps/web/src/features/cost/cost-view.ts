// Cost: usage as money over time, as the server hands it over: exact decimal texts in the space's currency, instants as ISO UTC.
// Promises: the buckets of a group, the groups of a bucket and the total are sums of the same amounts; nothing here adds, rounds or guesses.
// Does not know: stores, rights, how usage is priced.
import type { BucketState } from '../usage/usage-view.ts'

/** `whole`: the range as one bucket. */
export const COST_SIZES = ['minute', 'quarter', 'hour', 'day', 'week', 'month', 'whole'] as const
export type CostSize = (typeof COST_SIZES)[number]

export const COST_GROUPS = ['app', 'capability', 'environment'] as const
export type CostGroupBy = (typeof COST_GROUPS)[number]

/** Absent: all of them. */
export type CostFilters = { apps?: string[]; capabilities?: string[]; environments?: string[] }

/**
 * One figure with its layers. `list` − `allowance` = `amount`; `amount` + `correction` = `net`. What was agreed with a space (discounts, minimums,
 * credits) and the rounding belong to a whole statement and to no bucket: see `terms`.
 */
export type CostFigures = {
  /** in the capability's unit; null where capabilities of several units are one figure */
  quantity: string | null
  /** what is beyond the allowance; null as above */
  billable: string | null
  /** what it would cost without any allowance */
  list: string
  /** what the allowance takes off */
  allowance: string
  /** of the usage itself, as it is posted or will be */
  amount: string
  /** of usage of earlier, closed months, in the bucket in which it was posted: billed here and no part of this usage */
  correction: string
  net: string
  /** some of it is rated and not posted yet */
  isProvisional: boolean
}

export type CostBucket = {
  start: string
  end: string
  state: BucketState
  /** What it came to before it was changed after it had been posted; null where it was not. */
  before: string | null
  /** What later months' statements carry of its usage, which are not in its figures; null: nothing. */
  correctedLater: string | null
}

export type CostGroup = {
  /** One for each level asked for: an app's id, a capability's key, an environment's key. */
  keys: string[]
  /** The same as people read them. */
  names: string[]
  unit: string | null
  total: CostFigures
  /** One for each bucket; null where it is ahead or could not be told. */
  values: (CostFigures | null)[]
}

/** A price that was in force within the range for something that is shown. */
export type AppliedPrice = {
  capability: string
  capabilityName: string
  unit: string
  priceBook: string
  /** RFC 3339: from when it is in force in its book, which names the version */
  version: string
  from: string
  /** null: without end */
  to: string | null
  allowance: string
  price: string
  per: string
}

/** A line of a month's statement that is of no app: discounts, minimums, credits, rounding; of months that end within the range. */
export type CostTerm = { month: string; kind: string; text: string; amount: string; isExpected: boolean }

export type CostView = {
  currency: string
  from: string
  to: string
  zone: string
  billingZone: string
  size: CostSize
  asOf: string
  groupBy: CostGroupBy[]
  buckets: CostBucket[]
  total: CostFigures
  /** One for each bucket. */
  totals: (CostFigures | null)[]
  /** Largest first. */
  groups: CostGroup[]
  prices: AppliedPrice[]
  terms: CostTerm[]
  /** Everything before is posted; null: nothing is provisional. */
  settledUntil: string | null
  /** Why what is measured and not posted could not be rated now: it is missing then, and not zero. */
  unavailable: 'rebuilding' | 'repricing' | 'behind' | null
}
