const firstMs = 100
const steadyMs = 10_000

/** How long to pause before starting something again: twice as long each time, and short again after it has run steadily. */
export class BackOff {
  readonly #maxMs: number
  #nextMs = firstMs

  constructor({ maxMs = 10_000 }: { maxMs?: number } = {}) {
    this.#maxMs = maxMs
  }

  /** `ranMs`: how long the last try lived; ten seconds are steady. */
  pauseMs(ranMs = 0): number {
    if (ranMs >= steadyMs) this.#nextMs = firstMs
    const pauseMs = this.#nextMs
    this.#nextMs = Math.min(pauseMs * 2, this.#maxMs)
    return pauseMs
  }
}
