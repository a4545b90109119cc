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
import { type ClickHouseClient, findIdentities, loadIdentityFilter, writeProjection } from '@meterbook/db/clickhouse'
import {
  closeGroup,
  lastGrouped,
  listBatches,
  listOpenGroups,
  openGroup,
  type Pool,
  type ProjectionGroup,
  readBatches,
  type ShardOwnership,
} from '@meterbook/db/postgres'
import type { CatalogueCache } from './catalogue-cache.ts'
import { identifyEvents } from './identify.ts'

const GROUP_EVENTS_MAX = 50_000
const GROUP_BATCHES_MAX = 5_000
/** Under load groups start this far apart, because an insert's cost is per block; after a pause the next starts at once. */
const LINGER_MS = 200

export interface ShardProjectionDeps {
  pool: Pool
  clickhouse: ClickHouseClient
  catalogues: CatalogueCache
  /** Told after a group is visible, with all that became of its events. */
  onVisible(events: readonly ProjectedEvent[]): void
}

interface PreparedGroup {
  group: ProjectionGroup
  events: ProjectedEvent[]
  claims: Map<string, SeenEvent>
}

/**
 * Owned by one process at a time, and only as long as its ownership lasts: the filter and the claims of the group in flight are
 * what this owner knows, and any error it does not understand ends them. The next owner reads everything anew.
 */
export class ShardProjection {
  readonly #deps: ShardProjectionDeps
  readonly #ownership: ShardOwnership
  readonly #filter: BloomFilter
  #claimsInFlight: Map<string, SeenEvent> = new Map()
  #reopened: ProjectionGroup[]
  #lastGrouped: bigint
  #lastStartMs = 0
  #draining: Promise<void> | null = null
  #isHinted = false
  #isStopped = false

  private constructor(input: {
    deps: ShardProjectionDeps
    ownership: ShardOwnership
    filter: BloomFilter
    reopened: ProjectionGroup[]
    lastGrouped: bigint
  }) {
    this.#deps = input.deps
    this.#ownership = input.ownership
    this.#filter = input.filter
    this.#reopened = input.reopened
    this.#lastGrouped = input.lastGrouped
  }

  /** Reads what an owner must know. To be called after the shard was taken, because only then can nobody else add to it. */
  static async begin(deps: ShardProjectionDeps, ownership: ShardOwnership): Promise<ShardProjection> {
    const { shard } = ownership
    const reopened = await listOpenGroups(deps.pool, shard)
    const filter = await loadIdentityFilter(deps.clickhouse, shard)
    return new ShardProjection({ deps, ownership, filter, reopened, lastGrouped: await lastGrouped(deps.pool, shard) })
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
  }

  async #drainAll(): Promise<void> {
    let inFlight: Promise<void> = Promise.resolve()
    try {
      while (!this.#isStopped) {
        this.#isHinted = false
        const group = await this.#nextGroup()
        if (group === null) {
          await inFlight
          // Cleared below in the same turn as this look: a hint between the two would wait for a run that has ended.
          if (this.#isHinted) continue
          return
        }
        // Prepared while the group before it is still being inserted: its claims stand in for what the store cannot show yet.
        const prepared = await this.#prepare(group)
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

  async #nextGroup(): Promise<ProjectionGroup | null> {
    const reopened = this.#reopened.shift()
    if (reopened) return reopened
    await this.#linger()
    const { shard } = this.#ownership
    const batches = await listBatches(this.#deps.pool, { shard, after: this.#lastGrouped, limit: GROUP_BATCHES_MAX })
    let last = this.#lastGrouped
    let events = 0
    for (const batch of batches) {
      if (events > 0 && events + batch.eventCount > GROUP_EVENTS_MAX) break
      if (batch.number !== last + 1n)
        throw new Error(`journal shard ${shard}: expected batch ${last + 1n}, found ${batch.number}`)
      events += batch.eventCount
      last = batch.number
    }
    if (last === this.#lastGrouped) return null
    this.#lastStartMs = performance.now()
    const projector = await this.#deps.catalogues.current()
    const group = {
      shard,
      first: this.#lastGrouped + 1n,
      last,
      catalogueRevision: projector.catalogue.revision,
      measureVersion: MEASURE_VERSION,
    }
    await openGroup(this.#deps.pool, { group, epoch: this.#ownership.epoch })
    this.#lastGrouped = last
    return group
  }

  async #linger(): Promise<void> {
    const waitMs = this.#lastStartMs + LINGER_MS - performance.now()
    if (this.#lastStartMs > 0 && waitMs > 0) await delay(waitMs)
  }

  async #prepare(group: ProjectionGroup): Promise<PreparedGroup> {
    if (group.measureVersion !== MEASURE_VERSION) {
      throw new Error(
        `shard ${group.shard}: group ${group.first} was opened by measuring version ${group.measureVersion}, this is ${MEASURE_VERSION}: finish it with that version, or rebuild`,
      )
    }
    const projector = await this.#deps.catalogues.at(group.catalogueRevision)
    const batches = await readBatches(this.#deps.pool, group)
    const identified = identifyEvents(batches)
    const seen = await this.#findSeen(group, identified)
    const events = projectGroup({ events: identified, seen, projector })
    const claims = new Map<string, SeenEvent>()
    for (const { source, original } of events) {
      if (original !== null) continue
      claims.set(source.identity, { digest: source.digest, batch: source.batch, pos: source.pos })
      const [first, second, third] = wordsOf(source.identity)
      this.#filter.add(first, second, third)
    }
    this.#claimsInFlight = claims
    return { group, events, claims }
  }

  /** Identities of earlier groups that occur in this one: those in flight from memory, the rest from the store, if the filter says maybe. */
  async #findSeen(group: ProjectionGroup, events: readonly IdentifiedEvent[]): Promise<Map<string, SeenEvent>> {
    const seen = new Map<string, SeenEvent>()
    const maybe = new Set<string>()
    for (const { identity } of events) {
      const inFlight = this.#claimsInFlight.get(identity)
      const [first, second, third] = wordsOf(identity)
      if (inFlight) seen.set(identity, inFlight)
      else if (this.#filter.mayHave(first, second, third)) maybe.add(identity)
    }
    if (maybe.size > 0) {
      const found = await findIdentities(this.#deps.clickhouse, { ...group, identities: [...maybe] })
      for (const [identity, event] of found) seen.set(identity, event)
    }
    return seen
  }

  async #write(prepared: PreparedGroup): Promise<void> {
    const { group, events } = prepared
    await writeProjection(this.#deps.clickhouse, { group, events })
    await closeGroup(this.#deps.pool, { shard: group.shard, first: group.first, epoch: this.#ownership.epoch })
    this.#deps.onVisible(events)
  }
}

function wordsOf(identity: string): [number, number, number] {
  return [
    Number.parseInt(identity.slice(0, 8), 16),
    Number.parseInt(identity.slice(8, 16), 16),
    Number.parseInt(identity.slice(16, 24), 16),
  ]
}
