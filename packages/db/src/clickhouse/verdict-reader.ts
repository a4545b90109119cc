import type { Verdict } from '@meterbook/core/projection'
import type { ClickHouseClient } from './client.ts'

export interface EventVerdict {
  verdict: Exclude<Verdict, 'cancelled' | 'dismissed'>
  reason: string
  detail: string
}

/**
 * The first verdicts on one journal batch's events, by position; only those that are projected already. What acts made of them later is
 * not asked here.
 */
export async function readVerdicts(
  client: ClickHouseClient,
  input: { shard: number; batch: bigint },
): Promise<EventVerdict[]> {
  const result = await client.query({
    query: `SELECT pos, any(verdict) AS verdict, any(reason) AS reason, any(detail) AS detail FROM event_index
      WHERE shard = {shard:UInt16} AND batch = {batch:UInt64} AND entry_batch = batch AND sign = 1 GROUP BY pos ORDER BY pos`,
    query_params: { shard: input.shard, batch: input.batch.toString() },
    format: 'JSONEachRow',
  })
  const rows = await result.json<EventVerdict & { pos: number }>()
  return rows.map(({ verdict, reason, detail }) => ({ verdict, reason, detail }))
}
