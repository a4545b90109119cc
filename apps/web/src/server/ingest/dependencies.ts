// server/ingest: POST /api/v1/events on plain node:http, in front of Next or as a process of its own.
// Promises: a 2xx only after the journal's commit; a fault named for each event; no payload and no secret in any log.
// Does not know: which stores stand behind its ports, or what will become of an event.
import type { EventVerdict, JournalAppend, JournalPosition, KeyHolder } from '@meterbook/core/event'
import type { Quota } from '../ingest-quota.ts'
import type { TracedRequest } from './request-traces.ts'

export type SendingApp = { id: string; slug: string; shard: number }

/** What a request has behind it, in this order: `commit-next` comes right before the journal is asked, `committed` before the answer. */
export type IngestStep = 'body-read' | 'commit-next' | 'committed'

/** What the ingest needs from the world. Any of these may reject with `{ code: 'unavailable' }`: 503, and the sender tries again. */
export interface IngestDependencies {
  /** Null: unknown, revoked or expired. Expected to be cached. */
  authenticate(secret: string): Promise<KeyHolder | null>
  /** For service keys: an app by id or slug. Expected to be cached. */
  resolveApp(name: string): Promise<{ id: string; shard: number } | null>
  /** Resolves only after the commit of all of them, in the order given. `key`: whose they are. */
  append(batches: JournalAppend[], key: KeyHolder): Promise<JournalPosition[]>
  /** The verdict of each event of each position, or null if not all are known within `waitMs`. */
  awaitVerdicts(input: {
    positions: JournalPosition[]
    counts: number[]
    waitMs: number
  }): Promise<EventVerdict[][] | null>
  /** Whether the pipeline can bear more of this sender's events now. Asked before the body is read; must cost nothing. */
  admit(key: KeyHolder): { ok: true } | { ok: false; status: 429 | 503; retryAfterSeconds: number; reason?: string }
  /** Rate limits of a key. `headers`: the RateLimit fields, for any answer. */
  consume(key: KeyHolder, events: number): Promise<Quota>
  /** Of a key that is limited in requests. */
  countRequest(key: KeyHolder): Promise<Quota>
  /** Told after each step; whoever listens may end the process there, and nothing may be lost. */
  reached(step: IngestStep): void
  /** Told of each request what was taken of it, after the commit, and what was refused. */
  took?(events: { accepted: number; refused: number }): void
  /** Told of each request that brought a sampled trace, after the commit. Must not wait. */
  traced?(request: TracedRequest): void
  /** The moment of receipt, in microseconds since 1970. */
  now(): bigint
  log: { warn(fields: object, message: string): void; error(fields: object, message: string): void }
}
