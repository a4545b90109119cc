import type { ClickHouseClient } from './client.ts'

/** Batches [first, last] of one shard of the journal. */
export interface BatchRange {
  shard: number
  first: bigint
  last: bigint
}

/** By shard: the last journal number whose group was closed before the reading began. */
export type ClosedThrough = ReadonlyMap<number, bigint>

/** `priority`: 0 is none, a higher number gives way. A statement that needs more memory is cut, rather than the pages' for its sake. */
const BACKGROUND = { max_threads: 1, priority: '10', max_memory_usage: '1000000000' } as const

/** A row as it was written at first, not by an act. */
export const IS_FIRST = 'sign = 1 AND entry_batch = batch AND entry_pos = pos'
/** The journal batch that wrote a row: of a reversal the act's. */
export const RECORDER = 'if(sign = 1, entry_batch, act_batch)'
export const HOUR_OF_AT = "toUnixTimestamp(toStartOfHour(at, 'UTC'))"

/** Rows of a statement that answers to no page: one thread, and it gives way to those that do. */
export async function readRows<Row>(
  client: ClickHouseClient,
  input: {
    query: string
    params: Record<string, unknown>
    settings?: Record<string, string | number>
    read: (row: readonly unknown[]) => Row
  },
): Promise<Row[]> {
  const result = await client.query({
    query: input.query,
    query_params: input.params,
    format: 'JSONCompactEachRow',
    clickhouse_settings: { ...BACKGROUND, ...input.settings },
  })
  const rows: Row[] = []
  // Piece by piece as they arrive, so that a large answer does not keep the process from its other work.
  for await (const chunk of result.stream<unknown[]>()) {
    for (const row of chunk) rows.push(input.read(row.json()))
  }
  return rows
}

/** Whether a batch is at or before the shard's number. */
export function isWithin(batch: string): string {
  return `${batch} <= transform(shard, {shards:Array(UInt16)}, {throughs:Array(UInt64)}, toUInt64(0))`
}

export function rangeParams({ shard, first, last }: BatchRange): Record<string, unknown> {
  return { shard, first: first.toString(), last: last.toString() }
}

export function closedParams(through: ClosedThrough): Record<string, unknown> {
  return { shards: [...through.keys()], throughs: [...through.values()] }
}

/** The integer behind a Decimal(76, 30), as text: reinterpreted, for a product with 10^30 could overflow. */
export function scaled(expression: string): string {
  return `toString(reinterpretAsInt256(reinterpretAsString(toDecimal256(${expression}, 30))))`
}

/** A cell's text: numbers that a double cannot hold arrive as texts. */
export function text(value: unknown): string {
  return String(value)
}
