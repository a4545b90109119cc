import { setImmediate as nextTurn } from 'node:timers/promises'
import { MEASURE_VERSION } from '@meterbook/core/meter'
import { type IdentifiedEvent, type ProjectedEvent, projectGroup, type SeenEvent } from '@meterbook/core/projection'
import {
  compareEvents,
  compareRecords,
  type Difference,
  type IndexedEvent,
  sameDifferences,
  Tally,
} from '@meterbook/core/reconciliation'
import { findIdentities, readIndexedEvents, readRecordedUsage } from '@meterbook/db/clickhouse'
import {
  type JournalBatch,
  type JournalBatchHead,
  listBatches,
  listGroups,
  type Pool,
  type ProjectionGroup,
  readBatches,
  readBatchesAt,
} from '@meterbook/db/postgres'
import { identifyEvents } from '../attribute/identify.ts'
import { compareAct } from './compare-act.ts'
import { type GroupsLook, type LookDeps, touch } from './look.ts'

/** Read and compared at once: what this costs is also how long other work of the process may have to wait. */
const PIECE_EVENTS_MAX = 2_000
const PIECE_BATCHES_MAX = 500
/** Projected in one go, before other work of the process gets its turn. */
const TURN_EVENTS_MAX = 500
const GROUPS_PAGE = 500
/** Only damage asks for any; a table that was lost whole would ask for all. */
const ORIGINALS_MAX = 20

/**
 * Custody and measure: every event of the groups after `after` (the end of a group) up to `through`, which must be closed, against its row
 * and its usage records. Yields each time groups are through; a difference is found by two looks before it is told.
 */
export async function* lookAtGroups(
  deps: LookDeps,
  range: { shard: number; after: bigint; through: bigint },
): AsyncGenerator<GroupsLook> {
  for await (const look of comparePieces(deps, range)) {
    yield { ...look, differences: await confirm(deps, range.shard, look.differences) }
  }
}

/** Each group that differs is looked at once more, by itself. */
async function confirm(deps: LookDeps, shard: number, differences: readonly Difference[]): Promise<Difference[]> {
  const groups = new Map<bigint, bigint>()
  for (const { first, last } of differences) if (first !== null && last !== null) groups.set(first, last)
  const again: Difference[] = []
  for (const [first, through] of groups) {
    for await (const look of comparePieces(deps, { shard, after: first - 1n, through })) again.push(...look.differences)
  }
  return sameDifferences(differences, again)
}

async function* comparePieces(
  deps: LookDeps,
  range: { shard: number; after: bigint; through: bigint },
): AsyncGenerator<GroupsLook> {
  const { shard, through } = range
  const groups = new GroupList(deps.pool, shard, range.after)
  let look = emptyLook(range.after)
  let tally = new Tally()
  let position = range.after
  while (position < through) {
    const heads = await listBatches(deps.pool, { shard, after: position, limit: PIECE_BATCHES_MAX })
    const piece = cut(heads.filter(({ number }) => number <= through))
    const last = piece.at(-1)?.number
    if (last === undefined) throw new Error(`journal shard ${shard}: expected batches after ${position}, found none`)
    await groups.reach(last)
    await comparePiece({ deps, shard, first: position + 1n, last, groups, tally, look })
    position = last
    await deps.rest()
    if (groups.of(last).last !== last) continue
    yield { ...look, through: last, differences: tally.differences() }
    look = emptyLook(last)
    tally = new Tally()
  }
}

function emptyLook(through: bigint): GroupsLook {
  return { through, events: 0, unmeasured: 0, differences: [], touched: new Map() }
}

function cut(heads: readonly JournalBatchHead[]): JournalBatchHead[] {
  let events = 0
  const end = heads.findIndex(({ eventCount }, index) => {
    events += eventCount
    return index > 0 && events > PIECE_EVENTS_MAX
  })
  return heads.slice(0, end === -1 ? heads.length : end)
}

/** The recorded groups in order, read a page at a time. */
class GroupList {
  readonly #pool: Pool
  readonly #shard: number
  #groups: ProjectionGroup[] = []
  #after: bigint

  constructor(pool: Pool, shard: number, after: bigint) {
    this.#pool = pool
    this.#shard = shard
    this.#after = after
  }

