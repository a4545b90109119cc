import { setTimeout as delay } from 'node:timers/promises'

/** A single pause is never longer: even after a long piece of work, news must be seen. */
const REST_MS_MAX = 60_000
/** Of the wall time of one core, stores included, while nothing comes, and while much comes. */
const QUIET_SHARE = 0.25
const BUSY_SHARE = 0.03
const BUSY_EVENTS_PER_SECOND = 5_000

/**
 * The bound on background work: a quarter of one core's wall time while no events come, less and less as more of them do, and three
 * hundredths from 5,000 a second on. So new events are compared within seconds up to about a thousand a second; beyond that the newest
 * wait, and are caught up with when it is quieter.
 */
export function shareAt(eventsPerSecond: number): number {
  const quiet = Math.max(0, 1 - eventsPerSecond / BUSY_EVENTS_PER_SECOND)
  return BUSY_SHARE + (QUIET_SHARE - BUSY_SHARE) * quiet
}

/**
 * Keeps background work within a share of the wall time: after a piece that took 100 ms, at a share of 0.05, 1.9 s of rest. What is waited
 * for a store counts as work, because the store works then; so where the machine is busy, less is done.
 */
export class Pace {
  share: number
  readonly #signal: AbortSignal
  #workingSince = performance.now()

  constructor(input: { share: number; signal: AbortSignal }) {
    this.share = input.share
    this.#signal = input.signal
  }

  /** Rests for the work since the last rest. Rejects once the signal is aborted: whoever works in pieces stops between two. */
  async rest(): Promise<void> {
    this.#signal.throwIfAborted()
    const workedMs = performance.now() - this.#workingSince
    await this.pause(Math.min(workedMs * (1 / this.share - 1), REST_MS_MAX))
  }

  /** Rests that long. */
  async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#signal })
    this.#workingSince = performance.now()
  }
}
