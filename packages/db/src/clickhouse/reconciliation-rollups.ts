import type { RollupCell } from '@meterbook/core/reconciliation'
import {
  type BatchRange,
  type ClosedThrough,
  closedParams,
  HOUR_OF_AT,
  isWithin,
  RECORDER,
  rangeParams,
  readRows,
  scaled,
  text,
} from './background-query.ts'
import type { ClickHouseClient } from './client.ts'

const MICROS_PER_HOUR = 3_600_000_000n

/** Hours [from, to) of one app, in microseconds, on hours of UTC. */
export interface AppHours {
  appId: string
  from: bigint
  to: bigint
}

export interface RollupRows {
  records: RollupCell[]
  rollup_minute: RollupCell[]
  rollup_hour: RollupCell[]
}

/** The same hours from the usage records of closed groups and from both rollups, in one statement: nearly, but not exactly, the same moment. */
export async function readRollupRows(
  client: ClickHouseClient,
  input: AppHours & {
    closedThrough: ClosedThrough
    /** False: `distinct` is 0 everywhere. A set of every distinct value of a hundred million records has no place in memory. */
    isDistinctWanted: boolean
  },
): Promise<RollupRows> {
  const { isDistinctWanted } = input
  const of = (source: string, from: string, bounds: string) =>
    `SELECT '${source}' AS source, ${cellColumns(source === 'records' ? 'records' : 'rollups', isDistinctWanted)} FROM ${from}
      WHERE app = {app:String} AND ${bounds} GROUP BY ${CELL_KEY}`
  const rows = await readRows(client, {
    query: `SELECT * FROM (
        ${of('records', 'usage_records', `${atBounds} AND ${isWithin(RECORDER)}`)}
        UNION ALL ${of('rollup_minute', 'rollup_minute', hourBounds)}
        UNION ALL ${of('rollup_hour', 'rollup_hour', hourBounds)}
      )`,
    params: { ...hoursParams(input), ...closedParams(input.closedThrough) },
    read: ([source, ...cell]) => ({ source: text(source), ...cellOf(cell) }),
  })
  const cellsOf = (source: string) => rows.filter((row) => row.source === source)
  return {
    records: cellsOf('records'),
    rollup_minute: cellsOf('rollup_minute'),
    rollup_hour: cellsOf('rollup_hour'),
  }
}

/** What one block of a batch's group wrote into these hours: reversals and what takes their place are two blocks. */
export interface BatchCell extends RollupCell {
  recorder: bigint
  sign: number
}

/** What batches of a shard wrote into these hours, without `distinct`. To be read after their groups were closed. */
export async function readContributions(client: ClickHouseClient, input: AppHours & BatchRange): Promise<BatchCell[]> {
  return readRows(client, {
    query: `SELECT ${RECORDER} AS recorder, sign AS block, ${cellColumns('records', false)} FROM usage_records
      WHERE app = {app:String} AND ${atBounds} AND shard = {shard:UInt16} AND ${RECORDER} BETWEEN {first:UInt64} AND {last:UInt64}
      GROUP BY recorder, block, ${CELL_KEY}`,
    params: { ...hoursParams(input), ...rangeParams(input) },
    read: ([recorder, sign, ...cell]) => ({ recorder: BigInt(text(recorder)), sign: Number(sign), ...cellOf(cell) }),
  })
}

/** Every app that any row of usage names, by id. */
export async function listUsageApps(client: ClickHouseClient): Promise<string[]> {
  return readRows(client, {
    query: `SELECT app FROM (SELECT DISTINCT app FROM usage_records UNION DISTINCT SELECT DISTINCT app FROM rollup_minute
      UNION DISTINCT SELECT DISTINCT app FROM rollup_hour) ORDER BY app`,
    params: {},
    read: ([app]) => text(app),
  })
}

