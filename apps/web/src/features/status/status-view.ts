// Status: how far counting has come, how fast it was, and what went wrong, for anybody.
// Promises: what was not measured is a grey band, and never a nought; words and marks say what colour says.
// Does not know: whose events they were.

export interface StatusView {
  asOf: string
  /** null: the store does not answer */
  stages: StatusStage[] | null
  history: { days: LatencyBar[]; hours: LatencyBar[]; today: LatencyBar; incidents: StatusIncident[] } | null
}

export interface StatusStage {
  name: 'received' | 'counted' | 'settled' | 'compared' | 'verified'
  through: string | null
  /** null: is not measured of this stage */
  behindMs: number | null
  state: 'good' | 'late' | 'unknown'
}

/** How long the events of a stretch took, in milliseconds, each an upper bound; null: no events, or beyond every bound. */
export interface LatencyBar {
  start: string
  /** decimal text */
  events: string
  p50: number | null
  p95: number | null
  p99: number | null
  lagMsMax: number | null
  minutesWatched: number
  /** how many the stretch has, up to now */
  minutes: number
  state: 'measured' | 'empty' | 'unavailable'
}

export interface StatusIncident {
  kind: 'delay' | 'difference'
  /** of a difference: what was compared */
  what?: string
  meter: string | null
  lagMsMax: number | null
  count: number
  /** the hours concerned; null: none in particular */
  hours: { from: string; to: string } | null
  startedAt: string
  endedAt: string | null
}
