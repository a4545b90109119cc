import { Readable } from 'node:stream'
import type { ProjectedEvent, UsageRecord, Verdict } from '@meterbook/core/projection'
import type { ClickHouseClient } from './client.ts'
import { type Column, column, nativeBlock } from './native-block.ts'

/** The group whose rows these are: shard, first and last name the insert for ever. */
export interface ProjectionGroupKey {
  shard: number
  first: bigint
  last: bigint
  catalogueRevision: bigint
}

/**
 * Writes what became of a group's events: usage records (whose views feed the rollups) and the event index (whose view feeds the
 * identities). Each is one block under a token made of the group, so that the same group written again, after any crash, adds only
 * what is missing. The caller must pass the same events in the same order each time, and have recorded the group beforehand.
 */
export async function writeProjection(
  client: ClickHouseClient,
  input: { group: ProjectionGroupKey; events: readonly ProjectedEvent[] },
): Promise<void> {
  const { group, events } = input
  const records = events.flatMap((event) => event.records.map((record) => ({ event, record })))
  const index = insert(client, { group, table: 'event_index', columns: eventColumns(group), rows: events })
  const usage = insert(client, { group, table: 'usage_records', columns: recordColumns(group), rows: records })
  // Both are awaited whatever the other does: a rejected group must have no insert still under way.
  const results = await Promise.allSettled([index, usage])
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

async function insert<Row>(
  client: ClickHouseClient,
  input: {
    group: ProjectionGroupKey
    table: 'event_index' | 'usage_records'
    columns: Column<Row>[]
    rows: readonly Row[]
  },
): Promise<void> {
  if (input.rows.length === 0) return
  const { group, table, columns } = input
  const block = nativeBlock(columns, input.rows)
  const result = await client.exec({
    query: `INSERT INTO ${table} (${columns.map((each) => each.name).join(', ')}) FORMAT Native`,
    values: Readable.from([block], { objectMode: false }),
    clickhouse_settings: {
      insert_deduplication_token: `${group.shard}:${group.first}-${group.last}`,
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
  record: UsageRecord
}

const VERDICT_CODE: Record<Verdict, number> = { counted: 1, duplicate: 2, conflict: 3, quarantined: 4 }
const VERDICT_TYPE = "Enum8('counted' = 1, 'duplicate' = 2, 'conflict' = 3, 'quarantined' = 4)"

function eventColumns(group: ProjectionGroupKey): Column<ProjectedEvent>[] {
  return [
    column.uint16('shard', () => group.shard),
    column.uint64('batch', (row) => row.source.batch),
    column.uint32('pos', (row) => row.source.pos),
    column.hex16('identity', (row) => row.source.identity),
    column.hex16('digest', (row) => row.source.digest),
    column.lowCardinality('app', (row) => row.source.appId),
    column.lowCardinality('space', (row) => row.spaceId),
    column.string('source', (row) => row.source.event.source),
    column.string('event_id', (row) => row.source.event.id),
    column.lowCardinality('type', (row) => row.source.event.type),
    column.string('subject', (row) => row.source.event.subject ?? ''),
    column.instant('occurred_at', (row) => storableInstant(row.at)),
    column.instant('received_at', (row) => row.source.receivedAt),
    column.lowCardinality('environment', (row) => row.source.event.environment),
    column.string('installation', (row) => row.source.event.installation ?? ''),
    column.int8('verdict', VERDICT_TYPE, (row) => VERDICT_CODE[row.verdict]),
    column.lowCardinality('reason', (row) => row.reason),
    column.string('detail', (row) => row.detail),
    column.uint64('original_batch', (row) => row.original?.batch ?? 0n),
    column.uint32('original_pos', (row) => row.original?.pos ?? 0),
  ]
}

function recordColumns(group: ProjectionGroupKey): Column<RecordRow>[] {
  return [
    column.uint16('shard', () => group.shard),
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
    column.uint64('catalogue_revision', () => group.catalogueRevision),
  ]
}

const STORABLE_MIN = -2_208_988_800_000_000n
const STORABLE_MAX = 9_214_646_399_999_999n

/** DateTime64 holds 1900 to 2261. A held event may claim any year; the journal keeps what it said. */
function storableInstant(at: bigint): bigint {
  return at < STORABLE_MIN ? STORABLE_MIN : at > STORABLE_MAX ? STORABLE_MAX : at
}
