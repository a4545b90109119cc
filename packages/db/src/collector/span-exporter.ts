import { type Span, type SpanAttributes, writeTraces } from '@meterbook/core/trace'
import type { CollectorSettings } from './collector-settings.ts'

const WAITING_MAX = 4_096
const POST_SPANS_MAX = 512
const EVERY_MS = 1_000
const ANSWER_MS = 5_000
/** A collector that is away is asked less and less often, at most this rarely. */
const PAUSE_MS_MAX = 30_000
/** What a process that ends waits for its last spans. */
const CLOSE_MS = 2_000
/** What OTLP names as worth another try. */
const TRY_AGAIN: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** Sends spans to a collector once a second, in lots, from a room of WAITING_MAX: what comes while it is full is dropped. */
export class SpanExporter {
  readonly #settings: CollectorSettings
  readonly #resource: SpanAttributes
  readonly #onDropped: (spans: number) => void
  readonly #timer: NodeJS.Timeout
  #waiting: Span[] = []
  #sending: Promise<void> | null = null
  #pauseMs = 0
  #notBefore = 0

  /** `resource`: whose spans they are, as `service.name`. `onDropped` is told how many were not sent. */
  constructor(
    settings: CollectorSettings,
    { resource, onDropped = () => undefined }: { resource: SpanAttributes; onDropped?: (spans: number) => void },
  ) {
    this.#settings = settings
    this.#resource = resource
    this.#onDropped = onDropped
    this.#timer = setInterval(() => void this.#begin(), EVERY_MS)
    this.#timer.unref()
  }

  /** Never throws and never waits. */
  add(spans: readonly Span[]): void {
    const room = WAITING_MAX - this.#waiting.length
    this.#waiting.push(...spans.slice(0, room))
    if (spans.length > room) this.#onDropped(spans.length - room)
  }

  /** Sends what waits, for a moment; then ends whatever became of it. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#sending
    this.#notBefore = 0
    await this.#begin(CLOSE_MS)
  }

  #begin(answerMs = ANSWER_MS): Promise<void> {
    if (this.#waiting.length === 0 || performance.now() < this.#notBefore) return this.#sending ?? Promise.resolve()
    this.#sending ??= this.#sendAll(answerMs).finally(() => {
      this.#sending = null
    })
    return this.#sending
  }

  async #sendAll(answerMs: number): Promise<void> {
    while (this.#waiting.length > 0) {
      const spans = this.#waiting.slice(0, POST_SPANS_MAX)
      const outcome = await this.#post(spans, answerMs)
      if (outcome === 'try again') {
        this.#pauseMs = Math.min(PAUSE_MS_MAX, Math.max(EVERY_MS, this.#pauseMs * 2))
        this.#notBefore = performance.now() + this.#pauseMs
        return
      }
      this.#pauseMs = 0
      // Only now: what comes meanwhile stands behind them.
      this.#waiting.splice(0, spans.length)
      if (outcome === 'refused') this.#onDropped(spans.length)
    }
  }

  async #post(spans: readonly Span[], answerMs: number): Promise<'taken' | 'refused' | 'try again'> {
    try {
      const answer = await fetch(this.#settings.url, {
        method: 'POST',
        headers: { ...this.#settings.headers, 'Content-Type': 'application/json' },
        body: writeTraces({ resource: this.#resource, spans }),
        signal: AbortSignal.timeout(answerMs),
        redirect: 'error',
      })
      await answer.body?.cancel()
      return answer.ok ? 'taken' : TRY_AGAIN.has(answer.status) ? 'try again' : 'refused'
    } catch {
      return 'try again'
    }
  }
}
