/** What the bucket holds when nobody sends: this much of a second's worth may come at once. */
const BURST_MS = 250

/**
 * Lets through so many events a second. A request is let through while the bucket is not in debt, and its events are charged whole, so
 * that large requests are not starved by small ones; the debt they leave is what the next ones wait for.
 */
export class TokenBucket {
  #eventsPerSecond: number
  #tokens: number
  #reserved = 0
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
    this.#reserved = 0
  }

  /** Whether a request may begin: what others have reserved counts as gone. */
  isOpen(nowMs: number): boolean {
    this.#refill(nowMs)
    return this.#tokens - this.#reserved > 0
  }

  isInDebt(nowMs: number): boolean {
    this.#refill(nowMs)
    return this.#tokens <= 0
  }

  /**
   * For a request that has begun and is still being read, so that many at once do not all get through on the last token. Forgotten at
   * the next change of the rate, because some of them come to nothing.
   */
  reserve(events: number): void {
    this.#reserved += events
  }

  /** Charges a request that is let through; `reserved`: what was reserved for it. */
  charge(events: number, reserved = 0): void {
    this.#tokens -= events
    this.#reserved = Math.max(0, this.#reserved - reserved)
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
