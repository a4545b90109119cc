import type { JournalPlace } from '@meterbook/core/event'
import { readRows, text } from './background-query.ts'
import type { ClickHouseClient } from './client.ts'
import { inForceAsOf } from './settlement-reader-levels.ts'

/** An event that counts in a window: where it was taken, and what recorded it as it is in force. */
export interface CountedPlace extends JournalPlace {
  /** The event's own place, or that of the target of an act. */
  entry: JournalPlace
  /** Of the catalogue under which it was measured. */
  revision: bigint
}

/** An account-window as of a journal position, and the meters (slugs) whose records are asked for. */
export interface EvidenceQuestion {
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
  /** One more is read at most, so that too many are told from all. */
  limit: number
}

/** The events whose records add up in an account-window, as they are in force at the position; by place. */
export async function readCountedPlaces(client: ClickHouseClient, question: EvidenceQuestion): Promise<CountedPlace[]> {
  if (question.meters.length === 0) return []
  const within = inForceAsOf([...ASKED, ...WINDOW, 'u.space = {spaceId:String}', 'u.exempt = {exempt:UInt8}'])
  return readPlaces(client, question, `SELECT ${PLACE} FROM usage_records AS u WHERE ${within}`)
}

/**
 * The samples whose levels hold in a window of an environment: those in it, of whatever space, since each ends the one before, and of each series
 * the last one before it unless that is zero.
 */
export async function readLevelPlaces(client: ClickHouseClient, question: EvidenceQuestion): Promise<CountedPlace[]> {
  if (question.meters.length === 0) return []
  const within = inForceAsOf([...ASKED, ...WINDOW])
  const before = inForceAsOf([...ASKED, `u.at < ${START}`])
  return readPlaces(
    client,
    question,
    `SELECT ${PLACE} FROM usage_records AS u WHERE ${within}
     UNION ALL
     SELECT ${PLACE} FROM (
       SELECT ${PLACE}, quantity, meter, subject FROM usage_records AS u
       WHERE ${before} AND (meter, subject, at) IN (SELECT meter, subject, max(at) FROM usage_records AS u WHERE ${before} GROUP BY meter, subject)
       ORDER BY batch DESC, pos DESC LIMIT 1 BY meter, subject
     ) WHERE quantity != 0`,
  )
}

const START = `fromUnixTimestamp64Micro({start:Int64}, 'UTC')`
const ASKED = [
  'u.app = {appId:String}',
  'u.meter IN {meters:Array(String)}',
  'u.environment = {environment:String}',
  'u.shard = {shard:UInt16}',
]
const WINDOW = [`u.at >= ${START}`, `u.at < fromUnixTimestamp64Micro({end:Int64}, 'UTC')`]
const PLACE = 'batch, pos, entry_batch, entry_pos, catalogue_revision'

/** Several meters may have measured one event: it is one place. */
function readPlaces(client: ClickHouseClient, question: EvidenceQuestion, records: string): Promise<CountedPlace[]> {
  const { through, meters, isExempt, limit, ...rest } = question
  return readRows(client, {
    query: `SELECT toString(batch), pos, toString(entry_batch), entry_pos, toString(any(catalogue_revision)) FROM (${records})
      GROUP BY batch, pos, entry_batch, entry_pos ORDER BY batch, pos LIMIT {limit:UInt32}`,
    params: {
      ...rest,
      limit: limit + 1,
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
