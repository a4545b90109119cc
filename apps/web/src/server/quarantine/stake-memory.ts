import { createHash } from 'node:crypto'
import type { Projector } from '@meterbook/core/projection'
import {
  addStake,
  EMPTY_STAKE,
  type EventStake,
  eventStake,
  type Prices,
  type StakeSum,
} from '@meterbook/core/quarantine'
import { type EventFilter, type HeldReason, type IndexedEvent, listEvents } from '@meterbook/db/clickhouse'
import { type Pool, readContentsInLots, type StoredContent } from '@meterbook/db/postgres'
import type { EventStores } from '../events/event-sight.ts'

/** Of each reason the newest so many are added up; of those that were not looked at before, so many are read each time that somebody asks. */
const ADDED_UP_MAX = 20_000
const READ_MAX = 2_000
/** What is remembered: some 300 bytes an event. */
const EVENTS_MAX = 200_000
const SUMS_MAX = 1_000

/** What money at stake is worked out by. */
export interface Rates {
  projector: Projector
  prices: Prices
}

/** The stakes of events and the sums of reasons, as of one catalogue and one list of prices; with another it begins anew. */
interface StakeMemory {
  ratesKey: string
  events: Map<string, EventStake>
  sums: Map<string, { fingerprint: string; known: KnownStake }>
}

export interface KnownStake {
  sum: StakeSum
  /** How many of the newest events it is the sum of. */
  examined: number
}

const memories = new WeakMap<Pool, StakeMemory>()

/**
 * What the events of a reason would cost. Pages ask for it every few seconds: what was worked out is kept while the events, the catalogue and the prices are
 * the same, and of very many events more are added with each asking.
 */
export async function stakeOfReason(
  stores: EventStores,
  input: { filter: EventFilter; held: HeldReason; rates: Rates },
): Promise<KnownStake> {
  const { filter, held, rates } = input
  const untold = untoldOf(held)
  if (untold !== null)
    return { sum: { ...EMPTY_STAKE, undecided: new Map([[untold, held.events]]) }, examined: held.events }
  const memory = memoryOf(stores.pool, rates)
  const name = JSON.stringify(filter, asText)
  const before = memory.sums.get(name)
  if (before?.fingerprint === held.fingerprint) return before.known
  const newest = await listEvents(stores.clickhouse, { filter, limit: ADDED_UP_MAX })
  const unread = newest.filter((event) => !memory.events.has(keyOf(event))).slice(0, READ_MAX)
  for (const { event, content } of await withContents(stores, unread))
    memory.events.set(keyOf(event), stakeOf(rates, { event, content }))
  const known: KnownStake = { sum: EMPTY_STAKE, examined: 0 }
  for (const event of newest) {
    const stake = memory.events.get(keyOf(event))
    if (stake === undefined) break
    known.sum = addStake(known.sum, stake)
    known.examined++
  }
  if (known.examined === newest.length) memory.sums.set(name, { fingerprint: held.fingerprint, known })
  if (memory.events.size > EVENTS_MAX) memory.events.clear()
  if (memory.sums.size > SUMS_MAX) memory.sums.clear()
  return known
}

export interface HeldContent {
  event: IndexedEvent
  content: StoredContent | null
}

export async function withContents({ pool }: EventStores, events: readonly IndexedEvent[]): Promise<HeldContent[]> {
  const contents = new Map<IndexedEvent, StoredContent | null>()
  for (const [shard, ofShard] of Map.groupBy(events, (event) => event.shard)) {
    const read = await readContentsInLots(pool, { shard, places: ofShard.map(({ content }) => content) })
    for (const [index, event] of ofShard.entries()) contents.set(event, read[index] ?? null)
  }
  return events.map((event) => ({ event, content: contents.get(event) ?? null }))
}

export function stakeOf({ projector, prices }: Rates, { event, content }: HeldContent): EventStake {
  if (content === null) throw new Error(`expected content for the event at ${event.batch}:${event.pos}`)
  return eventStake({ held: { ...event, event: content.event }, catalogue: projector.catalogue, prices })
}

/** Why the money of each event of a reason cannot be told, whatever its content. */
function untoldOf({ verdict, reason }: HeldReason): 'conflict' | 'time' | null {
  if (verdict === 'conflict') return 'conflict'
  return reason === 'time_too_old' || reason === 'time_in_future' ? 'time' : null
}

function memoryOf(pool: Pool, { projector, prices }: Rates): StakeMemory {
  const digest = createHash('sha256').update(JSON.stringify(prices, asText)).digest('hex')
  const ratesKey = `${projector.catalogue.revision} ${digest}`
  const known = memories.get(pool)
  if (known?.ratesKey === ratesKey) return known
  const fresh: StakeMemory = { ratesKey, events: new Map(), sums: new Map() }
  memories.set(pool, fresh)
  return fresh
}

/** An act that replaces an event's content, or attributes it anew, makes another of it. */
function keyOf({ shard, batch, pos, content, spaceId, reason }: IndexedEvent): string {
  return `${shard} ${batch} ${pos} ${content.batch} ${content.pos} ${spaceId} ${reason}`
}

function asText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
