import type { ClickHouseClient } from './client.ts'

/** What became of the events received in one minute, as it stands now. `late`: counted, and older than `lateAfterSeconds` at their receipt. */
export interface MinuteCounts {
  /** RFC 3339, UTC */
  minute: string
  counted: number
  duplicate: number
  conflict: number
  quarantined: number
  late: number
}

/** Minutes of receipt in [from, to) in which something was received, the oldest first. */
export async function readMinutes(
  client: ClickHouseClient,
  input: { from: Date; to: Date; lateAfterSeconds: number },
): Promise<MinuteCounts[]> {
  const result = await client.query({
    query: `SELECT formatDateTime(toStartOfMinute(received_at, 'UTC'), '%FT%H:%i:00Z', 'UTC') AS minute,
        toInt32(sumIf(toInt64(sign), verdict = 'counted')) AS counted, toInt32(sumIf(toInt64(sign), verdict = 'duplicate')) AS duplicate,
        toInt32(sumIf(toInt64(sign), verdict = 'conflict')) AS conflict, toInt32(sumIf(toInt64(sign), verdict = 'quarantined')) AS quarantined,
        toInt32(sumIf(toInt64(sign), verdict = 'counted' AND received_at > occurred_at + toIntervalSecond({late:UInt32}))) AS late
      FROM event_index WHERE ${RECEIVED} GROUP BY minute ORDER BY minute`,
    query_params: { ...rangeOf(input), late: input.lateAfterSeconds },
    format: 'JSONEachRow',
  })
  return result.json<MinuteCounts>()
}

/** Of the events received in [from, to), by app: how many, and how many of them do not count; those that do not count most come first. */
export async function readNoisyApps(
  client: ClickHouseClient,
  input: { from: Date; to: Date; limit: number },
): Promise<{ appId: string; taken: number; uncounted: number }[]> {
  const result = await client.query({
    query: `SELECT app AS appId, toInt32(sum(toInt64(sign))) AS taken, toInt32(sumIf(toInt64(sign), verdict != 'counted')) AS uncounted
      FROM event_index WHERE ${RECEIVED} GROUP BY app HAVING taken > 0 ORDER BY uncounted DESC, taken DESC, app LIMIT {limit:UInt32}`,
    query_params: { ...rangeOf(input), limit: input.limit },
    format: 'JSONEachRow',
  })
  return result.json<{ appId: string; taken: number; uncounted: number }>()
}

const RECEIVED = `received_at >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Micro({to:Int64}, 'UTC')`

function rangeOf({ from, to }: { from: Date; to: Date }): { from: string; to: string } {
  return { from: `${from.getTime()}000`, to: `${to.getTime()}000` }
}