  /** Reads on until the group of that batch is known; forgets those that ended before the one that was reached last. */
  async reach(batch: bigint): Promise<void> {
    while ((this.#groups.at(-1)?.last ?? 0n) < batch) {
      const page = await listGroups(this.#pool, { shard: this.#shard, after: this.#after, limit: GROUPS_PAGE })
      const last = page.at(-1)
      if (last === undefined) throw new Error(`journal shard ${this.#shard}: expected a group of batch ${batch}`)
      this.#groups = [...this.#groups.slice(-GROUPS_PAGE), ...page]
      this.#after = last.first
    }
  }

  of(batch: bigint): ProjectionGroup {
    let [low, high] = [0, this.#groups.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#groups[middle]?.last ?? 0n) < batch) low = middle + 1
      else high = middle
    }
    const group = this.#groups[low]
    if (group === undefined || batch < group.first || batch > group.last)
      throw new Error(`journal shard ${this.#shard}: expected a group of batch ${batch}, found none`)
    return group
  }
}

async function comparePiece(input: {
  deps: LookDeps
  shard: number
  first: bigint
  last: bigint
  groups: GroupList
  tally: Tally
  look: GroupsLook
}): Promise<void> {
  const { deps, shard, first, last, groups, tally, look } = input
  const range = { shard, first, last }
  const [batches, rows, records] = await Promise.all([
    readBatches(deps.pool, range),
    readIndexedEvents(deps.clickhouse, range),
    readRecordedUsage(deps.clickhouse, range),
  ])
  await nextTurn()
  const isComparable = (batch: bigint) => groups.of(batch).measureVersion === MEASURE_VERSION
  const ofEvents = batches.filter(({ kind, number }) => kind === 'events' && isComparable(number))
  const events: IdentifiedEvent[] = []
  for (const batch of ofEvents) {
    events.push(...identifyEvents([batch]))
    await nextTurn()
  }
  const expected = await project({ ...input, batches: ofEvents, events, rows })
  const groupOf = (batch: bigint) => rangeOf(groups.of(batch))
  compareEvents({ groupOf, expected, found: rows.filter(({ batch }) => isComparable(batch)), tally })
  await nextTurn()
  compareRecords({ groupOf, expected, found: records.filter(({ batch }) => isComparable(batch)), tally })
  for (const batch of batches) {
    if (batch.kind === 'act' && isComparable(batch.number)) {
      await compareAct(deps, { group: groups.of(batch.number), batch: batch.number, tally, look })
    }
  }
  look.events += events.length
  look.unmeasured += new Set(
    batches.filter(({ number }) => !isComparable(number)).map(({ number }) => groups.of(number).first),
  ).size
  for (const { at, source, records: own } of expected) if (own.length > 0) touch(look, source.appId, at)
}

/** Only what a difference is named by: it must not carry what the rows happen to have beside. */
function rangeOf({ shard, first, last, catalogueRevision }: ProjectionGroup) {
  return { shard, first, last, catalogueRevision }
}

/**
 * What the projection must have made of these events, each under the catalogue that its group recorded. Which identities came before is
 * read for those only whose row says so or is missing: a row that wrongly says "first" would be a second claim of its identity, and
 * claims are compared by themselves.
 */
async function project(input: {
  deps: LookDeps
  shard: number
  first: bigint
  last: bigint
  groups: GroupList
  batches: readonly JournalBatch[]
  events: readonly IdentifiedEvent[]
  rows: readonly IndexedEvent[]
}): Promise<ProjectedEvent[]> {
  const { deps, shard, first, last, groups, events } = input
  const seen = await findEarlier({ deps, shard, first, last, events, rows: input.rows })
  const projected: ProjectedEvent[] = []
  for (let from = 0; from < events.length; ) {
    const group = groups.of(events[from]?.batch ?? 0n)
    let to = from
    while (to < events.length && to - from < TURN_EVENTS_MAX && (events[to]?.batch ?? 0n) <= group.last) to += 1
    const projector = await deps.catalogues.at(group.catalogueRevision)
    for (const event of projectGroup({ events: events.slice(from, to), seen, projector })) {
      const { identity, digest, batch, pos } = event.source
      if (event.original === null) seen.set(identity, { digest, batch, pos })
      projected.push(event)
    }
    from = to
    await nextTurn()
  }
  return projected
}

async function findEarlier(input: {
  deps: LookDeps
  shard: number
  first: bigint
  last: bigint
  events: readonly IdentifiedEvent[]
  rows: readonly IndexedEvent[]
}): Promise<Map<string, SeenEvent>> {
  const { deps, shard, first, last } = input
  const isFirst = new Set(
    input.rows
      .filter(({ verdict }) => verdict !== 'duplicate' && verdict !== 'conflict')
      .map(({ batch, pos }) => `${batch}:${pos}`),
  )
  const identities = new Set(
    input.events.filter(({ batch, pos }) => !isFirst.has(`${batch}:${pos}`)).map(({ identity }) => identity),
  )
  if (identities.size === 0) return new Map()
  const found = await findIdentities(deps.clickhouse, { shard, first, last, identities: [...identities] })
  for (const [identity, event] of found) if (event.batch > last) found.delete(identity)
  const isBefore = (batch: bigint) => batch !== 0n && batch < first
  const lost = input.rows.filter(({ identity, originalBatch }) => isBefore(originalBatch) && !found.has(identity))
  for (const [identity, event] of await findInJournal(deps, shard, lost)) found.set(identity, event)
  return found
}

/** Repeats whose first has no claim that could be found, though their rows point to it: what the journal has at that place. */
async function findInJournal(
  deps: LookDeps,
  shard: number,
  rows: readonly IndexedEvent[],
): Promise<Map<string, SeenEvent>> {
  const found = new Map<string, SeenEvent>()
  const originals = new Map(rows.map((row) => [row.identity, row]))
  const numbers = [...new Set([...originals.values()].map(({ originalBatch }) => originalBatch))]
  for (const number of numbers.slice(0, ORIGINALS_MAX)) {
    const batches = await readBatchesAt(deps.pool, { shard, numbers: [number] })
    for (const { identity, digest, batch, pos } of identifyEvents(batches.filter(({ kind }) => kind === 'events'))) {
      const row = originals.get(identity)
      if (row !== undefined && !found.has(identity)) found.set(identity, { digest, batch, pos })
    }
    await nextTurn()
  }
  return found
}
