const firstMs = 100
const maxMs = 10_000
const steadyMs = 60_000

/**
 * How long to pause before starting something again: longer each time, up to ten seconds, and short again after it has run
 * steadily for a minute.
 */
export class BackOff {
  #nextMs = firstMs

  /** `ranMs`: how long the last try lived. */
  pauseMs(ranMs: number): number {
    if (ranMs >= steadyMs) this.#nextMs = firstMs
    const pauseMs = this.#nextMs
    this.#nextMs = Math.min(pauseMs * 2, maxMs)
    return pauseMs
  }
}
