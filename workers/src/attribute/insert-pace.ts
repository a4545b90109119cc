/** Inserts of one worker that run at once, on average. One alone leaves the store idle while it syncs; more only wait for one another. */
const INSERTS_AT_ONCE = 1.8
/** An insert takes the store some 80 ms of a core: closer together, it would be at work on nothing else, on a machine that has two. */
const APART_MS_MIN = 120
const APART_MS_MAX = 700
/**
 * An insert takes some 80 ms of the store's CPU whatever it brings, and 6 µs more for each event. While little comes the cores are idle
 * anyway, and what counts is to be quick; the more comes, the less may be spent on beginnings. At 10,000 events a second this
 * keeps groups as close as they may be, at 40,000 it makes them of 12,000 events each.
 */
const APART_MS_PER_1000_A_SECOND = 7.5
/** Longer than this would make the delay rise and fall so much that the door took it for overload. */
const APART_BY_RATE_MS_MAX = 300
/** A shard without a group for this long does not count: the others need not leave it room. */
const ACTIVE_MS = 2_000
/** How much a new duration moves the expected one, and a new group the expected rate. */
const WEIGHT = 0.2
const FIRST_DURATION_MS = 60

/**
 * How far apart the groups of a shard start. An insert costs the store the same few tens of milliseconds whether it brings a hundred
 * events or ten thousand, so many small groups are slower than few large ones. The interval follows from how long inserts take now,
 * how many shards share the store, and how many events come: short while little comes, longer as load rises, so that groups grow with it.
 * One for all shards of a worker. Times are milliseconds of one clock, given by the caller.
 */
export class InsertPace {
  readonly #shards = new Map<number, { startedAtMs: number; perSecond: number }>()
  #durationMs = FIRST_DURATION_MS

  /** How long the shard's next group should still wait; after a pause, not at all. */
  waitMs(shard: number, nowMs: number): number {
    const startedAtMs = this.#shards.get(shard)?.startedAtMs
    if (startedAtMs === undefined) return 0
    return Math.max(0, startedAtMs + this.#apartMs(nowMs) - nowMs)
  }

  /** A group of so many events was begun. */
  started(shard: number, input: { nowMs: number; events: number }): void {
    const { nowMs, events } = input
    const before = this.#shards.get(shard)
    const elapsedMs = before === undefined ? APART_MS_MAX : Math.max(1, nowMs - before.startedAtMs)
    const perSecond = before?.perSecond ?? 0
    // What came in a long pause says more of the rate than what came since the last group.
    const weight = Math.min(1, WEIGHT * Math.max(1, elapsedMs / APART_MS_MAX))
    this.#shards.set(shard, {
      startedAtMs: nowMs,
      perSecond: perSecond + weight * ((1000 * events) / elapsedMs - perSecond),
    })
  }

  /** The shard was given up. */
  forget(shard: number): void {
    this.#shards.delete(shard)
  }

  inserted(durationMs: number): void {
    this.#durationMs += WEIGHT * (durationMs - this.#durationMs)
  }

  #apartMs(nowMs: number): number {
    let active = 0
    let perSecond = 0
    for (const shard of this.#shards.values()) {
      if (nowMs - shard.startedAtMs >= ACTIVE_MS) continue
      active++
      perSecond += shard.perSecond
    }
    const byInserts = (Math.max(1, active) * this.#durationMs) / INSERTS_AT_ONCE
    const byRate = Math.min(APART_BY_RATE_MS_MAX, (Math.max(1, active) * perSecond * APART_MS_PER_1000_A_SECOND) / 1000)
    return Math.min(APART_MS_MAX, Math.max(APART_MS_MIN, byInserts, byRate))
  }
}
