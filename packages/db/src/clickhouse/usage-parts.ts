import type { Aggregation } from '@meterbook/core/kernel'
import type { WindowRun, WindowSize } from '@meterbook/core/window'
import type { ClickHouseClient } from './client.ts'
import {
  type Binder,
  createBinder,
  type DimensionFilter,
  dimensionColumn,
  dimensionConditions,
  scopeConditions,
  type UsageScope,
} from './usage-filter.ts'
import { USAGE_ROWS_MAX } from './usage-reader.ts'
import { timeBounds, type UsageSource, usageColumns, usageSourceOf } from './usage-source.ts'
import { windowExpressions, windowParams } from './usage-windows.ts'

export interface MeterQuery {
  scope: UsageScope
  meter: {
    slug: string
    /** not PERCENTILE */
    aggregation: Aggregation
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
  subject?: string
  groups: string[]
  n: string
  total?: string
  least?: string
  most?: string
  latest?: string
  latest_order?: string[]
  level_micros?: string
  distinct_values?: string
}

/** The server gives up first, with an error of its own, before anyone waits for ever. */
export const QUERY_SETTINGS = { max_execution_time: 30 }

const MICROS_PER_MINUTE = 60_000_000n

/** Everything but TIME_WEIGHTED: one row per window, group and meter version, ascending, from the coarsest table that is exact. */
export async function readParts(
  client: ClickHouseClient,
  {
    query,
    from,
    to,
    runs,
  }: { query: MeterQuery; from: bigint | undefined; to: bigint | undefined; runs: WindowRun[] | null },
): Promise<PartRow[]> {
  const binder = createBinder()
  const source = usageSourceOf({ edges: [from, to], runs, finest: finestOf(query, runs) })
  const columns = usageColumns(source)
  const time = timeBounds(source, from, to)
  const window = runs ? windowExpressions(columns.micros) : wholeRange(query, columns.micros, binder)
  const scope = scopeConditions(query.scope, binder)
  const isByVersion = query.meter.aggregation !== 'UNIQUE_COUNT'
  const groups = query.groupBy.map((dimension) => dimensionColumn(dimension, binder))
  const keys = {
    ...(runs && { start: window.start, step: window.step }),
    ...(query.isByApp && { app_id: 'u.app' }),
    ...(query.isBySubject && { subject: 'u.subject' }),
    ...Object.fromEntries(groups.map((column, index) => [`g${index}`, column])),
    ...(isByVersion && { version: 'u.meter_version' }),
  }
  const selected = { ...(runs ? {} : window), ...keys, n: columns.count, ...measures(query.meter.aggregation, columns) }
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
      WHERE ${conditions.join(' AND ')}
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

/** Subjects, dimensions and order are only in the records; which minute was the first and the last, only in the minute rollup. */
function finestOf(query: MeterQuery, runs: WindowRun[] | null): UsageSource {
  const needsRecords =
    query.isBySubject ||
    query.subjects !== undefined ||
    query.groupBy.length > 0 ||
    query.filters.length > 0 ||
    query.meter.aggregation === 'LATEST'
  if (needsRecords) return 'usage_records'
  return runs === null && (query.from === undefined || query.to === undefined) ? 'rollup_minute' : 'rollup_hour'
}

function measures(aggregation: Aggregation, columns: ReturnType<typeof usageColumns>): Record<string, string> {
  switch (aggregation) {
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
    case 'LATEST': {
      const order = '[toUnixTimestamp64Micro(u.at), toInt64(u.shard), toInt64(u.batch), toInt64(u.pos)]'
      return { latest: `argMax(u.quantity, ${order})`, latest_order: `max(${order})` }
    }
    default:
      throw new RangeError(`${aggregation} cannot be read yet`)
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
