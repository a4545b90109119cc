import { readRows } from './background-query.ts'
import type { ClickHouseClient } from './client.ts'
import { type MeasuredPiece, pieceOf, positionParams, type SettlementQuestion } from './settlement-reader.ts'
import { cellParams, isInCells, windowRunsOf } from './settlement-reader-cells.ts'
import { windowIndex } from './usage-levels.ts'

const SERIES = 'app, meter, environment, subject'
const ORDER = 'at, shard, batch, pos'
const COLUMNS =
  'space, app, environment, exempt, meter, meter_version, subject, entitlement, quantity, at, shard, batch, pos'

/**
 * TIME_WEIGHTED: the integral of each level over each window, as of the position; the same as integrateLevels in core, and tested against
 * it. The last sample before the first window is carried in, whatever its age; a level holds until its series' next sample, also one of
 * another space. Windows that have no level other than zero have no row.
 */
export async function readMeasuredLevels(
  client: ClickHouseClient,
  question: SettlementQuestion,
): Promise<MeasuredPiece[]> {
  if (question.cells.length === 0 || question.meters.length === 0) return []
  // Most apps have no level, and the question below costs the same for them.
  if (!(await hasSamples(client, question))) return []
  const runs = windowRunsOf(question)
  const { sampled, isFrom } = { sampled: SAMPLED, isFrom: `u.at >= fromUnixTimestamp64Micro({from:Int64}, 'UTC')` }
  const within = inForceAsOf([...sampled, isFrom, `u.at < fromUnixTimestamp64Micro({to:Int64}, 'UTC')`])
  const before = inForceAsOf([...sampled, `NOT (${isFrom})`])
  return readRows(client, {
    query: `WITH
      samples AS (
        SELECT ${COLUMNS} FROM usage_records AS u WHERE ${within}
        UNION ALL
        SELECT ${COLUMNS} FROM (
          SELECT ${COLUMNS} FROM usage_records AS u
          WHERE ${before} AND (${SERIES}, at) IN (SELECT ${SERIES}, max(at) FROM usage_records AS u WHERE ${before} GROUP BY ${SERIES})
          ORDER BY batch DESC, pos DESC LIMIT 1 BY ${SERIES}
        )
      ),
      held AS (
        SELECT *, toUnixTimestamp64Micro(at) AS seen, greatest(seen, {from:Int64}) AS begins,
          leadInFrame(toUnixTimestamp64Micro(at), 1, {to:Int64}) OVER (
            PARTITION BY ${SERIES} ORDER BY ${ORDER} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS ends
        FROM samples
      ),
      spread AS (
        SELECT *,
          ${windowIndex('begins', BOUND)} AS first_window,
          if(ends <= begins, first_window, ${windowIndex('greatest(ends - 1, begins)', BOUND)}) AS last_window,
          arrayJoin(range(first_window, last_window + 1)) AS w,
          roundDown(w, {bases:Array(Int64)}) AS w_base,
          transform(w_base, {bases:Array(Int64)}, {steps:Array(Int64)}, toInt64(1)) AS w_step,
          transform(w_base, {bases:Array(Int64)}, {firsts:Array(Int64)}, toInt64(0)) + (w - w_base) * w_step AS w_start,
          greatest(toInt64(0), least(ends, w_start + w_step) - greatest(begins, w_start)) AS overlap,
          seen >= {from:Int64} AND seen >= w_start AND seen < w_start + w_step AS is_sampled
        FROM held
        WHERE quantity != 0
      )
      SELECT space, app, environment, exempt, meter, meter_version, toString(w_start), toString(w_start + w_step),
        toString(countIf(is_sampled)), toString(sum(u.quantity * overlap)), arraySort(groupUniqArray(entitlement))
      FROM spread AS u
      WHERE overlap > 0 AND ${isInCells('u.app', 'w_start')}
      GROUP BY space, app, environment, exempt, meter, meter_version, w_start, w_step
      ORDER BY app, space, meter, meter_version, w_start, environment, exempt`,
    params: {
      ...cellParams(question.cells),
      ...positionParams(question),
      meters: [...question.meters],
      firsts: runs.map(({ first }) => first),
      steps: runs.map(({ step }) => step),
      bases: runs.map((_, index) => runs.slice(0, index).reduce((sum, { count }) => sum + count, 0)),
    },
    read: pieceOf,
  })
}

/** Whether there is any sample before the end of the cells; it ends at the first one. */
async function hasSamples(client: ClickHouseClient, question: SettlementQuestion): Promise<boolean> {
  const { apps, to } = cellParams(question.cells)
  const rows = await readRows(client, {
    query: `SELECT 1 FROM usage_records AS u WHERE ${SAMPLED.join(' AND ')} AND u.at < fromUnixTimestamp64Micro({to:Int64}, 'UTC') LIMIT 1`,
    params: { apps, to, shard: question.shard, meters: [...question.meters] },
    read: () => true,
  })
  return rows.length > 0
}

const BOUND = { firsts: '{firsts:Array(Int64)}', steps: '{steps:Array(Int64)}', bases: '{bases:Array(Int64)}' }

const SAMPLED = ['u.app IN {apps:Array(String)}', 'u.shard = {shard:UInt16}', 'u.meter IN {meters:Array(String)}']

/** As inForce, but at the position: what was recorded later is not there yet, and what was reversed later still is. */
export function inForceAsOf(conditions: readonly string[]): string {
  const entry = '(u.shard, u.entry_batch, u.entry_pos, u.meter)'
  const all = conditions.join(' AND ')
  return `${all} AND u.sign = 1 AND u.entry_batch <= {through:UInt64}
    AND ${entry} NOT IN (SELECT ${entry} FROM usage_records AS u WHERE ${all} AND u.sign = -1 AND u.act_batch <= {through:UInt64})`
}
