import { setTimeout as delay } from 'node:timers/promises'

/** A single pause is never longer: the process must hear that it is to stop, and news must be seen. */
const REST_MS_MAX = 30_000

/**
 * Keeps background work within a share of the wall time: after a piece that took 100 ms, at a share of 0.05, 1.9 s of rest. What is waited
 * for a store counts as work, because the store works then.
 */
export class Pace {
  readonly #share: number
  readonly #signal: AbortSignal
  #workingSince = performance.now()

  constructor(input: { share: number; signal: AbortSignal }) {
    this.#share = input.share
    this.#signal = input.signal
  }

  /** Rests for the work since the last rest. Rejects once the signal is aborted: whoever works in pieces stops between two. */
  async rest(): Promise<void> {
    this.#signal.throwIfAborted()
    const workedMs = performance.now() - this.#workingSince
    await this.pause(Math.min(workedMs * (1 / this.#share - 1), REST_MS_MAX))
  }

  /** Rests that long. */
  async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#signal })
    this.#workingSince = performance.now()
  }
}
