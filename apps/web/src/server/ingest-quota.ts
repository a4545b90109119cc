import type { OutgoingHttpHeaders } from 'node:http'
import type { KeyHolder } from '@meterbook/core/event'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

const WINDOW_SECONDS = 60
/** The draft's fields are named after the policy. */
const POLICY = 'events'

export type Quota =
  | { ok: true; headers: OutgoingHttpHeaders }
  | { ok: false; retryAfterSeconds: number; headers: OutgoingHttpHeaders }

/**
 * Events a minute for each key, counted in this process: a guard against a runaway sender, not a price. What goes over it is that sender's
 * own doing, whatever the state of the system: 429, while a system that can take no more from anybody says 503.
 */
export class IngestQuota {
  readonly #limiter: RateLimiterMemory
  readonly #eventsPerMinute: number
  #refused = 0

  constructor(eventsPerMinute: number) {
    this.#eventsPerMinute = eventsPerMinute
    this.#limiter = new RateLimiterMemory({ points: eventsPerMinute, duration: WINDOW_SECONDS })
  }

  async consume(key: KeyHolder, events: number): Promise<Quota> {
    try {
      return { ok: true, headers: this.#headers(await this.#limiter.consume(key.keyId, events)) }
    } catch (rejected) {
      if (!(rejected instanceof RateLimiterRes)) throw rejected
      // What was refused is not held against the key: only events that were taken count.
      await this.giveBack(key.keyId, events)
      this.#refused += 1
      return { ok: false, retryAfterSeconds: rejected.msBeforeNext / 1000, headers: this.#headers(rejected) }
    }
  }

  /** For events that were allowed and then not taken for another reason. */
  async giveBack(keyId: string, events: number): Promise<void> {
    await this.#limiter.reward(keyId, events)
  }

  /** Requests refused since the process began. */
  refused(): number {
    return this.#refused
  }

  #headers(state: RateLimiterRes): OutgoingHttpHeaders {
    const resetSeconds = Math.max(0, Math.ceil(state.msBeforeNext / 1000))
    return {
      'RateLimit-Policy': `"${POLICY}";q=${this.#eventsPerMinute};w=${WINDOW_SECONDS}`,
      RateLimit: `"${POLICY}";r=${Math.max(0, state.remainingPoints)};t=${resetSeconds}`,
    }
  }
}
