// The projection of one shard: journal batches become usage records, rollups and verdicts, in journal order.
// Promises: a group is recorded before its first insert and never cut again; run again after any crash, it writes the same rows.
// Does not know: what an event is worth (core decides), how rows are kept (db writes).
import { setTimeout as delay } from 'node:timers/promises'
import { MEASURE_VERSION } from '@meterbook/core/meter'
import {
  type BloomFilter,
  type IdentifiedEvent,
  type ProjectedEvent,
  projectGroup,
  type SeenEvent,
} from '@meterbook/core/projection'
import { advanceWatermark } from '@meterbook/core/window'
import {
  type ClickHouseClient,
  encodeProjection,
  findIdentities,
  insertProjection,
  loadIdentityFilter,
  writeAct,
} from '@meterbook/db/clickhouse'
import {
  closeGroup,
  finishGeneration,
  type Pool,
  type ProjectionProgress,
  readBatches,
  readProgress,
  type ShardOwnership,
} from '@meterbook/db/postgres'
import { expectProjection } from '@meterbook/db/rebuild'
import type { CatalogueCache } from './catalogue-cache.ts'
import { identifyEvents } from './identify.ts'
import { IdentityWords } from './identity-words.ts'
import type { InsertPace } from './insert-pace.ts'
import { GroupQueue, type NextGroup } from './next-group.ts'
import type { PipelineStep } from './pipeline-steps.ts'
import { prepareAct } from './prepare-act.ts'
import { RecentClaims } from './recent-claims.ts'
import { StepTimes } from './step-times.ts'
import { findRepeats, type Suspects } from './suspects.ts'

export interface ShardProjectionDeps {
  pool: Pool
  clickhouse: ClickHouseClient
  catalogues: CatalogueCache
  /** Shared by all shards of the process. */
  pace: InsertPace
  /** Told after a group is visible, with all that became of its events. `isFirst`: of events that were never shown before, not an act or a replay. */
  onVisible(events: readonly ProjectedEvent[], of: { isFirst: boolean }): void
  /** Told at each step of a group; a torture run dies here. */
  reached(step: PipelineStep): void
  /** Told of each group that is visible, if somebody sends traces. `stepsBefore`: microseconds ago, by core's GROUP_STEPS. */
  onClosed?(group: ClosedGroup): void
}

export interface ClosedGroup {
  group: NextGroup
  events: readonly ProjectedEvent[]
  stepsBefore: readonly number[]
  /** As onVisible is told. */
  isFirst: boolean
}

interface PreparedGroup {
  group: NextGroup
  /** Whose news are told, and whose times move the watermark. */
  events: readonly ProjectedEvent[]
  times: StepTimes
  insert(): Promise<void>
}

/**
 * Owned by one process at a time, and only as long as its ownership lasts: the filter and the latest claims are
 * what this owner knows, and any error it does not understand ends them. The next owner reads everything anew.
 */
export class ShardProjection {
  readonly #deps: ShardProjectionDeps
  readonly #ownership: ShardOwnership
  readonly #filter: BloomFilter
  readonly #queue: GroupQueue
  readonly #recentClaims = new RecentClaims()
  #watermark: bigint | null
  readonly #replayThrough: bigint
  #draining: Promise<void> | null = null
  #isHinted = false
  #isStopped = false

  private constructor(input: {
    deps: ShardProjectionDeps
    ownership: ShardOwnership
    filter: BloomFilter
    queue: GroupQueue
    progress: ProjectionProgress
  }) {
    this.#deps = input.deps
    this.#ownership = input.ownership
    this.#filter = input.filter
    this.#queue = input.queue
    this.#watermark = input.progress.watermark
    this.#replayThrough = input.progress.replayThrough
  }

  /** Reads what an owner must know. To be called after the shard was taken, because only then can nobody else add to it. */
  static async begin(deps: ShardProjectionDeps, ownership: ShardOwnership): Promise<ShardProjection> {
    const { pool, catalogues } = deps
    await expectProjection(deps)
    const progress = await readProgress(pool, ownership)
    await finishGeneration(pool, ownership.generation)
    const filter = await loadIdentityFilter(deps.clickhouse, ownership.shard)
    const queue = new GroupQueue({ pool, catalogues, ownership, progress })
    return new ShardProjection({ deps, ownership, filter, queue, progress })
  }

  /**
   * Projects until nothing waits. Calls that come meanwhile share one more look at the journal, so that a hint is never lost and never
   * makes two runs at once. Rejects when this owner must give the shard up.
   */
  drain(): Promise<void> {
    this.#isHinted = true
    this.#draining ??= this.#drainAll()
    return this.#draining
  }

