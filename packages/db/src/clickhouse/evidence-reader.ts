import type { JournalPlace } from '@meterbook/core/event'
import { readRows, text } from './background-query.ts'
import type { ClickHouseClient } from './client.ts'

/** An event that counts in a window: where it was taken, and what recorded it as it is in force. */
export interface CountedPlace extends JournalPlace {
  /** The event's own place, or that of the target of an act. */
  entry: JournalPlace
  /** Of the catalogue under which it was measured. */
  revision: bigint
}

/** Events of an account-window in force as of a journal position, by place; one more than `limit` at most, so that too many are told from all. */
export async function readCountedPlaces(
  client: ClickHouseClient,
  input: {
    shard: number
    through: bigint
    spaceId: string
    appId: string
    environment: string
    isExempt: boolean
    meters: readonly string[]
    /** Microseconds, half-open. */
    start: bigint
    end: bigint
    limit: number
  },
): Promise<CountedPlace[]> {
  const { through, meters, isExempt, ...rest } = input
  return readRows(client, {
    // A reversal has the place and the entry of what it takes away.
    query: `SELECT toString(batch), pos, toString(entry_batch), entry_pos, toString(any(catalogue_revision))
      FROM (
        SELECT batch, pos, entry_batch, entry_pos, meter, meter_version, anyIf(catalogue_revision, sign = 1) AS catalogue_revision
        FROM usage_records AS u
        WHERE app = {appId:String} AND meter IN {meters:Array(String)}
          AND u.at >= fromUnixTimestamp64Micro({start:Int64}, 'UTC') AND u.at < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
          AND space = {spaceId:String} AND environment = {environment:String} AND exempt = {exempt:UInt8} AND shard = {shard:UInt16}
          AND if(sign = 1, entry_batch, act_batch) <= {through:UInt64}
        GROUP BY batch, pos, entry_batch, entry_pos, meter, meter_version
        HAVING sum(toInt64(sign)) > 0
      )
      GROUP BY batch, pos, entry_batch, entry_pos ORDER BY batch, pos LIMIT {limit:UInt32}`,
    params: {
      ...rest,
      limit: input.limit + 1,
      exempt: isExempt ? 1 : 0,
      meters: [...meters],
      through: through.toString(),
    },
    read: ([batch, pos, entryBatch, entryPos, revision]) => ({
      batch: BigInt(text(batch)),
      pos: Number(pos),
      entry: { batch: BigInt(text(entryBatch)), pos: Number(entryPos) },
      revision: BigInt(text(revision)),
    }),
  })
}
