/** Who sends, as the credential says: decided before a byte of the body is read. */
export type KeyHolder = {
  keyId: string
  /** `ingest`: belongs to one app. `service`: may send for any app, and names it in each event. */
  kind: 'ingest' | 'service'
  /** Set for `ingest`, null for `service`. */
  app: { id: string; slug: string; shard: number } | null
  scopes: readonly string[]
  /** What the key is restricted to; null: anything. */
  eventTypes: readonly string[] | null
  environments: readonly string[] | null
}

/** The right that a key needs to send events. */
export const USAGE_WRITE_SCOPE = 'events:write'

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
