import type { Verdict } from '@meterbook/core/projection'
import { earlier, later, type WindowRun, type WindowSize, windowRuns } from '@meterbook/core/window'
import type { ClickHouseClient } from './client.ts'
import { asOfCondition, type JournalPositions } from './usage-as-of.ts'
import { inForce, timeBounds, type UsageSource, usageColumns, usageSourceOf } from './usage-source.ts'
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
  /** slugs of the meters whose min, max and unique are wanted; left out: of all. Of the others they are null and "0" */
  extremesOf?: readonly string[]
  /** default true; false: one point over all versions of a meter, meant for UNIQUE_COUNT; base measures of versions may differ */
  groupByVersion?: boolean
  /** as it stood then; left out: as it is. Read from the records, which alone know */
  asOf?: JournalPositions | undefined
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
 * Usage by app, meter, version and window; windows without usage in force have no point. Ascending by window, then app, meter, version.
 * Throws RangeError for an unknown zone, TooManyRows beyond USAGE_ROWS_MAX.
 *
 * Where usage was reversed, extremes and distinct values are read a second time from the records in force: only of the meters that are
 * asked for them, and only from the first window to the last that has a reversal.
 */
export async function readUsageSeries(client: ClickHouseClient, input: UsageSeriesInput): Promise<UsagePoint[]> {
  const [from, to] = [microsOf(input.from), microsOf(input.to)]
  if (input.appIds.length === 0 || from >= to) return []
  const runs = input.windowSize ? windowRuns(from, to, input.windowSize, input.zone ?? 'UTC') : null
  const series = { input, runs, from, to, meters: input.meters, isInForce: false }
  const rows = await readRows(client, series)
  if (rows.length > USAGE_ROWS_MAX) throw new TooManyRows()
  const isExtreme = (row: SeriesRow) => input.extremesOf?.includes(row.meter_slug) ?? true
  const touched = rows.filter((row) => row.reversals !== '0' && isExtreme(row))
  const again =
    touched.length === 0 ? [] : await readRows(client, { ...series, ...stretchOf(touched, series), isInForce: true })
  const inForceNow = new Map(again.map((row) => [placeOf(row), row]))
  const range = { windowStart: input.from.toISOString(), windowEnd: input.to.toISOString() }
  return rows.flatMap((row) => {
    const found = row.reversals !== '0' && isExtreme(row) ? inForceNow.get(placeOf(row)) : row
    // reversed between the two statements: nothing of it is in force any more
    if (found === undefined) return []
    return {
      appId: row.app_id ?? null,
      meter: row.meter_slug,
      meterVersion: row.version ?? null,
      ...(row.start === undefined || row.step === undefined ? range : windowOf(BigInt(row.start), BigInt(row.step))),
      count: found.n,
      sum: found.total,
      min: isExtreme(row) ? found.least : null,
      max: isExtreme(row) ? found.most : null,
      unique: isExtreme(row) ? found.distinct_values : '0',
    }
  })
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
  reversals: string
}

interface Series {
  input: UsageSeriesInput
  runs: WindowRun[] | null
  from: bigint
  to: bigint
  meters: readonly string[] | undefined
  isInForce: boolean
}

/** The meters that have reversals, from the first window to the last that has one. */
function stretchOf(touched: readonly SeriesRow[], { from, to }: Series): Pick<Series, 'meters' | 'from' | 'to'> {
  const meters = [...new Set(touched.map((row) => row.meter_slug))]
  const windows = touched.flatMap(({ start, step }) =>
    start === undefined || step === undefined ? [] : { start: BigInt(start), end: BigInt(start) + BigInt(step) },
  )
  if (windows.length === 0) return { meters, from, to }
  return {
    meters,
    from: later(from, windows.map((window) => window.start).reduce(earlier)),
    to: earlier(to, windows.map((window) => window.end).reduce(later)),
  }
}

function placeOf(row: SeriesRow): string {
  return `${row.start}\n${row.app_id}\n${row.meter_slug}\n${row.version}`
}

async function readRows(client: ClickHouseClient, series: Series): Promise<SeriesRow[]> {
  const { input, runs, from, to } = series
  const finest = series.isInForce || input.asOf ? 'usage_records' : 'rollup_hour'
  const source = usageSourceOf({ edges: [from, to], runs, finest })
  const result = await client.query({ ...seriesQuery(series, source), format: 'JSONEachRow' })
  return result.json<SeriesRow>()

  function seriesQuery({ meters, isInForce }: Series, table: UsageSource) {
    const columns = usageColumns(table)
    const time = timeBounds(table, from, to)
    const state = input.asOf && asOfCondition(input.asOf)
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
      ...(meters ? ['u.meter IN {meters:Array(String)}'] : []),
      ...(input.environments ? ['u.environment IN {environments:Array(String)}'] : []),
      ...time.conditions,
      ...(state ? [state.condition] : []),
    ]
    return {
      query: `SELECT ${selected.join(', ')}, ${columns.count} AS n, ${columns.sum} AS total, ${columns.min} AS least, ${columns.max} AS most,
          ${columns.unique} AS distinct_values, ${columns.reversals} AS reversals
        FROM ${table} AS u
        WHERE ${(isInForce ? inForce(conditions) : conditions).join(' AND ')}
        GROUP BY ${names}
        HAVING n > 0
        ORDER BY ${names}
        LIMIT ${USAGE_ROWS_MAX + 1}`,
      query_params: {
        space: input.spaceId,
        apps: input.appIds,
        ...(meters && { meters }),
        ...(input.environments && { environments: input.environments }),
        ...time.params,
        ...state?.params,
        ...(runs && windowParams(runs)),
      },
    }
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
  verdict: Verdict
  /** code of why it is held; empty for counted ones */
  reason: string
  count: string
}

/**
 * What became of the events received of these apps in [from, to) of RECEIPT, by verdict and reason, as it stands now: an event that was
 * cancelled, cured or dismissed counts as what it is, and no more as what it was. Nothing received: no rows.
 */
export async function countVerdicts(
  client: ClickHouseClient,
  input: { spaceId: string; appIds: readonly string[]; from: Date; to: Date },
): Promise<VerdictCount[]> {
  if (input.appIds.length === 0) return []
  const result = await client.query({
    query: `SELECT e.verdict AS verdict, e.reason AS reason, sum(toInt64(e.sign)) AS count
      FROM event_index AS e
      WHERE e.space = {space:String} AND e.app IN {apps:Array(String)}
        AND e.received_at >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND e.received_at < fromUnixTimestamp64Micro({to:Int64}, 'UTC')
      GROUP BY verdict, reason
      HAVING count > 0
      ORDER BY verdict, reason`,
    query_params: { space: input.spaceId, apps: input.appIds, from: microsOf(input.from), to: microsOf(input.to) },
    format: 'JSONEachRow',
  })
  return result.json<VerdictCount>()
}
