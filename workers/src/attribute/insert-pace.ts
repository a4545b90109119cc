/** Inserts of one worker that run at once, on average. One alone leaves the store idle while it syncs; more only wait for one another. */
const INSERTS_AT_ONCE = 1.8
const APART_MS_MIN = 60
const APART_MS_MAX = 700
/** A shard without a group for this long does not count: the others need not leave it room. */
const ACTIVE_MS = 2_000
/** How much a new duration moves the expected one. */
const WEIGHT = 0.2
const FIRST_DURATION_MS = 60

/**
 * How far apart the groups of a shard start. An insert costs the store the same few tens of milliseconds whether it brings a hundred
 * events or ten thousand, so many small groups are slower than few large ones. The interval follows from how long inserts take now and
 * how many shards share the store: short while little comes, longer as load rises, so that groups grow with it.
 * One for all shards of a worker. Times are milliseconds of one clock, given by the caller.
 */
export class InsertPace {
  readonly #startedAt = new Map<number, number>()
  #durationMs = FIRST_DURATION_MS

  /** How long the shard's next group should still wait; after a pause, not at all. */
  waitMs(shard: number, nowMs: number): number {
    const startedAt = this.#startedAt.get(shard)
    if (startedAt === undefined) return 0
    return Math.max(0, startedAt + this.#apartMs(nowMs) - nowMs)
  }

  started(shard: number, nowMs: number): void {
    this.#startedAt.set(shard, nowMs)
  }

  /** The shard was given up. */
  forget(shard: number): void {
    this.#startedAt.delete(shard)
  }

  inserted(durationMs: number): void {
    this.#durationMs += WEIGHT * (durationMs - this.#durationMs)
  }

  #apartMs(nowMs: number): number {
    let active = 0
    for (const startedAt of this.#startedAt.values()) if (nowMs - startedAt < ACTIVE_MS) active++
    const apartMs = (Math.max(1, active) * this.#durationMs) / INSERTS_AT_ONCE
    return Math.min(APART_MS_MAX, Math.max(APART_MS_MIN, apartMs))
  }
}
