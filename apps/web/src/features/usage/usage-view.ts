// Usage: what the pages show, as the server hands it over: quantities as exact decimal texts in the meter's unit, instants as ISO UTC.
// Promises: the server has decided every figure and state; nothing here adds, divides or guesses.
// Does not know: stores, rights, prices.

/**
 * `final` over for longer than late events are waited for · `settling` over, late events still count · `open` its usage is still coming ·
 * `ahead` not begun · `unavailable` over, but not all of its events have been projected.
 */
export type BucketState = 'final' | 'settling' | 'open' | 'ahead' | 'unavailable'

export type UsageWindow = { start: string; end: string; state: BucketState }

/** Exact decimal text. Null: not known, or nothing that this aggregation could say; never a stand-in for zero. */
export type Quantity = string | null

/** `quarter`: of an hour. */
export type Granularity = 'minute' | 'quarter' | 'hour' | 'day' | 'week' | 'month'

export type PeriodView = {
  from: string
  to: string
  /** IANA, canonical. */
  zone: string
  billingZone: string
  granularity: Granularity
  /** Those that stay within the bound of points a chart. */
  granularities: Granularity[]
  /** The server's clock when this was read. */
  asOf: string
  /** What it is held against, as the address asks. */
  compare: 'prev' | 'week' | 'year' | 'none'
  /** The stretch compared with: as long as what has elapsed of this one. Where nothing is compared, the one that would be. */
  previous: { from: string; to: string }
}

export type MeterView = {
  slug: string
  name: string
  description: string | null
  unit: string
  capability: string
  aggregation: string
  /** Whether quantities of apps and windows add up to their total. Distinct users and peaks do not. */
  isAdditive: boolean
  /** False for aggregations that charts cannot show yet. */
  isShown: boolean
}

/** `percent` with one decimal and a sign, or null where it has no meaning (nothing before). */
export type ChangeView = { absolute: string; percent: string | null; direction: 'up' | 'down' | 'same' | 'new' }

export type Figures = {
  total: Quantity
  previous: Quantity
  change: ChangeView | null
  /** One for each window of the view. */
  values: Quantity[]
}

export type AppView = { id: string; slug: string; name: string; series: number; isOwned: boolean; isArchived: boolean }

export type MeterFigures = Figures & {
  meter: MeterView
  /** Being read; not there in time for this answer. */
  isPending: boolean
}

export type AppUsageView = {
  app: AppView
  period: PeriodView
  windows: UsageWindow[]
  meters: MeterFigures[]
  environments: string[]
  environment: string | null
}

export type AppFigures = Figures & { app: AppView; share: string | null; through: string }

export type SpaceUsageView = {
  meter: MeterView
  meters: MeterView[]
  period: PeriodView
  windows: UsageWindow[]
  consolidated: Figures
  apps: AppFigures[]
  environments: string[]
  environment: string | null
}

export type FreshnessView = {
  asOf: string
  /** Everything received before this has been counted. */
  through: string
  lagMs: number
  waitingBatches: number
  lastReceivedAt: string | null
  /** Windows that ended before this are posted to the ledger; null: none yet. */
  settledUntil: string | null
  /** Apps whose events wait for longer than is ordinary: each of their meters is late. By name. */
  lateApps: string[]
}

export type HealthView = {
  asOf: string
  /** Where today began, in the display zone. */
  since: string
  taken: string
  counted: string
  duplicates: string
  conflicts: string
  /** Cancelled or dismissed by an operator's act. */
  withdrawn: string
  quarantined: { total: string; reasons: { reason: string; count: string }[] }
}
