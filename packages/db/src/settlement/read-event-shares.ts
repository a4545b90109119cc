import type { JournalPlace } from '@meterbook/core/event'
import type { Instant } from '@meterbook/core/kernel'
import type { MeterBase, ShareQuestion } from '@meterbook/core/posting'
import { type PriceVersion, priceAt } from '@meterbook/core/rating'
import type { Window } from '@meterbook/core/window'
import { type ClickHouseClient, readWindowAround, type ShareWindow } from '../clickhouse/index.ts'
import { type Pool, readEntries, readPostedBefore, type StoredEntry } from '../postgres/index.ts'
import { type BillingFacts, baseOf } from './billing-facts.ts'

/** Of one window there is an entry, and one for each time that something of it came later or changed. */
const ENTRIES_MAX = 100

/** One event, as it was recorded for a capability. */
export interface RecordedEvent extends JournalPlace {
  shard: number
  appId: string
  spaceId: string
  environment: string
  isExempt: boolean
  at: Instant
}

/** Where a capability's usage of one event is settled. */
export interface EventSettlement {
  unit: string
  window: Window
  period: Window
  /** in force at the event's time; null: it has none */
  price: PriceVersion | null
  /** its meters measure a level, which holds until the next sample: no window is one event's */
  isLevel: boolean
  /**
   * The entries of its window, in their order. `question`: what core needs to tell the event's share of it; null where the event is not in that entry, or
   * cannot be told apart.
   */
  entries: { stored: StoredEntry; question: ShareQuestion | null }[]
}

/** Where the usage that an event has of a capability was posted, and what core needs to tell its share; null: that space is not billed. */
export async function readEventSettlement(
  stores: { pool: Pool; clickhouse: ClickHouseClient },
  input: { facts: BillingFacts; capabilityKey: string; meters: readonly string[]; event: RecordedEvent },
): Promise<EventSettlement | null> {
  const { facts, capabilityKey, event } = input
  const { appId, spaceId, at, environment, isExempt } = event
  const space = facts.space(spaceId)
  if (space === null) return null
  const timeline = facts.timelineOf(space, capabilityKey)
  const window = facts.windowOf({ space, capabilityKey, at })
  const period = facts.periodOf(space, at)
  const meters = input.meters.flatMap((slug) => facts.meter(slug) ?? [])
  const isLevel = meters.some(({ versions }) =>
    [...versions.values()].some((each) => each.aggregation === 'TIME_WEIGHTED'),
  )
  const unit = facts.unitOf(capabilityKey)
  const stored = await readEntries(stores.pool, {
    spaceId,
    filter: { appId, capabilityKey, environment, isExempt, periodStart: period.start, windowStart: window.start },
    limit: ENTRIES_MAX,
  })
  const account = { spaceId, appId, capabilityKey, unit, period }
  const cuts = facts.priceCutsOf(space)
  const entries: EventSettlement['entries'] = []
  let after = 0n
  for (const each of stored) {
    const { entry } = each
    if (entry.kind !== 'usage' && entry.kind !== 'adjustment') continue
    const through = BigInt(entry.journal.through)
    const place = { shard: event.shard, after, through, spaceId, appId, environment, isExempt }
    const shareWindow = { ...place, meters: facts.metersOf(capabilityKey), start: window.start, end: window.end }
    const sides = isLevel || through <= after ? null : await sidesOf(stores, { facts, window: shareWindow, event })
    after = through > after ? through : after
    if (sides === null || sides.own.length === 0) {
      entries.push({ stored: each, question: null })
      continue
    }
    const asked = { spaceId, appId, capabilityKey, periodStart: period.start, sequence: each.sequence, cuts }
    const posted = await readPostedBefore(stores.pool, asked)
    entries.push({
      stored: each,
      question: { account, timeline, posted, window: { environment, isExempt, window }, ...sides },
    })
  }
  return { unit, window, period, price: priceAt(timeline, at), isLevel, entries }
}

type Sides = Pick<ShareQuestion, 'before' | 'own' | 'after'>

async function sidesOf(
  { clickhouse }: { clickhouse: ClickHouseClient },
  { facts, window, event }: { facts: BillingFacts; window: ShareWindow; event: RecordedEvent },
): Promise<Sides> {
  const sides: Record<keyof Sides, MeterBase[]> = { before: [], own: [], after: [] }
  for (const { side, ...piece } of await readWindowAround(clickhouse, { window, event })) {
    const meter = facts.meter(piece.meter)
    const base = meter === null ? null : baseOf(meter, piece, false)
    if (base !== null) sides[side].push({ meter: piece.meter, version: piece.meterVersion, ...base })
  }
  return sides
}
