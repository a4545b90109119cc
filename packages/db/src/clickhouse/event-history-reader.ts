import type { JournalPlace } from '@meterbook/core/event'
import type { ClickHouseClient } from './client.ts'
import { COLUMNS, type IndexedEvent, type IndexRow, indexedEvent } from './event-reader.ts'
import { createBinder } from './usage-filter.ts'

/** Everything ever recorded of one event: one row for each state it was in. */
const STATES_MAX = 1_000
/** An event may have been sent any number of times; this many of its repetitions are named. */
const REPEATS_NAMED_MAX = 100

/** One state of an event, and which act put it there. */
export interface RecordedState extends IndexedEvent {
  /** What recorded it: the event itself, or a target of an act. */
  entry: JournalPlace
  /** The act that ended it; null while it is in force. */
  reversedBy: JournalPlace | null
  /** Empty for the first state, else the act's name. */
  act: string
}

/** What one meter recorded with one state. `quantity`: exact text in the meter version's base measure. */
export interface RecordedUsage {
  entry: JournalPlace
  meter: string
  meterVersion: number
  spaceId: string
  quantity: string
}

/**
 * The states of the events with one of these identities (32 hex digits each): of the first of each identity all of them in the order in
 * which they were recorded, of its repetitions the newest few and how many there are. Only of these apps (null: of all, for who may see all),
 * and of events in these environments (null: any).
 */
export async function readHistory(
  client: ClickHouseClient,
  input: { appIds: readonly string[] | null; environments: readonly string[] | null; identities: readonly string[] },
): Promise<{ states: RecordedState[]; repeats: RecordedState[]; repeatCount: number }> {
  const { bind, params } = createBinder()
  if (!input.identities.every((identity) => /^[0-9a-f]{32}$/.test(identity))) {
    throw new Error('expected identities of 32 hex digits')
  }
  // Hex digits only, checked above: as bound values, those of some thousand apps would not fit into an address.
  const condition = `${input.appIds === null ? 'true' : `app IN ${bind(input.appIds, 'Array(String)')}`}
    AND identity IN (SELECT toFixedString(unhex(arrayJoin(splitByChar(',', '${input.identities.join(',')}'))), 16))
    ${input.environments === null ? '' : `AND environment IN ${bind(input.environments, 'Array(String)')}`}`
  const read = async <Row>(query: string): Promise<Row[]> => {
    const result = await client.query({
      query,
      query_params: params,
      format: 'JSONEachRow',
      clickhouse_settings: { max_query_size: '4194304' },
    })
    return result.json<Row>()
  }
  const [rows, repeats, counted] = await Promise.all([
    read<HistoryRow>(`SELECT ${STATE_COLUMNS} FROM event_index AS e WHERE ${condition} AND original_batch = 0
      ORDER BY app, entry_batch, entry_pos, sign DESC LIMIT ${STATES_MAX * 2}`),
    read<HistoryRow>(`SELECT ${STATE_COLUMNS} FROM event_index AS e WHERE ${condition} AND original_batch != 0 AND sign = 1
      ORDER BY entry_batch DESC, entry_pos DESC LIMIT 1 BY shard, batch, pos LIMIT ${REPEATS_NAMED_MAX}`),
    read<{ events: string }>(
      `SELECT sum(sign) AS events FROM event_index AS e WHERE ${condition} AND original_batch != 0`,
    ),
  ])
  return {
    states: statesOf(rows),
    repeats: repeats.map((row) => stateOf(row, null)),
    repeatCount: Number(counted[0]?.events ?? 0),
  }
}

/** The usage that was ever recorded of one event, by the state it was recorded with. */
export async function readRecordedUsageOf(
  client: ClickHouseClient,
  input: { appId: string; shard: number; place: JournalPlace },
): Promise<RecordedUsage[]> {
  const result = await client.query({
    query: `SELECT entry_batch, entry_pos, meter AS meter_slug, meter_version AS version, space AS space_id, toString(quantity) AS base
      FROM usage_records WHERE app = {app:String} AND shard = {shard:UInt16} AND batch = {batch:UInt64} AND pos = {pos:UInt32} AND sign = 1
      ORDER BY entry_batch, entry_pos, meter`,
    query_params: {
      app: input.appId,
      shard: input.shard,
      batch: input.place.batch.toString(),
      pos: input.place.pos,
    },
    format: 'JSONEachRow',
  })
  const rows = await result.json<{
    entry_batch: string
    entry_pos: number
    meter_slug: string
    version: number
    space_id: string
    base: string
  }>()
  return rows.map((row) => ({
    entry: { batch: BigInt(row.entry_batch), pos: row.entry_pos },
    meter: row.meter_slug,
    meterVersion: row.version,
    spaceId: row.space_id,
    quantity: row.base,
  }))
}

/** How many targets of these acts (journal rows [first, last] of a shard) changed something. */
export async function countEffects(
  client: ClickHouseClient,
  input: { appId: string; shard: number; first: bigint; last: bigint },
): Promise<number> {
  const result = await client.query({
    query: `SELECT count() AS events FROM event_index
      WHERE app = {app:String} AND shard = {shard:UInt16} AND sign = 1 AND act != '' AND entry_batch BETWEEN {first:UInt64} AND {last:UInt64}`,
    query_params: { app: input.appId, shard: input.shard, first: input.first.toString(), last: input.last.toString() },
    format: 'JSONEachRow',
  })
  const [row] = await result.json<{ events: string }>()
  return Number(row?.events ?? Number.NaN)
}

interface HistoryRow extends IndexRow {
  sign_value: number
  entry_row: string
  entry_index: number
  act_row: string
  act_index: number
  act_name: string
}

const STATE_COLUMNS = `${COLUMNS}, sign AS sign_value, entry_batch AS entry_row, entry_pos AS entry_index, act_batch AS act_row,
    act_pos AS act_index, act AS act_name`

/** A state's reversal has its entry, and comes right behind it. */
function statesOf(rows: readonly HistoryRow[]): RecordedState[] {
  const reversals = new Map(rows.filter((row) => row.sign_value < 0).map((row) => [entryKey(row), row]))
  return rows.filter((row) => row.sign_value > 0).map((row) => stateOf(row, reversals.get(entryKey(row)) ?? null))
}

function stateOf(row: HistoryRow, reversal: HistoryRow | null): RecordedState {
  return {
    ...indexedEvent(row),
    entry: { batch: BigInt(row.entry_row), pos: row.entry_index },
    reversedBy: reversal === null ? null : { batch: BigInt(reversal.act_row), pos: reversal.act_index },
    act: row.act_name,
  }
}

function entryKey(row: HistoryRow): string {
  return `${row.app_id}:${row.entry_row}:${row.entry_index}`
}
