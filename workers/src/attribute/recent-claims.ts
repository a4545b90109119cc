import type { SeenEvent } from '@meterbook/core/projection'

/** Two generations of this many: some ten seconds of a shard under full load, a minute and more otherwise, at about 300 bytes each. */
const CLAIMS_MAX = 50_000

/**
 * What the owner of a shard claimed last, by identity: first of all the group in flight, which the store cannot show yet, and those before
 * it, because a sender that repeats itself mostly does so within seconds, and each look into the store costs as much as half an insert.
 * Only what this owner wrote or is writing; whatever is not here is in the store.
 */
export class RecentClaims {
  #current = new Map<string, SeenEvent>()
  #previous = new Map<string, SeenEvent>()

  get(identity: string): SeenEvent | undefined {
    return this.#current.get(identity) ?? this.#previous.get(identity)
  }

  /** Where the next group's claims are to be added. The group before it stays known for as long as this one is the latest. */
  forNextGroup(): Map<string, SeenEvent> {
    if (this.#current.size >= CLAIMS_MAX) {
      this.#previous = this.#current
      this.#current = new Map()
    }
    return this.#current
  }
}
