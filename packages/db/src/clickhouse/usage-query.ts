import { type MeasuredPart, measuredValue, valueInUnit, windowRuns } from '@meterbook/core/window'
import type { ClickHouseClient } from './client.ts'
import { createBinder, scopeConditions } from './usage-filter.ts'
import { readLevels } from './usage-levels.ts'
import { type MeterQuery, type MeterRow, type PartRow, QUERY_SETTINGS, readParts } from './usage-parts.ts'
import { TooManyRows, USAGE_ROWS_MAX } from './usage-reader.ts'
import { timeBounds } from './usage-source.ts'

export type { DimensionFilter, TextCondition, UsageScope } from './usage-filter.ts'
export { listDimensionValues, listSubjects } from './usage-names.ts'
export type { MeterQuery, MeterRow } from './usage-parts.ts'

const HOUR_SECONDS = 3600n
/** Two years and a bit: of a wider range only what holds usage is cut into windows, or a careless question would name centuries of them. */
const NARROW_MICROS = 800n * 86_400_000_000n

/**
 * One meter's value by window and group; windows and groups without usage have no row. Ascending by window, then app, place, subject, groups.
 * Throws RangeError for an unknown zone, too many windows or a PERCENTILE that does not say which, TooManyRows beyond USAGE_ROWS_MAX.
 */
export async function queryMeter(client: ClickHouseClient, query: MeterQuery): Promise<MeterRow[]> {
  if (query.scope.appIds?.length === 0 || query.meter.divisors.size === 0) return []
  const isWeighted = query.meter.aggregation === 'TIME_WEIGHTED'
  const range = await rangeOf(client, query)
  if (range === null) return []
  const { from, to } = range
  if (from !== undefined && to !== undefined && from >= to) return []
  const runs =
    query.windowSize && from !== undefined && to !== undefined
      ? windowRuns(from, to, query.windowSize, query.zone)
      : null
  const rows =
    isWeighted && from !== undefined && to !== undefined
      ? await readLevels(client, { query, from, to, runs })
      : await readParts(client, { query, from, to, runs })
  if (rows.length > USAGE_ROWS_MAX) throw new TooManyRows()
  return valuesOf(rows, query)
}

/**
 * The range whose windows are worth naming: what was asked for, within what there is. Without windows an open end stays open: the usage
 * itself says where it begins and ends. Null if there is no usage to speak of.
 *
 * Levels are carried: they begin with the first sample there ever was, and go on until `through`.
 */
async function rangeOf(
  client: ClickHouseClient,
  query: MeterQuery,
): Promise<{ from?: bigint | undefined; to?: bigint | undefined } | null> {
  const { from, to, windowSize, through } = query
  const isWeighted = query.meter.aggregation === 'TIME_WEIGHTED'
  if (windowSize === undefined && !isWeighted) return { from, to }
  const isNarrow = from !== undefined && to !== undefined && to - from <= NARROW_MICROS
  if (isNarrow || (isWeighted && windowSize === undefined && from !== undefined)) return { from, to: to ?? through }
  // rollups hold what came later too, and less where it was taken back
  if (query.scope.asOf) throw new RangeError('expected both ends of a range of at most 800 days for a state of earlier')
  const extent = await readExtent(client, isWeighted ? { ...query, from: undefined } : query)
  if (extent === null) return null
  if (windowSize === undefined) return { from: from ?? extent.from, to: to ?? through }
  const last = isWeighted ? through : extent.to
  return {
    from: from === undefined || from < extent.from ? extent.from : from,
    to: to === undefined || to > last ? last : to,
  }
}

