import { type EventCursor, type EventFilter, listEvents } from '@meterbook/db/clickhouse'
import { readSpaces } from '@meterbook/db/postgres'
import type { EventSight, EventStores } from './event-sight.ts'
import { cursorOf, indexText } from './list-event-items.ts'

/** A page of events as the index has them, newest first, without their contents. */
export async function readEventPage(
  stores: EventStores,
  input: { sight: EventSight; filter: EventFilter; limit: number; after?: EventCursor | undefined },
) {
  const { sight, filter, limit, after } = input
  const rows = await listEvents(stores.clickhouse, { filter, limit: limit + 1, after })
  const page = rows.slice(0, limit)
  const spaces = await readSpaces(
    stores.pool,
    page.map(({ spaceId }) => spaceId),
  )
  const last = page.at(-1)
  return {
    events: page.map((row) => indexText(row, { apps: sight.apps, spaces })),
    next: rows.length > limit && last !== undefined ? cursorOf(last) : null,
  }
}
