import type { ActEffect } from '@meterbook/core/projection'
import type { ClickHouseClient } from './client.ts'
import {
  type ActedRow,
  insertBlock,
  insertEvents,
  insertRecords,
  type ProjectionGroupKey,
  type ProjectionTable,
  tokenOf,
} from './projection-writer.ts'

/**
 * Writes what an act changed: a copy of each row it reverses with sign -1, and the rows that take their place. The group is the act's own
 * journal row. Run again after any crash it writes the same four blocks under the same tokens. The caller must have recorded the
 * group, and pass the same effects each time.
 */
export async function writeAct(
  client: ClickHouseClient,
  input: { group: ProjectionGroupKey; act: string; effects: readonly ActEffect[] },
): Promise<void> {
  const { group, act, effects } = input
  if (effects.length === 0) return
  const events = effects.map(({ event }) => event)
  const acted: ActedRow[] = effects.map(({ index, content }) => ({
    entry: { batch: group.first, pos: index },
    content,
    act,
  }))
  // One after another: acts are rare, and what a reversal reads of a table must not be the rows that take its place.
  await reverse(client, { group, table: 'event_index', effects })
  await insertEvents(client, { group, events, acted })
  await reverse(client, { group, table: 'usage_records', effects })
  await insertRecords(client, { group, events, acted })
}

/**
 * The rows travel as the server wrote them, so that not a digit of them can differ; sorted and row by row, so that a retry sends the same
 * bytes. In Native they would come in as many blocks as the parts of the moment make of them, and each block has a token of its own: a
 * retry after a merge would add what is there already (seen under torture).
 */
async function reverse(
  client: ClickHouseClient,
  input: { group: ProjectionGroupKey; table: ProjectionTable; effects: readonly ActEffect[] },
): Promise<void> {
  const { group, table, effects } = input
  const order = table === 'event_index' ? 'act_pos' : 'act_pos, meter'
  const { stream } = await client.exec({
    query: `SELECT * REPLACE (
        toInt8(-1) AS sign, toUInt64({act:UInt64}) AS act_batch,
        toUInt32(transform(t.entry_batch * 65536 + t.entry_pos, {entries:Array(UInt64)}, {indexes:Array(UInt32)}, 4294967295)) AS act_pos,
        toUInt32({generation:UInt32}) AS generation
      )
      FROM ${table} AS t
      WHERE t.shard = {shard:UInt16} AND t.batch IN {batches:Array(UInt64)} AND t.sign = 1
        AND (t.entry_batch, t.entry_pos) IN (SELECT intDiv(arrayJoin({entries:Array(UInt64)}) AS e, 65536), e % 65536)
      ORDER BY ${order}
      FORMAT RowBinary`,
    query_params: {
      shard: group.shard,
      act: group.first.toString(),
      generation: Number(group.generation),
      batches: [...new Set(effects.map(({ state }) => state.batch))],
      entries: effects.map(({ state }) => placeNumber(state.entry)),
      indexes: effects.map(({ index }) => index),
    },
    clickhouse_settings: { max_query_size: '4194304' },
  })
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  const block = Buffer.concat(chunks)
  if (block.length === 0) return
  await insertBlock(client, { into: table, format: 'RowBinary', block: [block], token: tokenOf(group, '-reversed') })
}

const POSITIONS_MAX = 65_536n

/** One number for a place, because pairs do not travel as parameters: a journal row has at most 10,000 events. */
function placeNumber(place: { batch: bigint; pos: number }): bigint {
  return place.batch * POSITIONS_MAX + BigInt(place.pos)
}
