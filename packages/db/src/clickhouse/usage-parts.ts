import type { Aggregation } from '@meterbook/core/kernel'
import { earlier, later, type WindowRun, type WindowSize } from '@meterbook/core/window'
import type { ClickHouseClient } from './client.ts'
import {
  type Binder,
  createBinder,
  type DimensionFilter,
  dimensionColumn,
  dimensionConditions,
  ROLLED_UP,
  scopeConditions,
  type UsageScope,
} from './usage-filter.ts'
import { percentileMeasures } from './usage-percentile.ts'
import { USAGE_ROWS_MAX } from './usage-reader.ts'
import { inForce, timeBounds, type UsageSource, usageColumns, usageSourceOf } from './usage-source.ts'
import { windowExpressions, windowParams } from './usage-windows.ts'

export interface MeterQuery {
  scope: UsageScope
  meter: {
    slug: string
    aggregation: Aggregation
    /** PERCENTILE only: a fraction of one, see percentileRank in core */
    percentile?: string | null
    /** by version; plain decimal texts */
    divisors: ReadonlyMap<number, string>
  }
  /** microseconds since the epoch, half-open; left out: from the first, to the last usage there is */
  from: bigint | undefined
  to: bigint | undefined
  /** left out: one row per group over the whole range */
  windowSize: WindowSize | undefined
  /** IANA, canonical */
  zone: string
  /** any of these */
  subjects: readonly string[] | undefined
  isBySubject: boolean
  /** default false: apps are one */
  isByApp?: boolean
  /** default false: environments and installations are one */
  isByPlace?: boolean
  /** dimensions, in the order of the answer's columns */
  groupBy: readonly string[]
  filters: readonly DimensionFilter[]
  /** TIME_WEIGHTED carries no level beyond this instant */
  through: bigint
}

export interface MeterRow {
  /** Windows are never cut to the range. Without windowSize: the range asked for, else the minutes of the first and last usage. */
  windowStart: bigint
  windowEnd: bigint
  /** null: apps are one */
  appId: string | null
  /** null: not asked for; the installation is the empty text where usage names none */
  place: { environment: string; installation: string } | null
  /** null: not asked for, or the usage names none */
  subject: string | null
  /** by dimension; the empty text where usage has none */
  groups: Record<string, string>
  /** in the meter's unit: exact decimal text, see measuredValue */
  value: string
}

/** How rows come from the store: as parts by meter version, for each version has its own base measure. */
export interface PartRow {
  start: string
  step: string
  version?: number
  app_id?: string
  environment?: string
  installation?: string
  subject?: string
  groups: string[]
  n: string
  total?: string
  least?: string
  most?: string
  latest?: string
  latest_order?: string
  level_micros?: string
  distinct_values?: string
  ranked?: string
  reversals?: string
}

/** The server gives up first, with an error of its own, before anyone waits for ever. One statement sees one state of each table. */
export const QUERY_SETTINGS = { max_execution_time: 30, enable_shared_storage_snapshot_in_query: 1 } as const

const MICROS_PER_MINUTE = 60_000_000n

/** What is read: of which stretch of time, in which windows. `runs` null: one window over the whole range. */
export interface PartsInput {
  query: MeterQuery
  from: bigint | undefined
  to: bigint | undefined
  runs: WindowRun[] | null
}

/**
 * Everything but TIME_WEIGHTED: one row per window, group and meter version, ascending, from the coarsest table that is exact. Windows
 * and groups without any usage in force have no row.
 *
 * What reversals cannot be subtracted from is read a second time, from the records in force, and only from the first window to the last
 * that has a reversal.
 */
export async function readParts(client: ClickHouseClient, input: PartsInput): Promise<PartRow[]> {
  const rows = await readRows(client, input, false)
  const touched = rows.filter((row) => row.reversals !== undefined && row.reversals !== '0')
  if (touched.length === 0 || isNet(input)) return rows
  if (input.runs === null) return readRows(client, input, true)
  const starts = touched.map((row) => BigInt(row.start))
  const ends = touched.map((row) => BigInt(row.start) + BigInt(row.step))
  const [first, last] = [starts.reduce(earlier), ends.reduce(later)]
  const again = await readRows(
    client,
    {
      ...input,
      from: input.from === undefined ? first : later(first, input.from),
      to: input.to === undefined ? last : earlier(last, input.to),
    },
    true,
  )
  return [
    ...rows.filter((row) => BigInt(row.start) < first),
    ...again,
    ...rows.filter((row) => BigInt(row.start) >= last),
  ]
}

/** Whether reversals cancel out by themselves. Without windows an open end is itself an extreme: the first or the last usage. */
function isNet({ query, from, to, runs }: PartsInput): boolean {
  return NET.includes(query.meter.aggregation) && (runs !== null || (from !== undefined && to !== undefined))
}

const NET: readonly Aggregation[] = ['SUM', 'COUNT', 'AVG']

