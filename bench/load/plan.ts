/** What a load generator is told, as JSON on its standard input: the keys must not stand in a process list. */
export interface LoadPlan {
  host: string
  port: number
  /** One key for each app; requests go round them. */
  keys: string[]
  run: string
  seconds: number
  connections: number
  /** Events in each request; 1: one event, not an array. */
  batchEvents: number
  /** Events a second, sent on schedule whatever the answers are. Null: each connection sends again as soon as it was answered. */
  eventsPerSecond: number | null
  /** Of a hundred events, how many were sent before. */
  duplicatePercent: number
}

/** What it says at the end, as JSON on its standard output. Times in ms, from the scheduled moment to the answer. */
export interface LoadReport {
  seconds: number
  offeredEvents: number
  acceptedEvents: number
  /** Events of requests answered with 429 or 503. */
  shedEvents: number
  /** Events of requests with any other answer, or none. */
  failedEvents: number
  statuses: Record<string, number>
  ackMs: { p50: number; p99: number; max: number }
}