/** The hours of an app that any table has usage in, with the number of usage records in each; [from, to), microseconds. */
export async function listUsageHours(
  client: ClickHouseClient,
  input: AppHours,
): Promise<{ hour: bigint; records: number }[]> {
  return readRows(client, {
    query: `SELECT toString(h) AS hour, sum(n) AS records FROM (
        SELECT ${HOUR_OF_AT} AS h, count() AS n FROM usage_records WHERE app = {app:String} AND ${atBounds} GROUP BY h
        UNION ALL SELECT ${HOUR_OF_T} AS h, toUInt64(0) AS n FROM rollup_minute WHERE app = {app:String} AND ${hourBounds} GROUP BY h
        UNION ALL SELECT ${HOUR_OF_T} AS h, toUInt64(0) AS n FROM rollup_hour WHERE app = {app:String} AND ${hourBounds} GROUP BY h
      ) GROUP BY h ORDER BY h`,
    params: hoursParams(input),
    read: ([hour, records]) => ({ hour: BigInt(text(hour)) * 1_000_000n, records: Number(records) }),
  })
}

const CELL_KEY = 'space, app, meter, meter_version, environment, exempt, hour'
const HOUR_OF_T = "toUnixTimestamp(toStartOfHour(t, 'UTC'))"
const atBounds = `at >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND at < fromUnixTimestamp64Micro({to:Int64}, 'UTC')`
const hourBounds = `t >= toDateTime(intDiv({from:Int64}, 1000000), 'UTC') AND t < toDateTime(intDiv({to:Int64}, 1000000), 'UTC')`

/** Aliases differ from the columns, because ClickHouse would put an alias into the expressions beside it. */
function cellColumns(of: 'records' | 'rollups', isDistinctWanted: boolean): string {
  const [hour, count, sum, reversals, distinct] =
    of === 'records'
      ? [
          HOUR_OF_AT,
          'sum(toInt64(sign))',
          'sumIf(quantity, sign = 1) - sumIf(quantity, sign = -1)',
          'countIf(sign = -1)',
          "uniqExactIf(unique_value, unique_value != '')",
        ]
      : [HOUR_OF_T, 'sum(count)', 'sum(sum)', 'sum(reversals)', 'uniqExactMerge(uniq)']
  const [low, high] = of === 'records' ? ['min(quantity)', 'max(quantity)'] : ['min(min)', 'max(max)']
  return `space, app, meter, meter_version, environment, exempt, ${hour} AS hour, toString(${count}) AS c_count, ${scaled(sum)} AS c_sum,
    toString(${reversals}) AS c_reversals, ${scaled(low)} AS c_low, ${scaled(high)} AS c_high, toString(${isDistinctWanted ? distinct : 0}) AS c_distinct`
}

function cellOf(row: readonly unknown[]): RollupCell {
  const [spaceId, appId, meter, meterVersion, environment, exempt, hour, count, sum, reversals, low, high, distinct] =
    row
  return {
    spaceId: text(spaceId),
    appId: text(appId),
    meter: text(meter),
    meterVersion: Number(meterVersion),
    environment: text(environment),
    isExempt: Number(exempt) === 1,
    hour: BigInt(Number(hour)) * 1_000_000n,
    count: BigInt(text(count)),
    sum: BigInt(text(sum)),
    reversals: BigInt(text(reversals)),
    minimum: BigInt(text(low)),
    maximum: BigInt(text(high)),
    distinct: BigInt(text(distinct)),
  }
}

function hoursParams({ appId, from, to }: AppHours): Record<string, unknown> {
  return { app: appId, from: clamp(from).toString(), to: clamp(to).toString() }
}

/** Rollups hold DateTime: 1970 to 2106. */
const LAST_HOUR = 4_294_965_600n * 1_000_000n
function clamp(instant: bigint): bigint {
  const hour = instant < 0n ? 0n : instant > LAST_HOUR ? LAST_HOUR : instant
  if (hour % MICROS_PER_HOUR !== 0n) throw new RangeError(`expected an hour of UTC, found ${instant}`)
  return hour
}
