// Explore: one view of usage or of money, split by up to two levels, as the server hands it over for page, file and API alike.
// Promises: a row is the sum of the rows beneath it and of its windows, where quantities add up at all; every figure is an exact decimal text.
// Does not know: stores, rights; how usage is counted or priced.
import type { Dimension } from '../usage/usage-filter.ts'
import type { ChangeView, Granularity, MeterView, PeriodView, Quantity, UsageWindow } from '../usage/usage-view.ts'

export type ExploreKind = 'usage' | 'cost'

/** Money beside a figure; decimal texts. `list` − `allowance` + `correction` = `net`. */
export type ExploreMoney = {
  quantity: string | null
  billable: string | null
  list: string
  allowance: string
  correction: string
  net: string
  isProvisional: boolean
}

export type ExploreFigures = {
  total: Quantity
  previous: Quantity
  change: ChangeView | null
  /** Percent of the whole; null where parts do not add up to it. */
  share: string | null
  /** One for each window. */
  values: Quantity[]
  /** null: who looks may not see it, or it cannot be said of this row. */
  money: ExploreMoney | null
}

export type ExploreRow = ExploreFigures & {
  /** As filters name them, from the outer level to the inner one: an app's slug, an environment's key. */
  keys: string[]
  /** Of the last level, as people read it. */
  name: string
  /** 1 to 7 an app's own; null: not of one app. */
  colour: number | null
  unit: string | null
  children: ExploreRow[]
}

export type ExploreWindow = UsageWindow & {
  /** What it came to before it was changed after it had been posted; null where it was not. Money only. */
  before: string | null
  correctedLater: string | null
}

/** Where another price takes over or a billing month begins, within the range. `text`: without the time. */
export type ExploreMark = { at: string; kind: 'price' | 'month'; capability: string | null; text: string }

export type ExploreDimension = { key: Dimension; name: string; values: { key: string; name: string }[] }

export type ExploreEffect = {
  kind: 'volume' | 'mix' | 'price' | 'new' | 'ended' | 'correction'
  amount: string
  /** The largest, each with the filters that lead to its usage. */
  parts: { name: string; keys: { app?: string; capability?: string }; amount: string }[]
}

export type ExploreView = {
  kind: ExploreKind
  /** Of every figure: a meter's unit, or a currency. */
  unit: string
  currency: string | null
  /** null: the view is of money. */
  meter: MeterView | null
  meters: MeterView[]
  period: PeriodView
  /** The granularity asked for, where it is too fine or too coarse for the range, and the nearest that fits. */
  refused: { granularity: Granularity; nearest: Granularity } | null
  windows: ExploreWindow[]
  by: Dimension[]
  /** What it may be split and narrowed by. */
  dimensions: ExploreDimension[]
  isAdditive: boolean
  total: ExploreFigures
  rows: ExploreRow[]
  /** Rows that are not listed: there are too many. */
  omitted: number
  /** Money: what its steps come from. */
  marks: ExploreMark[]
  terms: { month: string; kind: string; text: string; amount: string; isExpected: boolean }[]
  /** Why it costs more or less than what it is compared with; null: not compared, or not asked. */
  explained: { before: string; now: string; difference: string; effects: ExploreEffect[] } | null
  settledUntil: string | null
  unavailable: 'rebuilding' | 'repricing' | 'behind' | null
}
