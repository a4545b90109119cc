/** One row for the journal: the events of one request for one app. */
export type JournalAppend = {
  shard: number
  /** The app's id, fixed here, so that no later rename can move an event. */
  appId: string
  keyId: string
  /** Microseconds since 1970. */
  receivedAt: bigint
  eventCount: number
  /** A JSON array of the events' texts, each as received; see writeJournalBody. */
  body: string
}

/** Where a row stands for ever. `digest`: SHA-256 of the body's UTF-8 bytes, in hex. */
export type JournalPosition = { shard: number; number: bigint; digest: string }

/** What became of one event, once it was worked on. */
export type EventVerdict = {
  verdict: 'counted' | 'duplicate' | 'conflict' | 'quarantined'
  /** For `quarantined`: a code, and a sentence. */
  reason?: string
  detail?: string
}
