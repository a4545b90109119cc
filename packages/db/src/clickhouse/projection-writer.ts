import { Readable } from 'node:stream'
import type { JournalPlace } from '@meterbook/core/event'
import type { ProjectedEvent, UsageRecord, Verdict } from '@meterbook/core/projection'
import type { ClickHouseClient } from './client.ts'
import { type Column, column, nativeBlock } from './native-block.ts'

/** The group whose rows these are: generation, shard, first and last name the insert for ever. */
export interface ProjectionGroupKey {
  generation: bigint
  shard: number
  first: bigint
  last: bigint
  catalogueRevision: bigint
}

export type ProjectionTable = 'event_index' | 'usage_records'

/**
 * Writes what became of a group's events: usage records (whose views feed the rollups) and the event index (whose view feeds the
 * identities). Each is one block under a token made of the group, so that the same group written again, after any crash, adds only
 * what is missing. The caller must pass the same events in the same order each time, and have recorded the group beforehand.
 */
export async function writeProjection(
  client: ClickHouseClient,
  input: {
    group: ProjectionGroupKey
    events: readonly ProjectedEvent[]
    /** Told when a table and all its views hold the group. */
    onInserted?(table: ProjectionTable): void
  },
): Promise<void> {
  const { group, events, onInserted } = input
  const rows = events.map((event) => ({ event, entry: event.source, content: event.source, act: '' }))
  await allOf([
    insertEvents(client, group, rows).then(() => onInserted?.('event_index')),
    insertRecords(client, group, rows).then(() => onInserted?.('usage_records')),
  ])
}

