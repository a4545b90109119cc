import { Readable } from 'node:stream'
import type { JournalPlace } from '@meterbook/core/event'
import type { ProjectedEvent, Verdict } from '@meterbook/core/projection'
import type { ClickHouseClient } from './client.ts'
import { NativeBlock } from './native-block.ts'

/** The group whose rows these are: generation, shard, first and last name the insert for ever. */
export interface ProjectionGroupKey {
  generation: bigint
  shard: number
  first: bigint
  last: bigint
  catalogueRevision: bigint
}

export type ProjectionTable = 'event_index' | 'usage_records'

/** The rows of a group as the bytes that are sent. */
export interface EncodedProjection {
  group: ProjectionGroupKey
  /** One block for each table that gets a row. */
  blocks: readonly EncodedBlock[]
}

interface EncodedBlock {
  table: ProjectionTable
  into: string
  pieces: readonly Buffer[]
}

/** What became of a group's events, made ready for insertProjection. The same events in the same order give the same bytes. */
export function encodeProjection(input: {
  group: ProjectionGroupKey
  events: readonly ProjectedEvent[]
}): EncodedProjection {
  return { group: input.group, blocks: [encodeEvents(input), encodeRecords(input)].flatMap((block) => block ?? []) }
}

/**
 * Writes the rows of a group: usage records (whose views feed the rollups) and the event index (whose view feeds the
 * identities). Each is one block under a token made of the group, so that the same group written again, after any crash, adds only
 * what is missing. The caller must have recorded the group beforehand. `onInserted` is told when a table and all its views hold it.
 */
export async function insertProjection(
  client: ClickHouseClient,
  { group, blocks }: EncodedProjection,
  onInserted?: (table: ProjectionTable) => void,
): Promise<void> {
  await allOf(blocks.map((block) => insertEncoded(client, group, block).then(() => onInserted?.(block.table))))
}

/** encodeProjection and insertProjection in one. */
export async function writeProjection(
  client: ClickHouseClient,
  input: { group: ProjectionGroupKey; events: readonly ProjectedEvent[] },
): Promise<void> {
  await insertProjection(client, encodeProjection(input))
}

