import { type WindowRun, type WindowSize, windowRuns } from '@meterbook/core/window'
import type { ClickHouseClient } from './client.ts'
import { timeBounds, type UsageSource, usageColumns, usageSourceOf } from './usage-source.ts'
import { windowExpressions, windowParams } from './usage-windows.ts'

export interface UsageSeriesInput {
  /** only what this developer space pays for ... */
  spaceId: string
  /** ... and only of these apps; none gives no points */
  appIds: readonly string[]
  /** slugs; left out: all meters */
  meters?: readonly string[]
  environments?: readonly string[]
  /** half-open; whole hours (or minutes) of UTC are read from rollups, anything finer from the records themselves */
  from: Date
  to: Date
  /** left out: one total over the range, for MAX and UNIQUE_COUNT do not add up from windows */
  windowSize?: WindowSize
  /** IANA, canonical; default UTC */
  zone?: string
  /** default true; false: apps are consolidated in the database, because distinct values and extremes do not add */
  groupByApp?: boolean
  /** default true; false: one point over all versions of a meter, meant for UNIQUE_COUNT; base measures of versions may differ */
  groupByVersion?: boolean
}

/** Usage of one meter version in one window, in the base measure: decimal texts. Quantity in the meter's unit = base ÷ its divisor. */
export interface UsagePoint {
  /** null when apps are consolidated */
  appId: string | null
  meter: string
  /** null when versions are consolidated */
  meterVersion: number | null
  /** ISO, UTC. A window is never cut: it may begin before `from` and end after `to`, holding only what lies within */
  windowStart: string
  windowEnd: string
  count: string
  sum: string
  min: string | null
  max: string | null
  /** distinct values; "0" unless the meter counts them */
  unique: string
}

/** Beyond this an answer is refused with TooManyRows: it would fill a browser, not a chart. */
export const USAGE_ROWS_MAX = 100_000

export class TooManyRows extends Error {
  override name = 'TooManyRows'
  constructor() {
    super(`expected at most ${USAGE_ROWS_MAX} rows, found more: narrow the range or widen the windows`)
  }
}

/**
 * Usage by app, meter, version and window; windows without usage have no point. Ascending by window, then app, meter, version.
 * Throws RangeError for an unknown zone, TooManyRows beyond USAGE_ROWS_MAX.
 */
export async function readUsageSeries(client: ClickHouseClient, input: UsageSeriesInput): Promise<UsagePoint[]> {
  const [from, to] = [microsOf(input.from), microsOf(input.to)]
  if (input.appIds.length === 0 || from >= to) return []
  const runs = input.windowSize ? windowRuns(from, to, input.windowSize, input.zone ?? 'UTC') : null
  const source = usageSourceOf({ edges: [from, to], runs, finest: 'rollup_hour' })
  const { query, params } = seriesQuery({ input, source, runs, from, to })
  const result = await client.query({ query, query_params: params, format: 'JSONEachRow' })
  const rows = await result.json<SeriesRow>()
  if (rows.length > USAGE_ROWS_MAX) throw new TooManyRows()
  const range = { windowStart: input.from.toISOString(), windowEnd: input.to.toISOString() }
  return rows.map((row) => ({
    appId: row.app_id ?? null,
    meter: row.meter_slug,
    meterVersion: row.version ?? null,
    ...(row.start === undefined || row.step === undefined ? range : windowOf(BigInt(row.start), BigInt(row.step))),
    count: row.n,
    sum: row.total,
    min: row.least,
    max: row.most,
    unique: row.distinct_values,
  }))
}

interface SeriesRow {
  app_id?: string
  meter_slug: string
  version?: number
  start?: string
  step?: string
  n: string
  total: string
  least: string
  most: string
  distinct_values: string
}

function seriesQuery({
  input,
  source,
  runs,
  from,
  to,
}: {
  input: UsageSeriesInput
  source: UsageSource
  runs: WindowRun[] | null
  from: bigint
  to: bigint
}): { query: string; params: Record<string, unknown> } {
  const columns = usageColumns(source)
  const time = timeBounds(source, from, to)
  const window = runs && windowExpressions(columns.micros)
  const keys: Record<string, string> = {
    ...(window ? { start: window.start, step: window.step } : {}),
    ...(input.groupByApp === false ? {} : { app_id: 'u.app' }),
    meter_slug: 'u.meter',
    ...(input.groupByVersion === false ? {} : { version: 'u.meter_version' }),
  }
  const names = Object.keys(keys).join(', ')
  const selected = Object.entries(keys).map(([name, expression]) => `${expression} AS ${name}`)
  const conditions = [
    'u.space = {space:String}',
    'u.app IN {apps:Array(String)}',
    ...(input.meters ? ['u.meter IN {meters:Array(String)}'] : []),
    ...(input.environments ? ['u.environment IN {environments:Array(String)}'] : []),
    ...time.conditions,
  ]
  return {
    query: `SELECT ${selected.join(', ')}, ${columns.count} AS n, ${columns.sum} AS total, ${columns.min} AS least, ${columns.max} AS most,
        ${columns.unique} AS distinct_values
      FROM ${source} AS u
      WHERE ${conditions.join(' AND ')}
      GROUP BY ${names}
      ORDER BY ${names}
      LIMIT ${USAGE_ROWS_MAX + 1}`,
    params: {
      space: input.spaceId,
      apps: input.appIds,
      ...(input.meters && { meters: input.meters }),
      ...(input.environments && { environments: input.environments }),
      ...time.params,
      ...(runs && windowParams(runs)),
    },
  }
}

function windowOf(start: bigint, step: bigint): { windowStart: string; windowEnd: string } {
  return { windowStart: isoOf(start), windowEnd: isoOf(start + step) }
}

/** Window edges are whole seconds. */
function isoOf(micros: bigint): string {
  return new Date(Number(micros / 1000n)).toISOString()
}

function microsOf(date: Date): bigint {
  return BigInt(date.getTime()) * 1000n
}

export interface VerdictCount {
  verdict: 'counted' | 'duplicate' | 'conflict' | 'quarantined'
  /** code of why it is held; empty for counted ones */
  reason: string
  count: string
}

/** What became of the events received of these apps in [from, to) of RECEIPT, by verdict and reason. Nothing received: no rows. */
export async function countVerdicts(
  client: ClickHouseClient,
  input: { spaceId: string; appIds: readonly string[]; from: Date; to: Date },
): Promise<VerdictCount[]> {
  if (input.appIds.length === 0) return []
  const result = await client.query({
    query: `SELECT e.verdict AS verdict, e.reason AS reason, count() AS count
      FROM event_index AS e
      WHERE e.space = {space:String} AND e.app IN {apps:Array(String)}
        AND e.received_at >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND e.received_at < fromUnixTimestamp64Micro({to:Int64}, 'UTC')
      GROUP BY verdict, reason
      ORDER BY verdict, reason`,
    query_params: { space: input.spaceId, apps: input.appIds, from: microsOf(input.from), to: microsOf(input.to) },
    format: 'JSONEachRow',
  })
  return result.json<VerdictCount>()
}
