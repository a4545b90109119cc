import { TEST_INSTALLATION } from '@meterbook/core/event'
import type { Instant } from '@meterbook/core/kernel'
import type { ClickHouseClient } from './client.ts'

/** Events of one app that happened in one hour or minute of UTC, whatever became of them; `lastReceived`: of these, the newest receipt. */
export interface AppPulse {
  appId: string
  start: Instant
  count: number
  lastReceived: Instant
}

/**
 * How many events apps sent, by when they happened, in [from, to). Ascending by app and time; stretches without any are left out. The table's order is
 * by app and time, so this reads that stretch of those apps and nothing else.
 */
export async function readAppPulse(
  client: ClickHouseClient,
  input: { spaceId: string; appIds: readonly string[]; from: Instant; to: Instant; size: 'hour' | 'minute' },
): Promise<AppPulse[]> {
  const { spaceId, appIds, from, to, size } = input
  if (appIds.length === 0 || from >= to) return []
  const begin = size === 'hour' ? 'toStartOfHour' : 'toStartOfMinute'
  const result = await client.query({
    query: `SELECT e.app AS appId, toInt64(toUnixTimestamp(${begin}(e.occurred_at, 'UTC'))) * 1000000 AS start, toInt32(sum(toInt64(e.sign))) AS count,
        toString(toUnixTimestamp64Micro(max(e.received_at))) AS lastReceived
      FROM event_index AS e
      WHERE e.app IN {apps:Array(String)} AND e.space = {space:String}
        AND e.occurred_at >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND e.occurred_at < fromUnixTimestamp64Micro({to:Int64}, 'UTC')
      GROUP BY appId, start HAVING count > 0 ORDER BY appId, start`,
    query_params: { space: spaceId, apps: appIds, from: from.toString(), to: to.toString() },
    format: 'JSONEachRow',
  })
  const rows = await result.json<{ appId: string; start: string; count: number; lastReceived: string }>()
  return rows.map(({ start, lastReceived, ...row }) => ({
    ...row,
    start: BigInt(start),
    lastReceived: BigInt(lastReceived),
  }))
}

/** Whether any event of these apps was ever counted for the space, test events apart. */
export async function hasCountedEvents(
  client: ClickHouseClient,
  input: { spaceId: string; appIds: readonly string[] },
): Promise<boolean> {
  if (input.appIds.length === 0) return false
  const result = await client.query({
    query: `SELECT 1 FROM event_index WHERE app IN {apps:Array(String)} AND space = {space:String} AND verdict = 'counted' AND sign = 1
        AND installation != {test:String} LIMIT 1`,
    query_params: { apps: input.appIds, space: input.spaceId, test: TEST_INSTALLATION },
    format: 'JSONEachRow',
  })
  return (await result.json()).length > 0
}