/** All are awaited whatever one of them does: a rejected group must have no insert still under way. */
async function allOf(inserts: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(inserts)
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

/**
 * Rows to write: what became of events. `acted`, by index of `events`, is for rows that an act recorded: which, and where their content
 * stands. Without it an event's row is recorded by itself, which the tables take for granted.
 */
interface ProjectionRows {
  group: ProjectionGroupKey
  events: readonly ProjectedEvent[]
  acted?: readonly ActedRow[]
}

export interface ActedRow {
  entry: JournalPlace
  content: JournalPlace
  act: string
}

export async function insertEvents(client: ClickHouseClient, rows: ProjectionRows): Promise<void> {
  const block = encodeEvents(rows)
  if (block) await insertEncoded(client, rows.group, block)
}

export async function insertRecords(client: ClickHouseClient, rows: ProjectionRows): Promise<void> {
  const block = encodeRecords(rows)
  if (block) await insertEncoded(client, rows.group, block)
}

function encodeEvents(rows: ProjectionRows): EncodedBlock | null {
  return rows.events.length > 0 ? encoded('event_index', eventBlock(rows)) : null
}

function encodeRecords(rows: ProjectionRows): EncodedBlock | null {
  const count = rows.events.reduce((sum, { records }) => sum + records.length, 0)
  return count > 0 ? encoded('usage_records', recordBlock(rows, count)) : null
}

function encoded(table: ProjectionTable, block: NativeBlock): EncodedBlock {
  return { table, into: `${table} (${block.names.join(', ')})`, pieces: block.pieces() }
}

async function insertEncoded(
  client: ClickHouseClient,
  group: ProjectionGroupKey,
  { into, pieces }: EncodedBlock,
): Promise<void> {
  await insertBlock(client, { into, block: pieces, token: tokenOf(group) })
}

/** Unique to a group and its generation. `part` tells blocks of one group and table apart. */
export function tokenOf(group: ProjectionGroupKey, part = ''): string {
  return `${group.generation}:${group.shard}:${group.first}-${group.last}${part}`
}

/** Inserts the bytes of one block under a token; returns once the table and all its views hold them. */
export async function insertBlock(
  client: ClickHouseClient,
  input: { into: string; format?: 'Native' | 'RowBinary'; block: readonly Buffer[]; token: string },
): Promise<void> {
  const result = await client.exec({
    query: `INSERT INTO ${input.into} FORMAT ${input.format ?? 'Native'}`,
    values: Readable.from(input.block, { objectMode: false }),
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

function eventBlock({ group, events, acted }: ProjectionRows): NativeBlock {
  const block = new NativeBlock(events.length)
  const batch = block.uint64('batch')
  const pos = block.uint32('pos')
  const identity = block.hex16('identity')
  const digest = block.hex16('digest')
  const app = block.lowCardinality('app')
  const space = block.lowCardinality('space')
  const source = block.string('source')
  const id = block.string('event_id')
  const type = block.lowCardinality('type')
  const subject = block.string('subject')
  const occurredAt = block.instant('occurred_at')
  const receivedAt = block.instant('received_at')
  const environment = block.lowCardinality('environment')
  const installation = block.string('installation')
  const verdict = block.uint8('verdict', VERDICT_TYPE)
  const reason = block.lowCardinality('reason')
  const detail = block.string('detail')
  const originalBatch = block.uint64('original_batch')
  const originalPos = block.uint32('original_pos')
  for (const { source: from, at, spaceId, verdict: found, reason: why, detail: words, original } of events) {
    const { event } = from
    batch.add(from.batch)
    pos.add(from.pos)
    identity.add(from.identity)
    digest.add(from.digest)
    app.add(from.appId)
    space.add(spaceId)
    source.add(event.source)
    id.add(event.id)
    type.add(event.type)
    subject.add(event.subject ?? '')
    occurredAt.add(storableInstant(at))
    receivedAt.add(from.receivedAt)
    environment.add(event.environment)
    installation.add(event.installation ?? '')
    verdict.add(VERDICT_CODE[found])
    reason.add(why)
    detail.add(words)
    originalBatch.add(original?.batch ?? 0n)
    originalPos.add(original?.pos ?? 0)
  }
  if (acted) {
    addEntries(block, acted)
    const [contentBatch, contentPos] = [block.uint64('content_batch'), block.uint32('content_pos')]
    const act = block.lowCardinality('act')
    for (const { content, act: name } of acted) {
      contentBatch.add(content.batch)
      contentPos.add(content.pos)
      act.add(name)
    }
  }
  addGroup(block, group)
  return block
}

function recordBlock({ group, events, acted }: ProjectionRows, count: number): NativeBlock {
  const block = new NativeBlock(count)
  const batch = block.uint64('batch')
  const pos = block.uint32('pos')
  const identity = block.hex16('identity')
  const space = block.lowCardinality('space')
  const app = block.lowCardinality('app')
  const meter = block.lowCardinality('meter')
  const meterVersion = block.uint32('meter_version')
  const environment = block.lowCardinality('environment')
  const installation = block.string('installation')
  const exempt = block.uint8('exempt')
  const at = block.instant('at')
  const receivedAt = block.instant('received_at')
  const subject = block.string('subject')
  const quantity = block.decimal('quantity')
  const uniqueValue = block.string('unique_value')
  const dims = block.stringMap('dims')
  const entitlement = block.lowCardinality('entitlement')
  for (const { source, at: occurredAt, spaceId, records } of events) {
    const { event } = source
    for (const record of records) {
      batch.add(source.batch)
      pos.add(source.pos)
      identity.add(source.identity)
      space.add(spaceId)
      app.add(source.appId)
      meter.add(record.meter)
      meterVersion.add(record.meterVersion)
      environment.add(event.environment)
      installation.add(event.installation ?? '')
      exempt.add(record.isExempt ? 1 : 0)
      at.add(occurredAt)
      receivedAt.add(source.receivedAt)
      subject.add(event.subject ?? '')
      quantity.add(record.quantity)
      uniqueValue.add(record.uniqueValue)
      dims.add(record.dimensions)
      entitlement.add(record.entitlementId)
    }
  }
  if (acted)
    addEntries(
      block,
      events.flatMap(({ records }, index) => records.map(() => acted[index] as ActedRow)),
    )
  block.uint64('catalogue_revision').fill(group.catalogueRevision)
  addGroup(block, group)
  return block
}

function addEntries(block: NativeBlock, acted: readonly ActedRow[]): void {
  const [batch, pos] = [block.uint64('entry_batch'), block.uint32('entry_pos')]
  for (const { entry } of acted) {
    batch.add(entry.batch)
    pos.add(entry.pos)
  }
}

/** What all rows of a group have in common. */
function addGroup(block: NativeBlock, { shard, generation }: ProjectionGroupKey): void {
  block.uint16('shard').fill(shard)
  block.uint32('generation').fill(Number(generation))
}

const STORABLE_MIN = -2_208_988_800_000_000n
const STORABLE_MAX = 9_214_646_399_999_999n

/** DateTime64 holds 1900 to 2261. A held event may claim any year; the journal keeps what it said. */
function storableInstant(at: bigint): bigint {
  return at < STORABLE_MIN ? STORABLE_MIN : at > STORABLE_MAX ? STORABLE_MAX : at
}
