// What settlement reads here: usage records of one shard as of a journal position, never a rollup.
// Promises: rows recorded at or before the position, and not reversed by then, whatever comes meanwhile; the same question has one answer.
// Does not know: prices, billing periods, what was posted. Reads across tenants; every row names whose it is.
import { readRows, text } from './background-query.ts'
import type { ClickHouseClient } from './client.ts'
import { cellBounds, cellParams, type SettlementCells, windowRunsOf } from './settlement-reader-cells.ts'

/** The journal of a shard up to a number: all that was recorded by then. */
export interface SettlementPosition {
  shard: number
  through: bigint
}

export interface SettlementQuestion extends SettlementPosition {
  cells: SettlementCells
  /** Windows are hours of UTC, cut further at these instants (microseconds). */
  cuts: readonly bigint[]
  /** slugs */
  meters: readonly string[]
}

/** What was used within a window, as one version of a meter measured it. */
export interface MeasuredPiece {
  spaceId: string
  appId: string
  environment: string
  isExempt: boolean
  meter: string
  meterVersion: number
  /** microseconds since the epoch, half-open */
  start: bigint
  end: bigint
  /** Records in force; of a level the samples in the window, which may be none. */
  count: string
  /** Exact decimal text in the version's base measure; of a level, level × microseconds. */
  total: string
  /** ascending */
  entitlementIds: string[]
}

/** Net of what was reversed: a reversal has the quantity, the time and the entitlement of what it takes away. */
export async function readMeasuredSums(
  client: ClickHouseClient,
  question: SettlementQuestion,
): Promise<MeasuredPiece[]> {
  if (question.cells.length === 0 || question.meters.length === 0) return []
  const runs = windowRunsOf(question)
  const micros = 'toUnixTimestamp64Micro(u.at)'
  const run = `roundDown(${micros}, {firsts:Array(Int64)})`
  const step = `transform(${run}, {firsts:Array(Int64)}, {steps:Array(Int64)}, toInt64(1))`
  return readRows(client, {
    query: `SELECT space, app, environment, exempt, meter, meter_version, toString(w_start), toString(w_start + w_step),
        toString(sum(n)), toString(sum(s)), arraySort(groupUniqArrayIf(entitled, n > 0))
      FROM (
        SELECT space, app, environment, exempt, meter, meter_version, entitlement AS entitled,
          ${run} + intDiv(${micros} - ${run}, ${step}) * ${step} AS w_start, ${step} AS w_step,
          sum(toInt64(u.sign)) AS n, sumIf(u.quantity, u.sign = 1) - sumIf(u.quantity, u.sign = -1) AS s
        FROM usage_records AS u
        WHERE ${cellBounds(micros)} AND u.shard = {shard:UInt16} AND u.meter IN {meters:Array(String)}
          AND if(u.sign = 1, u.entry_batch, u.act_batch) <= {through:UInt64}
        GROUP BY space, app, environment, exempt, meter, meter_version, entitled, w_start, w_step
      )
      GROUP BY space, app, environment, exempt, meter, meter_version, w_start, w_step
      HAVING sum(n) != 0 OR sum(s) != 0
      ORDER BY app, space, meter, meter_version, w_start, environment, exempt`,
    params: {
      ...cellParams(question.cells),
      ...positionParams(question),
      meters: [...question.meters],
      firsts: runs.map(({ first }) => first),
      steps: runs.map(({ step: length }) => length),
    },
    read: pieceOf,
  })
}

/** The first hour (UTC, microseconds) of the shard in which anything was recorded by the position; null if nothing was. */
export async function readFirstUsageHour(
  client: ClickHouseClient,
  position: SettlementPosition,
): Promise<bigint | null> {
  const [first] = await readRows(client, {
    query: `SELECT toString(toUnixTimestamp(toStartOfHour(min(at), 'UTC'))), count() FROM usage_records
      WHERE shard = {shard:UInt16} AND sign = 1 AND entry_batch <= {through:UInt64}`,
    params: positionParams(position),
    read: ([hour, count]) => (text(count) === '0' ? null : BigInt(text(hour)) * 1_000_000n),
  })
  return first ?? null
}

export function positionParams({ shard, through }: SettlementPosition): Record<string, unknown> {
  return { shard, through: through.toString() }
}

export function pieceOf(row: readonly unknown[]): MeasuredPiece {
  const [spaceId, appId, environment, exempt, meter, version, start, end, count, total, entitlements] = row
  return {
    spaceId: text(spaceId),
    appId: text(appId),
    environment: text(environment),
    isExempt: Number(exempt) === 1,
    meter: text(meter),
    meterVersion: Number(version),
    start: BigInt(text(start)),
    end: BigInt(text(end)),
    count: text(count),
    total: text(total),
    entitlementIds: (entitlements as unknown[]).map(text),
  }
}
