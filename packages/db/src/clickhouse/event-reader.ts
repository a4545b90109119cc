import type { JournalPlace } from '@meterbook/core/event'
import type { Instant } from '@meterbook/core/kernel'
import type { Verdict } from '@meterbook/core/projection'
import type { ClickHouseClient } from './client.ts'
import { type EventFilter, inForce, instant } from './event-filter.ts'
import { createBinder } from './usage-filter.ts'

/** What the index says of one event: its row in force. Empty texts where it has none. */
export interface IndexedEvent extends JournalPlace {
  shard: number
  appId: string
  spaceId: string
  source: string
  id: string
  type: string
  subject: string
  at: Instant
  receivedAt: Instant
  environment: string
  installation: string
  verdict: Verdict
  reason: string
  detail: string
  /** Set for a duplicate or a conflict: the event that came first. */
  original: JournalPlace | null
  /** Where its present content stands in the journal. */
  content: JournalPlace
}

/** After which event a page goes on: its place in the order, which no later arrival moves. */
export interface EventCursor extends JournalPlace {
  at: Instant
  shard: number
}

/**
 * The newest of one app stand together at the end of its part of the table: in small blocks, and without reading ahead, the server stops once
 * the page is full, instead of going through all there is.
 */
const IN_TABLE_ORDER = { max_block_size: '8192', read_in_order_use_buffering: 0 } as const

/** The rows in force that a filter names, newest first by the events' own time. */
export async function listEvents(
  client: ClickHouseClient,
  input: { filter: EventFilter; limit: number; after?: EventCursor | undefined },
): Promise<IndexedEvent[]> {
  const { after } = input
  const binder = createBinder()
  const { bind } = binder
  const rest =
    after === undefined
      ? 'true'
      : `(occurred_at <= ${instant(after.at, bind)} AND (occurred_at, shard, batch, pos) < (${instant(after.at, bind)},
          ${bind(after.shard, 'UInt16')}, ${bind(after.batch.toString(), 'UInt64')}, ${bind(after.pos, 'UInt32')}))`
  const result = await client.query({
    query: `SELECT ${COLUMNS} FROM event_index AS e WHERE ${inForce(input.filter, binder)} AND ${rest}
      ORDER BY occurred_at DESC, shard DESC, batch DESC, pos DESC LIMIT ${bind(input.limit, 'UInt32')}`,
    query_params: binder.params,
    format: 'JSONEachRow',
    ...(input.filter.appIds?.length === 1 && { clickhouse_settings: IN_TABLE_ORDER }),
  })
  return (await result.json<IndexRow>()).map(indexedEvent)
}

/** How many events a filter names. */
export async function countEvents(client: ClickHouseClient, filter: EventFilter): Promise<number> {
  const binder = createBinder()
  const result = await client.query({
    query: `SELECT count() AS events FROM event_index AS e WHERE ${inForce(filter, binder)}`,
    query_params: binder.params,
    format: 'JSONEachRow',
  })
  const [row] = await result.json<{ events: string }>()
  return Number(row?.events ?? Number.NaN)
}

/** The places of the events that a filter names, in journal order: what an act can be aimed at. */
export async function findEventPlaces(
  client: ClickHouseClient,
  input: { filter: EventFilter; limit: number },
): Promise<(JournalPlace & { appId: string })[]> {
  const binder = createBinder()
  const result = await client.query({
    query: `SELECT app AS app_id, batch, pos FROM event_index AS e WHERE ${inForce(input.filter, binder)}
      ORDER BY shard, batch, pos LIMIT ${binder.bind(input.limit, 'UInt32')}`,
    query_params: binder.params,
    format: 'JSONEachRow',
  })
  const rows = await result.json<{ app_id: string; batch: string; pos: number }>()
  return rows.map(({ app_id, batch, pos }) => ({ appId: app_id, batch: BigInt(batch), pos }))
}

