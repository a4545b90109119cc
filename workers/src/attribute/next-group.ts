import { MEASURE_VERSION } from '@meterbook/core/meter'
import {
  type JournalBatchHead,
  listBatches,
  listGroups,
  openGroup,
  type Pool,
  type ProjectionGroup,
  type ProjectionProgress,
  type ShardOwnership,
} from '@meterbook/db/postgres'
import type { CatalogueCache } from './catalogue-cache.ts'

/**
 * Two groups of each shard are in memory at once, at some 4 KB an event: larger ones would cost the store a little less for each event,
 * and the worker gigabytes when it catches up.
 */
const GROUP_EVENTS_MAX = 20_000
const GROUP_BATCHES_MAX = 5_000

/** What to project next: a recorded group, or in a replay several recorded ones in a row, which have one token together. */
export interface NextGroup extends ProjectionGroup {
  /** An act is always alone. */
  kind: 'events' | 'act'
  eventCount: number
}

export interface NextGroupDeps {
  pool: Pool
  catalogues: CatalogueCache
  ownership: ShardOwnership
  progress: ProjectionProgress
}

/** Decides what a shard's owner projects next, and records it before it is begun. */
export class GroupQueue {
  readonly #deps: NextGroupDeps
  /** The last journal number that was handed out. */
  #planned: bigint
  /** Recorded groups may lie ahead: those that a predecessor opened, and those of a replay. */
  #mayBeRecorded = true

  constructor(deps: NextGroupDeps) {
    this.#deps = deps
    this.#planned = deps.progress.through
  }

  /** The next group, recorded; null if nothing waits. `onCut` is called before a new one is looked for. */
  async next(onCut: () => Promise<void>): Promise<NextGroup | null> {
    const group = this.#mayBeRecorded ? await this.#recorded() : null
    if (group === null) {
      this.#mayBeRecorded = false
      await onCut()
    }
    const next = group ?? (await this.#cut())
    if (next !== null) this.#planned = next.last
    return next
  }

  async #heads(limit: number): Promise<JournalBatchHead[]> {
    const { pool, ownership } = this.#deps
    const heads = await listBatches(pool, { shard: ownership.shard, after: this.#planned, limit })
    for (const [index, { number }] of heads.entries()) {
      const expected = this.#planned + 1n + BigInt(index)
      if (number !== expected)
        throw new Error(`journal shard ${ownership.shard}: expected batch ${expected}, found ${number}`)
    }
    return heads
  }

  /**
   * The recorded group that begins next. In a replay, neighbours of one catalogue revision are taken together up to the size of a group:
   * verdicts and rows do not depend on the cut, and small groups would take hours. Where it ends follows from where it begins and
   * from rows that never change, so that it is the same again after a crash.
   */
  async #recorded(): Promise<NextGroup | null> {
    const { pool, ownership, progress } = this.#deps
    const isReplay = this.#planned < progress.replayThrough
    const groups = await listGroups(pool, {
      shard: ownership.shard,
      after: this.#planned,
      limit: isReplay ? progress.replayBatchesMax : 1,
    })
    const [first, ...rest] = groups
    if (first === undefined) return null
    const heads = await this.#heads(Math.max(GROUP_BATCHES_MAX, progress.replayBatchesMax))
    const begun = withHeads(first, heads)
    if (!isReplay || begun.kind === 'act') return begun
    let last = begun
    for (const group of rest) {
      if (group.last > progress.replayThrough || group.last - begun.first >= BigInt(progress.replayBatchesMax)) break
      if (group.catalogueRevision !== begun.catalogueRevision || group.measureVersion !== begun.measureVersion) break
      const merged = withHeads({ ...begun, last: group.last }, heads)
      if (merged.kind === 'act' || merged.eventCount > progress.replayEventsMax) break
      last = merged
    }
    return last
  }

  async #cut(): Promise<NextGroup | null> {
    const { pool, catalogues, ownership } = this.#deps
    const batches: JournalBatchHead[] = []
    let events = 0
    for (const head of await this.#heads(GROUP_BATCHES_MAX)) {
      if (batches.length > 0 && (head.kind === 'act' || events + head.eventCount > GROUP_EVENTS_MAX)) break
      batches.push(head)
      events += head.eventCount
      if (head.kind === 'act') break
    }
    const [first, last] = [batches[0], batches.at(-1)]
    if (first === undefined || last === undefined) return null
    const projector = await catalogues.current()
    const group = {
      shard: ownership.shard,
      first: first.number,
      last: last.number,
      catalogueRevision: projector.catalogue.revision,
      measureVersion: MEASURE_VERSION,
    }
    await openGroup(pool, { group, epoch: ownership.epoch })
    return { ...group, kind: first.kind, eventCount: events }
  }
}

/** What the journal says of a group's batches. `kind` is `act` if any of them is one. */
function withHeads(group: ProjectionGroup, heads: readonly JournalBatchHead[]): NextGroup {
  const within = heads.filter(({ number }) => group.first <= number && number <= group.last)
  if (BigInt(within.length) !== group.last - group.first + 1n) {
    throw new Error(
      `journal shard ${group.shard}: expected batches ${group.first} to ${group.last}, found ${within.length}`,
    )
  }
  return {
    ...group,
    kind: within.some(({ kind }) => kind === 'act') ? 'act' : 'events',
    eventCount: within.reduce((sum, { eventCount }) => sum + eventCount, 0),
  }
}
