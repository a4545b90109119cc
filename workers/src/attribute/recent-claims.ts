import type { ProjectedEvent, SeenEvent } from '@meterbook/core/projection'
import type { IdentityWords } from './identity-words.ts'
import type { Suspects } from './suspects.ts'

/** Some seconds of a shard under full load, a minute and more otherwise, at about 50 bytes each. */
const CLAIMS_MAX = 100_000
const DIGEST_BYTES = 16

/** What one group claimed, apart from its events, which are large. */
interface ClaimedGroup {
  words: IdentityWords
  digests: Buffer
  batches: BigUint64Array
  positions: Uint32Array
  /** 1 where the event claimed its identity, 0 where another one had it. */
  isClaim: Uint8Array
}

/**
 * What the owner of a shard claimed last: first of all the group in flight, which the store cannot show yet, and those before
 * it, because a sender that repeats itself mostly does so within seconds, and each look into the store costs as much as half an insert.
 * Only what this owner wrote or is writing; whatever is not here is in the store.
 */
export class RecentClaims {
  /** The newest last. */
  #groups: ClaimedGroup[] = []
  #size = 0

  /** To be told of each group in turn. The last one stays known, however large it is. */
  add(words: IdentityWords, events: readonly ProjectedEvent[]): void {
    const group: ClaimedGroup = {
      words,
      digests: Buffer.from(events.map(({ source }) => source.digest).join(''), 'hex'),
      batches: new BigUint64Array(events.length),
      positions: new Uint32Array(events.length),
      isClaim: new Uint8Array(events.length),
    }
    for (const [index, { source, original }] of events.entries()) {
      group.batches[index] = source.batch
      group.positions[index] = source.pos
      group.isClaim[index] = original === null ? 1 : 0
    }
    this.#groups.push(group)
    this.#size += events.length
    while (this.#groups.length > 1 && this.#size > CLAIMS_MAX) this.#size -= this.#groups.shift()?.words.count ?? 0
  }

  /** What is known of the suspects, by their index. Reads through all that is known, which takes some 0.1 ms. */
  find(suspects: Suspects): Map<number, SeenEvent> {
    const found = new Map<number, SeenEvent>()
    if (suspects.indexes.length === 0) return found
    for (const { words, digests, batches, positions, isClaim } of this.#groups) {
      for (let index = 0; index < words.count; index++) {
        const suspect = suspects.find(words, index)
        if (suspect === undefined || isClaim[index] === 0) continue
        found.set(suspect, {
          digest: digests.toString('hex', index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES),
          batch: batches[index] ?? 0n,
          pos: positions[index] ?? 0,
        })
      }
    }
    return found
  }
}
