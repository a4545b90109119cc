// Overview: a space's month as money: spent so far, on pace for, what changed, what is at risk. Exact decimal texts, instants as ISO UTC.
// Promises: the server has decided every figure and state; apps and days add up to the total, and what is billed besides is said beside it.
// Does not know: stores, rights, how anything is rated or forecast.
import type { BucketState, ChangeView } from '../usage/usage-view.ts'

export type OverviewApp = { id: string; slug: string; name: string; series: number; isOwned: boolean }

/** How far an app's allowance for a capability is used up. */
export type AllowanceView = {
  app: OverviewApp
  capability: string
  capabilityName: string
  unit: string
  allowance: string
  used: string
  percent: string
  usedUpAt: string | null
  runsOutAt: string | null
  /** what a day costs once it is used up */
  dayAfter: string
}

export type ForecastView = {
  low: string
  likely: string
  high: string
  /** likely by the end of each day that is left, for the drawing */
  path: { at: string; amount: string }[]
  learnedDays: number
  newApps: { name: string; days: number }[]
  /** how the same forecast did in months that are over */
  record: { months: number; held: number; medianMissPercent: string | null }
}

export type ChangeRow = {
  kind: 'volume' | 'mix' | 'price' | 'new' | 'ended' | 'correction'
  /** null: of several */
  app: string | null
  capability: string | null
  amount: string
}

export type ChangesView = { before: string; difference: string; rows: ChangeRow[] }

export type AppCostView = {
  app: OverviewApp
  total: string
  change: ChangeView | null
  share: string | null
  /** one for each day of the month; null where it is ahead or not known */
  days: (string | null)[]
  /** null: the month is over, or there is no forecast */
  likely: string | null
  nearest: AllowanceView | null
  allowances: { count: number; usedUp: number }
  through: string
}

export type OverviewMonth = {
  currency: string
  from: string
  to: string
  zone: string
  /** the clock of the answer, and up to when usage is in it */
  asOf: string
  through: string
  isOver: boolean
  /** false: the space has no price book, so usage is measured and costs nothing */
  isPriced: boolean
  /** the statement of this month, where it can be looked at */
  statement: string
  /** issued, and moves no more */
  isIssued: boolean
  days: { start: string; end: string; state: BucketState }[]
  /** by day, together */
  totals: (string | null)[]
  /** what the days come to */
  usage: string
  /** of earlier months, billed in this one */
  corrections: { month: string; amount: string }[]
  /** usage and corrections */
  spent: string
  /** the month before at the same elapsed time, and day by day to its end */
  before: { from: string; to: string; total: string; days: string[] }
  change: ChangeView | null
  changes: ChangesView
  forecast: ForecastView | null
  apps: AppCostView[]
  /** soonest first; used-up ones last */
  allowances: AllowanceView[]
}

export type OverviewView =
  | { state: 'ready'; month: OverviewMonth }
  | { state: 'unavailable'; why: 'rebuilding' | 'repricing' | 'behind' }