/** From the first to the last hour of UTC that has any usage of the meter in force, whatever its subject or dimensions; null if there is none. */
async function readExtent(client: ClickHouseClient, query: MeterQuery): Promise<{ from: bigint; to: bigint } | null> {
  const binder = createBinder()
  const scope = scopeConditions(query.scope, binder)
  const time = timeBounds('rollup_hour', query.from && hourOf(query.from), query.to)
  const conditions = [
    ...scope.series,
    ...scope.space,
    `u.meter = ${binder.bind(query.meter.slug, 'String')}`,
    ...time.conditions,
  ]
  const result = await client.query({
    query: `SELECT count() AS n, toUnixTimestamp(min(t)) AS first, toUnixTimestamp(max(t)) AS last
      FROM (SELECT u.t AS t FROM rollup_hour AS u WHERE ${conditions.join(' AND ')} GROUP BY t HAVING sum(u.count) > 0)`,
    query_params: { ...binder.params, ...time.params },
    clickhouse_settings: QUERY_SETTINGS,
    format: 'JSONEachRow',
  })
  const [row] = await result.json<{ n: string; first: number; last: number }>()
  if (row === undefined || row.n === '0') return null
  return { from: BigInt(row.first) * 1_000_000n, to: (BigInt(row.last) + HOUR_SECONDS) * 1_000_000n }
}

function hourOf(instant: bigint): bigint {
  const hour = HOUR_SECONDS * 1_000_000n
  return instant - (((instant % hour) + hour) % hour)
}

function valuesOf(rows: readonly PartRow[], query: MeterQuery): MeterRow[] {
  const values: MeterRow[] = []
  for (let index = 0; index < rows.length; ) {
    const first = rows[index] as PartRow
    const same: PartRow[] = []
    const isWindowed = query.windowSize !== undefined
    for (let row = rows[index]; row !== undefined && isSameGroup(row, first, isWindowed); row = rows[++index])
      same.push(row)
    const value = quantityOf(same, first, query)
    if (value === null) continue
    values.push({
      ...spanOf(same),
      appId: first.app_id ?? null,
      place: first.environment === undefined ? null : placeOf(first, first.environment),
      subject: first.subject || null,
      groups: Object.fromEntries(query.groupBy.map((dimension, position) => [dimension, first.groups[position] ?? ''])),
      value,
    })
  }
  return values
}

function quantityOf(rows: readonly PartRow[], first: PartRow, query: MeterQuery): string | null {
  if (query.meter.aggregation === 'UNIQUE_COUNT') return first.distinct_values ?? null
  if (query.meter.aggregation === 'PERCENTILE') return valueInUnit(first.ranked ?? '', divisorOf(first, query))
  return measuredValue(
    query.meter.aggregation,
    rows.map((row) => partOf(row, query)),
  )
}

/** Over the whole range each version brings its own first and last minute. */
function spanOf(rows: readonly PartRow[]): { windowStart: bigint; windowEnd: bigint } {
  let [windowStart, windowEnd]: [bigint | null, bigint | null] = [null, null]
  for (const row of rows) {
    const start = BigInt(row.start)
    const end = start + BigInt(row.step)
    if (windowStart === null || start < windowStart) windowStart = start
    if (windowEnd === null || end > windowEnd) windowEnd = end
  }
  return { windowStart: windowStart ?? 0n, windowEnd: windowEnd ?? 0n }
}

function isSameGroup(a: PartRow, b: PartRow, isWindowed: boolean): boolean {
  const isSameWindow = !isWindowed || a.start === b.start
  const isSameOwner = a.app_id === b.app_id && a.subject === b.subject
  const isSamePlace = a.environment === b.environment && a.installation === b.installation
  return isSameWindow && isSameOwner && isSamePlace && a.groups.every((text, index) => text === b.groups[index])
}

function placeOf({ installation }: PartRow, environment: string) {
  return { environment, installation: installation ?? '' }
}

function divisorOf(row: PartRow, query: MeterQuery): string {
  const divisor = query.meter.divisors.get(row.version ?? 0)
  if (divisor === undefined)
    throw new Error(`Meter ${query.meter.slug} has usage of version ${row.version}, which the catalogue does not know`)
  return divisor
}

function partOf(row: PartRow, query: MeterQuery): MeasuredPart {
  return {
    divisor: divisorOf(row, query),
    count: row.n,
    sum: row.total ?? '0',
    min: row.least ?? null,
    max: row.most ?? null,
    latest: row.latest ?? null,
    latestOrder: row.latest_order === undefined ? [] : [BigInt(row.latest_order)],
    levelMicros: row.level_micros ?? '0',
  }
}
