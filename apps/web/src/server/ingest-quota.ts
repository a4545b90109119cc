import type { OutgoingHttpHeaders } from 'node:http'
import type { KeyHolder } from '@meterbook/core/event'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

const WINDOW_SECONDS = 60
/** A policy has a limiter of its own for each quota there is; keys of one quota share one. */
const LIMITERS_MAX = 1_000

type Policy = 'events' | 'requests'

export type Quota =
  | { ok: true; headers: OutgoingHttpHeaders }
  | { ok: false; policy: Policy; perMinute: number; retryAfterSeconds: number; headers: OutgoingHttpHeaders }

/**
 * Events and requests a minute for each key, counted in this process: a guard against a runaway sender, not a price. Of several web processes each gives a key
 * its share: to ask Redis would put another server on the way of every request, to guard what none of them has to guard to the last event. What goes over it is that
 * sender's own doing, whatever the state of the system: 429, while a system that can take no more from anybody says 503. A key's own limits
 * are rates for each second, counted over a minute, so that a batch may come at once.
 */
export class IngestQuota {
  readonly #eventsPerMinute: number
  readonly #processes: number
  readonly #limiters = new Map<string, RateLimiterMemory>()
  #refused = 0

  /** `processes`: web processes that the limits are shared among. */
  constructor(eventsPerMinute: number, processes = 1) {
    this.#eventsPerMinute = eventsPerMinute
    this.#processes = processes
  }

  consume(key: KeyHolder, events: number): Promise<Quota> {
    return this.#take('events', { key, points: events })
  }

  /** Counts one request of a key that is limited in them; for any other it costs nothing. */
  async countRequest(key: KeyHolder): Promise<Quota> {
    return key.requestsPerSecond === null ? { ok: true, headers: {} } : this.#take('requests', { key, points: 1 })
  }

  /** For events that were allowed and then not taken for another reason. */
  async giveBack(key: KeyHolder, events: number): Promise<void> {
    await this.#limiterOf('events', this.#perMinute('events', key)).reward(key.keyId, events)
  }

  /** Requests refused since the process began. */
  refused(): number {
    return this.#refused
  }

  async #take(policy: Policy, { key, points }: { key: KeyHolder; points: number }): Promise<Quota> {
    const perMinute = this.#perMinute(policy, key)
    const limiter = this.#limiterOf(policy, perMinute)
    try {
      return { ok: true, headers: headersOf(policy, perMinute, await limiter.consume(key.keyId, points)) }
    } catch (rejected) {
      if (!(rejected instanceof RateLimiterRes)) throw rejected
      // What was refused is not held against the key: only what was taken counts.
      await limiter.reward(key.keyId, points)
      this.#refused += 1
      const retryAfterSeconds = rejected.msBeforeNext / 1000
      return { ok: false, policy, perMinute, retryAfterSeconds, headers: headersOf(policy, perMinute, rejected) }
    }
  }

  #perMinute(policy: Policy, key: KeyHolder): number {
    const perSecond = policy === 'events' ? key.eventsPerSecond : key.requestsPerSecond
    const own = perSecond === null ? Number.POSITIVE_INFINITY : perSecond * WINDOW_SECONDS
    return Math.ceil((policy === 'events' ? Math.min(this.#eventsPerMinute, own) : own) / this.#processes)
  }

  #limiterOf(policy: Policy, points: number): RateLimiterMemory {
    const name = `${policy}:${points}`
    let limiter = this.#limiters.get(name)
    if (limiter === undefined) {
      if (this.#limiters.size >= LIMITERS_MAX) this.#limiters.clear()
      limiter = new RateLimiterMemory({ points, duration: WINDOW_SECONDS })
      this.#limiters.set(name, limiter)
    }
    return limiter
  }
}

/** The draft's fields: each item is named after its policy. */
function headersOf(policy: Policy, perMinute: number, state: RateLimiterRes): OutgoingHttpHeaders {
  const resetSeconds = Math.max(0, Math.ceil(state.msBeforeNext / 1000))
  return {
    'RateLimit-Policy': `"${policy}";q=${perMinute};w=${WINDOW_SECONDS}`,
    RateLimit: `"${policy}";r=${Math.max(0, state.remainingPoints)};t=${resetSeconds}`,
  }
}
