/** What the bucket holds when nobody sends: this much of a second's worth may come at once. */
const BURST_MS = 250

/**
 * Lets through so many events a second. A request is let through while the bucket is not in debt, and its events are charged whole, so
 * that large requests are not starved by small ones; the debt they leave is what the next ones wait for.
 */
export class TokenBucket {
  #eventsPerSecond: number
  #tokens: number
  #atMs: number

  constructor(eventsPerSecond: number, nowMs: number) {
    this.#eventsPerSecond = eventsPerSecond
    this.#tokens = this.#burst()
    this.#atMs = nowMs
  }

  /** From now on at another rate. What is in it, or owed, stays. */
  setRate(eventsPerSecond: number, nowMs: number): void {
    this.#refill(nowMs)
    this.#eventsPerSecond = eventsPerSecond
  }

  isOpen(nowMs: number): boolean {
    this.#refill(nowMs)
    return this.#tokens > 0
  }

  /** Charges events that are let through; fewer than nothing gives back what was charged too much. */
  charge(events: number): void {
    this.#tokens -= events
  }

  /** Until the next request is let through, if nothing else is charged. */
  waitMs(nowMs: number): number {
    this.#refill(nowMs)
    return this.#tokens > 0 ? 0 : ((1 - this.#tokens) * 1000) / this.#eventsPerSecond
  }

  #burst(): number {
    return Math.max(1, (this.#eventsPerSecond * BURST_MS) / 1000)
  }

  #refill(nowMs: number): void {
    const filled = this.#tokens + ((nowMs - this.#atMs) * this.#eventsPerSecond) / 1000
    this.#tokens = Math.min(this.#burst(), filled)
    this.#atMs = nowMs
  }
}