/** Single events by their places in one app's journal; those that are not projected, or not this app's, are left out. */
export async function readEventsAt(
  client: ClickHouseClient,
  input: { filter: EventFilter; shard: number; places: readonly JournalPlace[] },
): Promise<IndexedEvent[]> {
  const binder = createBinder()
  const { bind } = binder
  const places = input.places.map(({ batch, pos }) => `${batch}:${pos}`)
  const result = await client.query({
    query: `SELECT ${COLUMNS} FROM event_index AS e WHERE ${inForce(input.filter, binder)} AND shard = ${bind(input.shard, 'UInt16')}
        AND batch IN ${bind([...new Set(input.places.map(({ batch }) => batch))], 'Array(UInt64)')}
        AND concat(toString(batch), ':', toString(pos)) IN ${bind(places, 'Array(String)')}
      ORDER BY batch, pos`,
    query_params: binder.params,
    format: 'JSONEachRow',
    clickhouse_settings: { max_query_size: '4194304' },
  })
  return (await result.json<IndexRow>()).map(indexedEvent)
}

/** What is held, by reason; a conflict has no reason but its verdict. */
export interface HeldReason {
  verdict: Verdict
  reason: string
  events: number
  /** Of the events' own times. */
  first: Instant
  last: Instant
  /** The same as long as these are the same rows. */
  fingerprint: string
}

/** The events that a filter names, counted by verdict and reason; the most frequent first. */
export async function countByReason(client: ClickHouseClient, filter: EventFilter): Promise<HeldReason[]> {
  const binder = createBinder()
  const result = await client.query({
    query: `SELECT verdict AS verdict_name, reason AS reason_code, count() AS events,
        toString(toUnixTimestamp64Micro(min(occurred_at))) AS first_at, toString(toUnixTimestamp64Micro(max(occurred_at))) AS last_at,
        toString(groupBitXor(sipHash64(shard, entry_batch, entry_pos))) AS fingerprint
      FROM event_index AS e WHERE ${inForce(filter, binder)}
      GROUP BY verdict, reason ORDER BY events DESC, verdict_name, reason_code`,
    query_params: binder.params,
    format: 'JSONEachRow',
  })
  const rows = await result.json<{
    verdict_name: Verdict
    reason_code: string
    events: string
    first_at: string
    last_at: string
    fingerprint: string
  }>()
  return rows.map((row) => ({
    verdict: row.verdict_name,
    reason: row.reason_code,
    events: Number(row.events),
    first: BigInt(row.first_at),
    last: BigInt(row.last_at),
    fingerprint: `${row.events} ${row.fingerprint}`,
  }))
}

export interface IndexRow {
  shard_number: number
  batch_number: string
  position: number
  app_id: string
  space_id: string
  source_text: string
  id_text: string
  type_text: string
  subject_text: string
  at_micros: string
  received_micros: string
  environment_key: string
  installation_key: string
  verdict_name: Verdict
  reason_code: string
  detail_text: string
  first_batch: string
  first_pos: number
  content_row: string
  content_index: number
}

/** The aliases differ from the columns, because ClickHouse would put an alias into WHERE too. */
export const COLUMNS = `shard AS shard_number, batch AS batch_number, pos AS position, app AS app_id, space AS space_id,
    source AS source_text, event_id AS id_text, type AS type_text, subject AS subject_text,
    toString(toUnixTimestamp64Micro(occurred_at)) AS at_micros, toString(toUnixTimestamp64Micro(received_at)) AS received_micros,
    environment AS environment_key, installation AS installation_key, verdict AS verdict_name, reason AS reason_code,
    detail AS detail_text, original_batch AS first_batch, original_pos AS first_pos, content_batch AS content_row,
    content_pos AS content_index`

export function indexedEvent(row: IndexRow): IndexedEvent {
  return {
    shard: row.shard_number,
    batch: BigInt(row.batch_number),
    pos: row.position,
    appId: row.app_id,
    spaceId: row.space_id,
    source: row.source_text,
    id: row.id_text,
    type: row.type_text,
    subject: row.subject_text,
    at: BigInt(row.at_micros),
    receivedAt: BigInt(row.received_micros),
    environment: row.environment_key,
    installation: row.installation_key,
    verdict: row.verdict_name,
    reason: row.reason_code,
    detail: row.detail_text,
    original: row.first_batch === '0' ? null : { batch: BigInt(row.first_batch), pos: row.first_pos },
    content: { batch: BigInt(row.content_row), pos: row.content_index },
  }
}
