// First event: the way of a new space from nothing to its first event on a chart.
// Promises: what is missing or wrong is named from what was recorded, with the next step; nothing is guessed.
// Does not know: keys' secrets but the one it just made, how an event is judged.
export type WatchedKey = {
  app: string
  shown: string
  state: string
  /** null: a mixture that no page makes */
  purpose: string | null
  eventTypes: string[]
  environments: string[]
  createdAt: string
  lastUsedAt: string | null
}

/** What became of events so far, by verdict and reason. */
type WatchedOutcome = { verdict: string; reason: string; events: number; last: string; cure: string | null }

export type FirstEventView = {
  asOf: string
  /** everything received before has been looked at */
  lagMs: number
  apps: { slug: string; name: string; series: number }[]
  /** null: not the caller's to see */
  keys: WatchedKey[] | null
  counted: number
  outcomes: WatchedOutcome[]
  /** events a minute in the last hour, by when they happened */
  minutes: { start: string; count: number }[]
}
