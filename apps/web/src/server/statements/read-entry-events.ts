import { type Instant, parseInstant } from '@meterbook/core/kernel'
import type { LedgerEntry } from '@meterbook/core/ledger'
import { type EventCursor, listEvents, readEventStates } from '@meterbook/db/clickhouse'
import {
  type BilledSpace,
  findEntry,
  listApps,
  type NamedApp,
  readContentsInLots,
  readMeasuredNames,
  readSpaces,
} from '@meterbook/db/postgres'
import type { EventStores } from '../events/event-sight.ts'
import { cursorOf, indexText } from '../events/list-event-items.ts'
import { meterUnits, quantityText } from '../events/meter-units.ts'

/** Later than any act: the state as it is now. */
const FOR_EVER = 9_223_372_036_854_775_807n

/**
 * A page of the events that were counted in the window of a usage entry, newest first, each with its content as received and what the entry's meters
 * measured of it: those that had come when it was posted, as they are now. What an act changed later is in the adjustment that followed. A level holds on
 * from its last sample, which may be before the window. null: no such entry, or one that is not of usage.
 */
export async function readEntryEvents(
  stores: EventStores,
  input: { space: BilledSpace; billedIn: Instant; sequence: bigint; after?: EventCursor | undefined; limit: number },
) {
  const { space, sequence, after, limit } = input
  const entry = (await findEntry(stores.pool, { spaceId: space.id, sequence }))?.entry
  if (entry === undefined || (entry.kind !== 'usage' && entry.kind !== 'adjustment')) return null
  if (instantOf(entry.billedIn.start) !== input.billedIn) return null
  const [[app], { eventTypes }] = await Promise.all([
    listApps(stores.pool, [entry.app]),
    readMeasuredNames(stores.pool),
  ])
  if (app === undefined) return null
  const meters = new Set(entry.measured.map(({ meter }) => meter))
  const filter = {
    appIds: [app.id],
    spaceId: space.id,
    environments: [entry.environment],
    verdicts: ['counted' as const],
    types: [...new Set([...meters].flatMap((meter) => eventTypes.get(meter) ?? []))],
    from: instantOf(entry.window.start),
    to: instantOf(entry.window.end),
  }
  const rows = await listEvents(stores.clickhouse, { filter, limit: limit + 1, after })
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    events: await withUsage(stores, { app, page, entry, meters }),
    next: rows.length > limit && last !== undefined ? cursorOf(last) : null,
  }
}

type UsageEntry = Extract<LedgerEntry, { kind: 'usage' | 'adjustment' }>

/** Only events of which the entry's meters recorded something, exempt or not as the entry is. */
async function withUsage(
  stores: EventStores,
  input: {
    app: NamedApp
    page: Awaited<ReturnType<typeof listEvents>>
    entry: UsageEntry
    meters: ReadonlySet<string>
  },
) {
  const { app, page, entry, meters } = input
  if (page.length === 0) return []
  const places = page.map(({ batch, pos }) => ({ batch, pos }))
  const [states, contents, units, spaces] = await Promise.all([
    readEventStates(stores.clickhouse, { shard: app.shard, appId: app.id, before: FOR_EVER, places }),
    readContentsInLots(stores.pool, { shard: app.shard, places: page.map(({ content }) => content) }),
    meterUnits(stores.pool),
    readSpaces(
      stores.pool,
      page.map(({ spaceId }) => spaceId),
    ),
  ])
  return page.flatMap((row, index) => {
    const records = (states[index]?.records ?? []).filter(
      ({ meter, isExempt }) => meters.has(meter) && isExempt === entry.exempt,
    )
    if (records.length === 0 || row.batch > BigInt(entry.journal.through)) return []
    return [
      {
        ...indexText(row, { apps: [app], spaces }),
        usage: records.map((record) => ({
          meter: record.meter,
          meterVersion: record.meterVersion,
          ...quantityText(units, record),
        })),
        content: contents[index]?.text ?? null,
      },
    ]
  })
}

function instantOf(text: string): Instant {
  const instant = parseInstant(text)
  if (!instant.ok) throw new RangeError(`expected an instant, found ${text}`)
  return instant.value
}