  /** Ends after the group under way; waits for it. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#draining?.catch(() => undefined)
    this.#deps.pace.forget(this.#ownership.shard)
  }

  async #drainAll(): Promise<void> {
    let inFlight: Promise<void> = Promise.resolve()
    try {
      while (!this.#isStopped) {
        this.#isHinted = false
        const group = await this.#queue.next(() => this.#linger())
        if (group === null) {
          await inFlight
          // Cleared below in the same turn as this look: a hint between the two would wait for a run that has ended.
          if (this.#isHinted) continue
          return
        }
        this.#deps.pace.started(this.#ownership.shard, { nowMs: performance.now(), events: group.eventCount })
        this.#deps.reached('group-recorded')
        // An act reads what became of its targets, so everything before it must be there. Events are prepared while the group before
        // them is still being inserted: its claims stand in for what the store cannot show yet.
        if (group.kind === 'act') await inFlight
        const prepared = group.kind === 'act' ? await this.#prepareAct(group) : await this.#prepare(group)
        await inFlight
        inFlight = this.#write(prepared)
        inFlight.catch(() => undefined)
      }
      await inFlight
    } catch (error) {
      // Nothing of ours may still be under way when the shard is given up.
      await inFlight.catch(() => undefined)
      throw error
    } finally {
      this.#draining = null
    }
  }

  async #linger(): Promise<void> {
    const waitMs = this.#deps.pace.waitMs(this.#ownership.shard, performance.now())
    if (waitMs > 0) await delay(waitMs)
  }

  async #prepareAct(group: NextGroup): Promise<PreparedGroup> {
    const times = new StepTimes()
    const { act, effects } = await prepareAct(this.#deps, group)
    times.attributed()
    this.#deps.reached('events-projected')
    const key = { ...group, generation: this.#ownership.generation }
    return {
      group,
      events: effects.map(({ event }) => event),
      times,
      insert: () => writeAct(this.#deps.clickhouse, { group: key, act: act.act, effects }),
    }
  }

  async #prepare(group: NextGroup): Promise<PreparedGroup> {
    if (group.measureVersion !== MEASURE_VERSION) {
      throw new Error(
        `shard ${group.shard}: group ${group.first} was opened by measuring version ${group.measureVersion}, this is ${MEASURE_VERSION}: finish it with that version, or rebuild`,
      )
    }
    const times = new StepTimes()
    const projector = await this.#deps.catalogues.at(group.catalogueRevision)
    const batches = await readBatches(this.#deps.pool, group)
    const identified = identifyEvents(batches)
    const words = new IdentityWords(identified)
    const { flags, maybeEarlier } = findRepeats(words, this.#filter)
    const seen = await this.#findSeen(group, identified, maybeEarlier)
    times.lookedUp()
    this.#deps.reached('identities-looked-up')
    const events = projectGroup({ events: identified, seen, projector, mayRepeat: (index) => flags[index] === 1 })
    times.attributed()
    this.#deps.reached('events-projected')
    this.#recentClaims.add(words, events)
    const key = { ...group, generation: this.#ownership.generation }
    const onInserted = (table: 'event_index' | 'usage_records') => {
      times.inserted(table)
      this.#deps.reached(table === 'event_index' ? 'index-inserted' : 'records-inserted')
    }
    // Made into bytes now, while the group before it is being inserted: the store should not wait for that.
    const rows = encodeProjection({ group: key, events })
    return { group, events, times, insert: () => insertProjection(this.#deps.clickhouse, rows, onInserted) }
  }

  /** Identities of earlier groups that occur in this one: those in flight from memory, the rest from the store. */
  async #findSeen(
    group: NextGroup,
    events: readonly IdentifiedEvent[],
    suspects: Suspects,
  ): Promise<Map<string, SeenEvent>> {
    const seen = new Map<string, SeenEvent>()
    for (const [index, event] of this.#recentClaims.find(suspects)) seen.set(identityAt(events, index), event)
    const maybe = suspects.indexes.map((index) => identityAt(events, index)).filter((identity) => !seen.has(identity))
    if (maybe.length > 0) {
      const found = await findIdentities(this.#deps.clickhouse, { ...group, identities: maybe })
      for (const [identity, event] of found) seen.set(identity, event)
    }
    return seen
  }

  async #write({ group, events, times, insert }: PreparedGroup): Promise<void> {
    times.inserting()
    this.#deps.reached('inserts-next')
    const beganMs = performance.now()
    await insert()
    this.#deps.pace.inserted(performance.now() - beganMs)
    this.#deps.reached('group-written')
    // Acts name the past on purpose: they say nothing of how far the present has come.
    if (group.kind === 'events') {
      this.#watermark = advanceWatermark(
        this.#watermark,
        events.map(({ at, source }) => ({ at, receivedAt: source.receivedAt })),
      )
    }
    const { shard, first, last, eventCount } = group
    const stepsBefore = times.before()
    const written = { shard, first, last, events: eventCount, watermark: this.#watermark, stepsBefore }
    await closeGroup(this.#deps.pool, { group: written, ownership: this.#ownership })
    this.#deps.reached('group-closed')
    if (last === this.#replayThrough) await finishGeneration(this.#deps.pool, this.#ownership.generation)
    const isFirst = group.kind === 'events' && last > this.#replayThrough
    this.#deps.onVisible(events, { isFirst })
    this.#deps.onClosed?.({ group, events, stepsBefore: times.before(), isFirst })
  }
}

function identityAt(events: readonly IdentifiedEvent[], index: number): string {
  const event = events[index]
  if (event === undefined) throw new RangeError(`expected an event at ${index} of ${events.length}`)
  return event.identity
}
