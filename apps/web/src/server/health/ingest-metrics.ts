import { Histogram, metric } from './metric-text.ts'

/** Requests that shared one commit. */
const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] as const
const BYTES = [1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216] as const

/** What the ingest of this process took and refused, and how its commits were shared. */
export class IngestMetrics {
  readonly #events = { accepted: 0, refused: 0 }
  readonly #batches = new Histogram(BATCHES)
  readonly #bytes = new Histogram(BYTES)

  took({ accepted, refused }: { accepted: number; refused: number }): void {
    this.#events.accepted += accepted
    this.#events.refused += refused
  }

  committed({ batches, bytes }: { batches: number; bytes: number }): void {
    this.#batches.observe(batches)
    this.#bytes.observe(bytes)
  }

  render(): string[] {
    return [
      ...metric(
        'portal_ingest_events_total',
        'counter',
        'Events that this process took (they are on disk) or refused.',
        Object.entries(this.#events).map(([outcome, value]) => ({ labels: { outcome }, value })),
      ),
      ...metric(
        'portal_journal_commit_batches',
        'histogram',
        'Batches, one for each request and app, that shared one commit of this process.',
        this.#batches.samples(),
      ),
      ...metric(
        'portal_journal_commit_size_bytes',
        'histogram',
        'Bodies of one commit of this process, as stored.',
        this.#bytes.samples(),
      ),
    ]
  }
}
