import type { Window } from '@meterbook/core/window'
import type { ClickHouseClient } from './client.ts'

/** How much of a space's month each of the stores holds, net of what was reversed. Whole numbers as texts. */
export interface SpaceCounts {
  /** events that count, by the index of all that was taken */
  events: string
  /** usage records: one for each event and meter */
  records: string
  /** the same, by the rollup that charts read */
  rolledUp: string
}

/** `appIds`: the apps that the space ever owned: the tables are sorted by app. */
export async function countSpaceUsage(
  client: ClickHouseClient,
  input: { spaceId: string; appIds: readonly string[]; period: Window },
): Promise<SpaceCounts> {
  const within = (time: string) => `app IN {apps:Array(String)} AND space = {space:String}
    AND ${time} >= fromUnixTimestamp64Micro({start:Int64}, 'UTC') AND ${time} < fromUnixTimestamp64Micro({end:Int64}, 'UTC')`
  const result = await client.query({
    // By minutes: a month of a zone may begin within an hour of UTC.
    query: `SELECT toString((SELECT sum(toInt64(sign)) FROM event_index WHERE ${within('occurred_at')} AND verdict = 'counted')) AS events,
        toString((SELECT sum(toInt64(sign)) FROM usage_records WHERE ${within('at')})) AS records,
        toString((SELECT sum(count) FROM rollup_minute WHERE ${within('t')})) AS rolledUp`,
    query_params: {
      apps: [...input.appIds],
      space: input.spaceId,
      start: input.period.start.toString(),
      end: input.period.end.toString(),
    },
    format: 'JSONEachRow',
  })
  const [row] = await result.json<SpaceCounts>()
  return { events: row?.events ?? '0', records: row?.records ?? '0', rolledUp: row?.rolledUp ?? '0' }
}
