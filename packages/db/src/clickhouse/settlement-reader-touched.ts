import { readRows, text } from './background-query.ts'
import type { ClickHouseClient } from './client.ts'
import { positionParams, type SettlementPosition } from './settlement-reader.ts'
import { inForceAsOf } from './settlement-reader-levels.ts'

/** An hour whose measure may have changed between two positions, and by what. */
export interface TouchedHour {
  appId: string
  environment: string
  meter: string
  /** start of the hour (UTC), microseconds */
  hour: bigint
  /** Usage came that nobody had sent before. */
  isLate: boolean
  /** Journal numbers of the acts that changed it, ascending; at most a hundred. */
  acts: bigint[]
}

export interface TouchedQuestion extends SettlementPosition {
  /** What was recorded after this journal number, up to `through`. */
  after: bigint
  /** Only hours before this one (UTC, microseconds): later ones are read anyway. */
  before: bigint
  meters: readonly string[]
  /** The journal numbers after `after` and up to `through` that are acts: without any, rows are found by their batch alone. */
  acts: readonly bigint[]
}

const ACTS_MAX = 100
const HOUR = 3_600_000_000n

/** Hours in which rows of meters that add up were recorded or reversed. */
export async function listTouchedSums(client: ClickHouseClient, question: TouchedQuestion): Promise<TouchedHour[]> {
  return list(
    client,
    question,
    (rows) => `SELECT app, environment, meter, intDiv(seen, ${HOUR}) AS h, is_first, act FROM (${rows})`,
  )
}

/**
 * Hours in which a level may be another: from each sample that was recorded or reversed to the series' next one that is in force at the
 * position. What it held before it was touched ends there too, or at a sample that was itself touched.
 */
export async function listTouchedLevels(client: ClickHouseClient, question: TouchedQuestion): Promise<TouchedHour[]> {
  const samples = `SELECT app, meter, environment, subject, toUnixTimestamp64Micro(at) AS next_seen FROM usage_records AS u
    WHERE ${inForceAsOf(['u.shard = {shard:UInt16}', 'u.meter IN {meters:Array(String)}', `u.at < ${BEFORE}`])}
      AND (u.app, u.meter, u.environment, u.subject) IN (SELECT app, meter, environment, subject FROM touched)`
  return list(
    client,
    question,
    (rows) => `WITH touched AS (${rows})
      SELECT app, environment, meter, arrayJoin(range(toUInt64(intDiv(seen, ${HOUR})), toUInt64(intDiv(ends - 1, ${HOUR}) + 1))) AS h, is_first, act
      FROM (
        SELECT t.app AS app, t.environment AS environment, t.meter AS meter, t.seen AS seen, t.is_first AS is_first, t.act AS act,
          if(s.next_seen = 0, {before:Int64}, s.next_seen) AS ends
        FROM touched AS t ASOF LEFT JOIN (${samples}) AS s
          ON t.app = s.app AND t.meter = s.meter AND t.environment = s.environment AND t.subject = s.subject AND t.seen < s.next_seen
      )`,
  )
}

const BEFORE = `fromUnixTimestamp64Micro({before:Int64}, 'UTC')`

/** The two kinds of rows that the range recorded: first ones, which the index on batches finds, and those of acts, of which there are few. */
function touchedRows(hasActs: boolean): string {
  const columns = `app, environment, meter, subject, toUnixTimestamp64Micro(at) AS seen`
  const isAsked = `u.shard = {shard:UInt16} AND u.meter IN {meters:Array(String)} AND u.at < ${BEFORE}`
  const first = `SELECT ${columns}, 1 AS is_first, toUInt64(0) AS act FROM usage_records AS u
    WHERE ${isAsked} AND u.batch > {after:UInt64} AND u.batch <= {through:UInt64} AND u.sign = 1 AND u.entry_batch = u.batch AND u.entry_pos = u.pos`
  if (!hasActs) return first
  return `${first} UNION ALL SELECT ${columns}, 0 AS is_first, if(u.sign = 1, u.entry_batch, u.act_batch) AS act FROM usage_records AS u
    WHERE ${isAsked} AND if(u.sign = 1, u.entry_batch, u.act_batch) IN {acts:Array(UInt64)} AND NOT (u.sign = 1 AND u.entry_batch = u.batch AND u.entry_pos = u.pos)`
}

async function list(
  client: ClickHouseClient,
  question: TouchedQuestion,
  hoursOf: (rows: string) => string,
): Promise<TouchedHour[]> {
  if (question.meters.length === 0 || question.after >= question.through) return []
  return readRows(client, {
    query: `SELECT app, environment, meter, toString(h), max(is_first), arraySort(groupUniqArrayIf(${ACTS_MAX})(act, act != 0))
      FROM (${hoursOf(touchedRows(question.acts.length > 0))})
      GROUP BY app, environment, meter, h ORDER BY app, h, meter, environment`,
    params: {
      ...positionParams(question),
      after: question.after.toString(),
      before: question.before.toString(),
      meters: [...question.meters],
      ...(question.acts.length > 0 && { acts: [...question.acts] }),
    },
    read: ([appId, environment, meter, hour, isLate, acts]) => ({
      appId: text(appId),
      environment: text(environment),
      meter: text(meter),
      hour: BigInt(text(hour)) * HOUR,
      isLate: Number(isLate) === 1,
      acts: (acts as unknown[]).map((act) => BigInt(text(act))),
    }),
  })
}