async function readRows(client: ClickHouseClient, input: PartsInput, isInForce: boolean): Promise<PartRow[]> {
  const { query, from, to, runs } = input
  const binder = createBinder()
  const finest = isInForce ? 'usage_records' : finestOf(query, runs)
  const source = usageSourceOf({ edges: [from, to], runs, finest })
  const columns = usageColumns(source)
  const time = timeBounds(source, from, to)
  const window = runs ? windowExpressions(columns.micros) : wholeRange(query, columns.micros, binder)
  const scope = scopeConditions(query.scope, binder)
  const groups = query.groupBy.map((dimension) => dimensionColumn(dimension, binder))
  const isByVersion = !OVER_VERSIONS.includes(query.meter.aggregation)
  const keys = {
    ...(runs && { start: window.start, step: window.step }),
    ...(query.isByApp && { app_id: 'u.app' }),
    ...(query.isByPlace && PLACE_KEYS),
    ...(query.isBySubject && { subject: 'u.subject' }),
    ...Object.fromEntries(groups.map((column, index) => [`g${index}`, column])),
    ...(isByVersion && { version: 'u.meter_version' }),
  }
  const selected = {
    ...(runs ? {} : window),
    ...keys,
    n: columns.count,
    reversals: columns.reversals,
    ...measures(query.meter, columns, binder),
  }
  const conditions = [
    ...scope.series,
    ...scope.space,
    `u.meter = ${binder.bind(query.meter.slug, 'String')}`,
    ...(query.subjects ? [`u.subject IN ${binder.bind(query.subjects, 'Array(String)')}`] : []),
    ...dimensionConditions(query.filters, binder),
    ...time.conditions,
  ]
  const names = Object.keys(keys).join(', ')
  const result = await client.query({
    query: `SELECT ${Object.entries(selected)
      .map(([name, expression]) => `${expression} AS ${name}`)
      .join(', ')}
      FROM ${source} AS u
      WHERE ${(isInForce ? inForce(conditions) : conditions).join(' AND ')}
      ${names && `GROUP BY ${names}`}
      HAVING n > 0
      ${names && `ORDER BY ${names}`}
      LIMIT ${USAGE_ROWS_MAX + 1}`,
    query_params: { ...binder.params, ...time.params, ...(runs && windowParams(runs)) },
    clickhouse_settings: QUERY_SETTINGS,
    format: 'JSONEachRow',
  })
  const rows = await result.json<Omit<PartRow, 'groups'> & Record<`g${number}`, string>>()
  return rows.map((row) => ({ ...row, groups: groups.map((_, index) => row[`g${index}`] ?? '') }))
}

/** By which names a row says where its usage was. */
export const PLACE_KEYS = { environment: 'u.environment', installation: 'u.installation' } as const

/** Each version has its own base measure, and so its own row; except for what cannot be put together from the rows of versions. */
const OVER_VERSIONS: readonly Aggregation[] = ['UNIQUE_COUNT', 'PERCENTILE']

/** Subjects, dimensions, installations and order are only in the records; which minute was the first and the last, only in the minute rollup. */
function finestOf(query: MeterQuery, runs: WindowRun[] | null): UsageSource {
  const needsRecords =
    query.scope.asOf !== undefined ||
    query.isByPlace ||
    query.isBySubject ||
    query.subjects !== undefined ||
    query.groupBy.some((dimension) => !ROLLED_UP.includes(dimension)) ||
    query.filters.some(({ dimension }) => !ROLLED_UP.includes(dimension)) ||
    query.meter.aggregation === 'LATEST' ||
    query.meter.aggregation === 'PERCENTILE'
  if (needsRecords) return 'usage_records'
  return runs === null && (query.from === undefined || query.to === undefined) ? 'rollup_minute' : 'rollup_hour'
}

/** Time, shard, batch and position as one number of 64, 16, 64 and 32 bits: comparing lists of them takes five times as long. */
const ORDER = `bitShiftLeft(toInt256(toUnixTimestamp64Micro(u.at)), 112) + bitShiftLeft(toInt256(u.shard), 96)
  + bitShiftLeft(toInt256(u.batch), 32) + toInt256(u.pos)`

function measures(
  meter: MeterQuery['meter'],
  columns: ReturnType<typeof usageColumns>,
  binder: Binder,
): Record<string, string> {
  switch (meter.aggregation) {
    case 'COUNT':
      return {}
    case 'SUM':
    case 'AVG':
      return { total: columns.sum }
    case 'MIN':
      return { least: columns.min }
    case 'MAX':
      return { most: columns.max }
    case 'UNIQUE_COUNT':
      return { distinct_values: columns.unique }
    case 'LATEST':
      return { latest: `argMax(u.quantity, ${ORDER})`, latest_order: `max(${ORDER})` }
    case 'PERCENTILE':
      return percentileMeasures(meter, binder)
    default:
      throw new RangeError(`${meter.aggregation} is not read by these measures`)
  }
}

/** Without windows a row reaches from the minute of its first usage to the end of the minute of its last, unless the range is given. */
function wholeRange(query: MeterQuery, micros: string, binder: Binder): { start: string; step: string } {
  const floor = (moment: string): string => `(${moment} - positiveModulo(${moment}, ${MICROS_PER_MINUTE}))`
  const start = query.from === undefined ? floor(`min(${micros})`) : binder.bind(query.from, 'Int64')
  const end =
    query.to === undefined ? `${floor(`max(${micros})`)} + ${MICROS_PER_MINUTE}` : binder.bind(query.to, 'Int64')
  return { start, step: `${end} - ${start}` }
}
