import { type EventCursor, type EventFilter, type IndexedEvent, listEvents } from '@meterbook/db/clickhouse'
import { readMeasuredNames, readOrigins, readSpaces } from '@meterbook/db/postgres'
import { z } from 'zod'
import { selectionFilter } from '../corrections/aim.ts'
import { EventSelection } from '../corrections/asked-correction.ts'
import type { EventSight, EventStores } from './event-sight.ts'
import { cursorOf, indexText } from './list-event-items.ts'

/** A selection of events as people search for them. `meter`: a meter's slug. `key`: of the key that sent them, its name or the readable part of it. */
export const EventSearch = EventSelection.extend({
  meter: z.string().min(1).max(100).optional(),
  key: z.string().min(1).max(200).optional(),
})
export type EventSearch = z.infer<typeof EventSearch>

/** The index does not know keys: so many of the newest events are looked through for those of one, a lot at a time. */
const LOT = 1_000
const LOTS_MAX = 10

/**
 * A page of events, newest first. `next`: where to go on; `examined`: how many were looked through for those of a key, null where none was asked for.
 * Throws CorrectionRefused for an app out of sight.
 */
export async function searchEvents(
  stores: EventStores,
  input: { sight: EventSight; search: EventSearch; limit: number; after?: EventCursor | undefined },
) {
  const { sight, limit } = input
  const { meter, key, ...selection } = input.search
  const types = meter === undefined ? null : ((await readMeasuredNames(stores.pool)).eventTypes.get(meter) ?? [])
  const filter = {
    ...selectionFilter(sight, selection),
    ...(types !== null && { types: types.filter((type) => selection.types?.includes(type) ?? true) }),
  }
  if (key === undefined) {
    const rows = await listNewest(stores, { filter, limit: limit + 1, after: input.after })
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    const next = rows.length > limit && last !== undefined ? cursorOf(last) : null
    return { events: await withNames(stores, { sight, rows: page }), next, examined: null }
  }
  const found: IndexedEvent[] = []
  let { after } = input
  let examined = 0
  for (let lot = 0; lot < LOTS_MAX && found.length < limit; lot++) {
    const rows = await listNewest(stores, { filter, limit: LOT, after })
    const keys = await keysOf(stores, rows)
    for (const row of rows) {
      examined++
      after = cursorOf(row)
      const sender = keys.get(`${row.shard}:${row.batch}`)
      if (sender !== undefined && isKey(sender, key)) found.push(row)
      if (found.length >= limit) break
    }
    if (rows.length < LOT && found.length < limit) {
      after = undefined
      break
    }
  }
  return { events: await withNames(stores, { sight, rows: found }), next: after ?? null, examined }
}

/** Apps whose newest are read apart: the table is sorted by app, so that each reading stops when its page is full. */
const APART_MAX = 12

/** The newest of a filter, put together of each app's newest: asked for all at once, the server would sort everything that they ever sent. */
async function listNewest(
  { clickhouse }: EventStores,
  input: { filter: EventFilter; limit: number; after: EventCursor | undefined },
): Promise<IndexedEvent[]> {
  const { filter, limit } = input
  const { appIds } = filter
  if (appIds === null || appIds.length < 2 || appIds.length > APART_MAX) return listEvents(clickhouse, input)
  const parts = await Promise.all(
    appIds.map((appId) => listEvents(clickhouse, { ...input, filter: { ...filter, appIds: [appId] } })),
  )
  return parts.flat().sort(newestFirst).slice(0, limit)
}

/** As the database orders them. */
function newestFirst(a: IndexedEvent, b: IndexedEvent): number {
  if (a.at !== b.at) return a.at > b.at ? -1 : 1
  if (a.shard !== b.shard) return b.shard - a.shard
  return a.batch === b.batch ? b.pos - a.pos : a.batch > b.batch ? -1 : 1
}

async function withNames({ pool }: EventStores, { sight, rows }: { sight: EventSight; rows: readonly IndexedEvent[] }) {
  const spaces = await readSpaces(
    pool,
    rows.map(({ spaceId }) => spaceId),
  )
  return rows.map((row) => indexText(row, { apps: sight.apps, spaces }))
}

type Sender = { name: string; prefix: string }

function isKey({ name, prefix }: Sender, asked: string): boolean {
  return name === asked || prefix === asked || asked.includes(prefix)
}

async function keysOf({ pool }: EventStores, rows: readonly IndexedEvent[]): Promise<Map<string, Sender>> {
  const keys = new Map<string, Sender>()
  for (const [shard, ofShard] of Map.groupBy(rows, (row) => row.shard)) {
    const numbers = [...new Set(ofShard.map(({ batch }) => batch))]
    for (const { number, key } of (await readOrigins(pool, { shard, numbers })).values()) {
      if (key !== null) keys.set(`${shard}:${number}`, key)
    }
  }
  return keys
}
