import { ENVIRONMENT_DEFAULT, TEST_INSTALLATION, type UsageEvent } from '@meterbook/core/event'
import { formatInstant } from '@meterbook/core/kernel'
import { validationError } from '@meterbook/core/quarantine'
import { type EventCursor, type EventFilter, type IndexedEvent, listEvents } from '@meterbook/db/clickhouse'
import { type NamedApp, type NamedSpace, readContentsInLots } from '@meterbook/db/postgres'
import type { EventStores } from './event-sight.ts'

/** A page of events, newest first, each with its content and what became of it. One more than `limit` tells whether there are more. */
export async function listEventItems(
  stores: EventStores,
  input: { filter: EventFilter; limit: number; after?: EventCursor | undefined },
): Promise<{ items: EventItem[]; next: EventCursor | null }> {
  const rows = await listEvents(stores.clickhouse, { ...input, limit: input.limit + 1 })
  const page = rows.slice(0, input.limit)
  const contents = new Map<IndexedEvent, UsageEvent>()
  for (const shard of new Set(page.map((row) => row.shard))) {
    const ofShard = page.filter((row) => row.shard === shard)
    const read = await readContentsInLots(stores.pool, { shard, places: ofShard.map(({ content }) => content) })
    for (const [index, row] of ofShard.entries()) {
      const event = read[index]?.event
      if (event !== undefined) contents.set(row, event)
    }
  }
  const last = page.at(-1)
  return {
    items: page.map((row) => itemOf(row, contents.get(row) ?? null)),
    next: rows.length > input.limit && last !== undefined ? cursorOf(last) : null,
  }
}

export type EventItem = ReturnType<typeof itemOf>

/** Numbers that a double would change are ExactNumber still: to be written with exactJson. */
function itemOf(row: IndexedEvent, event: UsageEvent | null) {
  const error = validationError(row)
  return {
    event: {
      specversion: '1.0',
      id: row.id,
      source: row.source,
      type: row.type,
      ...(row.subject !== '' && { subject: row.subject }),
      time: formatInstant(row.at),
      ...event?.extensions,
      ...(row.environment !== ENVIRONMENT_DEFAULT && { environment: row.environment }),
      ...(row.installation !== '' && { installation: row.installation }),
      ...(event?.data && { datacontenttype: 'application/json', data: event.data }),
    },
    verdict: row.verdict,
    ...(row.reason !== '' && { reason: row.reason }),
    ...(row.detail !== '' && { detail: row.detail }),
    ...(error !== null && { validationError: error }),
    ingestedAt: formatInstant(row.receivedAt),
    // What is acknowledged is on disk: taking and storing are one.
    storedAt: formatInstant(row.receivedAt),
  }
}

/** What the index says of an event, as texts; `spaces` and `apps`: by what name they are called. */
export function indexText(
  row: IndexedEvent,
  names: { apps: readonly NamedApp[]; spaces: ReadonlyMap<string, NamedSpace> },
) {
  return {
    app: names.apps.find(({ id }) => id === row.appId)?.slug ?? row.appId,
    batch: row.batch.toString(),
    pos: row.pos,
    space: names.spaces.get(row.spaceId)?.slug ?? null,
    source: row.source,
    id: row.id,
    type: row.type,
    subject: row.subject === '' ? null : row.subject,
    time: formatInstant(row.at),
    receivedAt: formatInstant(row.receivedAt),
    environment: row.environment,
    installation: row.installation === '' ? null : row.installation,
    isTest: row.installation === TEST_INSTALLATION,
    verdict: row.verdict,
    reason: row.reason,
    detail: row.detail,
    first: row.original === null ? null : { batch: row.original.batch.toString(), pos: row.original.pos },
  }
}

export function cursorOf({ at, shard, batch, pos }: IndexedEvent): EventCursor {
  return { at, shard, batch, pos }
}