/** All are awaited whatever one of them does: a rejected group must have no insert still under way. */
async function allOf(inserts: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(inserts)
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

/** An event's row: what became of it, what recorded that, and where its content stands. */
export interface EventRow {
  event: ProjectedEvent
  entry: JournalPlace
  content: JournalPlace
  act: string
}

export function insertEvents(
  client: ClickHouseClient,
  group: ProjectionGroupKey,
  rows: readonly EventRow[],
): Promise<void> {
  return insert(client, { group, table: 'event_index', columns: eventColumns(group), rows })
}

export function insertRecords(
  client: ClickHouseClient,
  group: ProjectionGroupKey,
  rows: readonly EventRow[],
): Promise<void> {
  const records: RecordRow[] = []
  for (const { event, entry } of rows) for (const record of event.records) records.push({ event, entry, record })
  return insert(client, { group, table: 'usage_records', columns: recordColumns(group), rows: records })
}

async function insert<Row>(
  client: ClickHouseClient,
  input: { group: ProjectionGroupKey; table: ProjectionTable; columns: Column<Row>[]; rows: readonly Row[] },
): Promise<void> {
  if (input.rows.length === 0) return
  const { group, table, columns } = input
  const names = columns.map((each) => each.name).join(', ')
  await insertBlock(client, {
    into: `${table} (${names})`,
    block: nativeBlock(columns, input.rows),
    token: tokenOf(group),
  })
}

/** Unique to a group and its generation. `part` tells blocks of one group and table apart. */
export function tokenOf(group: ProjectionGroupKey, part = ''): string {
  return `${group.generation}:${group.shard}:${group.first}-${group.last}${part}`
}

/** Inserts the bytes of one block under a token; returns once the table and all its views hold them. */
export async function insertBlock(
  client: ClickHouseClient,
  input: { into: string; format?: 'Native' | 'RowBinary'; block: Buffer; token: string },
): Promise<void> {
  const result = await client.exec({
    query: `INSERT INTO ${input.into} FORMAT ${input.format ?? 'Native'}`,
    values: Readable.from([input.block], { objectMode: false }),
    clickhouse_settings: {
      insert_deduplication_token: input.token,
      deduplicate_blocks_in_dependent_materialized_views: 1,
      // Old events spread over many months: one part for each, and that is all right.
      max_partitions_per_insert_block: '0',
      wait_end_of_query: 1,
    },
  })
  for await (const _ of result.stream) {
    // Drained to its end: only then has the server said that all views are written.
  }
}

interface RecordRow {
  event: ProjectedEvent
  entry: JournalPlace
  record: UsageRecord
}

const VERDICT_CODE: Record<Verdict, number> = {
  counted: 1,
  duplicate: 2,
  conflict: 3,
  quarantined: 4,
  cancelled: 5,
  dismissed: 6,
}
const VERDICT_TYPE = `Enum8(${Object.entries(VERDICT_CODE)
  .map(([name, code]) => `'${name}' = ${code}`)
  .join(', ')})`

function eventColumns(group: ProjectionGroupKey): Column<EventRow>[] {
  return [
    column.uint16('shard', group.shard),
    column.uint64('batch', ({ event }) => event.source.batch),
    column.uint32('pos', ({ event }) => event.source.pos),
    column.hex16('identity', ({ event }) => event.source.identity),
    column.hex16('digest', ({ event }) => event.source.digest),
    column.lowCardinality('app', ({ event }) => event.source.appId),
    column.lowCardinality('space', ({ event }) => event.spaceId),
    column.string('source', ({ event }) => event.source.event.source),
    column.string('event_id', ({ event }) => event.source.event.id),
    column.lowCardinality('type', ({ event }) => event.source.event.type),
    column.string('subject', ({ event }) => event.source.event.subject ?? ''),
    column.instant('occurred_at', ({ event }) => storableInstant(event.at)),
    column.instant('received_at', ({ event }) => event.source.receivedAt),
    column.lowCardinality('environment', ({ event }) => event.source.event.environment),
    column.string('installation', ({ event }) => event.source.event.installation ?? ''),
    column.int8('verdict', VERDICT_TYPE, ({ event }) => VERDICT_CODE[event.verdict]),
    column.lowCardinality('reason', ({ event }) => event.reason),
    column.string('detail', ({ event }) => event.detail),
    column.uint64('original_batch', ({ event }) => event.original?.batch ?? 0n),
    column.uint32('original_pos', ({ event }) => event.original?.pos ?? 0),
    column.uint64('entry_batch', ({ entry }) => entry.batch),
    column.uint32('entry_pos', ({ entry }) => entry.pos),
    column.uint64('content_batch', ({ content }) => content.batch),
    column.uint32('content_pos', ({ content }) => content.pos),
    column.lowCardinality('act', ({ act }) => act),
    column.uint32('generation', Number(group.generation)),
  ]
}

function recordColumns(group: ProjectionGroupKey): Column<RecordRow>[] {
  return [
    column.uint16('shard', group.shard),
    column.uint64('batch', ({ event }) => event.source.batch),
    column.uint32('pos', ({ event }) => event.source.pos),
    column.hex16('identity', ({ event }) => event.source.identity),
    column.lowCardinality('space', ({ event }) => event.spaceId),
    column.lowCardinality('app', ({ event }) => event.source.appId),
    column.lowCardinality('meter', ({ record }) => record.meter),
    column.uint32('meter_version', ({ record }) => record.meterVersion),
    column.lowCardinality('environment', ({ event }) => event.source.event.environment),
    column.string('installation', ({ event }) => event.source.event.installation ?? ''),
    column.uint8('exempt', ({ record }) => (record.isExempt ? 1 : 0)),
    column.instant('at', ({ event }) => event.at),
    column.instant('received_at', ({ event }) => event.source.receivedAt),
    column.string('subject', ({ event }) => event.source.event.subject ?? ''),
    column.decimal('quantity', ({ record }) => record.quantity),
    column.string('unique_value', ({ record }) => record.uniqueValue),
    column.stringMap('dims', ({ record }) => record.dimensions),
    column.lowCardinality('entitlement', ({ record }) => record.entitlementId),
    column.uint64('catalogue_revision', group.catalogueRevision),
    column.uint64('entry_batch', ({ entry }) => entry.batch),
    column.uint32('entry_pos', ({ entry }) => entry.pos),
    column.uint32('generation', Number(group.generation)),
  ]
}

const STORABLE_MIN = -2_208_988_800_000_000n
const STORABLE_MAX = 9_214_646_399_999_999n

/** DateTime64 holds 1900 to 2261. A held event may claim any year; the journal keeps what it said. */
function storableInstant(at: bigint): bigint {
  return at < STORABLE_MIN ? STORABLE_MIN : at > STORABLE_MAX ? STORABLE_MAX : at
}
