import type { ClickHouseClient } from './client.ts'
import { type Binder, createBinder, dimensionColumn, scopeConditions, type UsageScope } from './usage-filter.ts'
import { QUERY_SETTINGS } from './usage-parts.ts'
import { TooManyRows, USAGE_ROWS_MAX } from './usage-reader.ts'
import { timeBounds } from './usage-source.ts'

export interface UsageNamesInput {
  scope: UsageScope
  /** slug */
  meter: string
  /** microseconds since the epoch, half-open; left out: open */
  from: bigint | undefined
  to: bigint | undefined
}

/** Who used a meter: distinct subjects of its usage in force, ascending by bytes. Throws TooManyRows beyond USAGE_ROWS_MAX. */
export function listSubjects(client: ClickHouseClient, input: UsageNamesInput): Promise<string[]> {
  return listNames(client, input, () => ({ column: 'u.subject', condition: `u.subject != ''` }))
}

/** The distinct values of a dimension of a meter, ascending by bytes; the empty text where usage has none. Throws as listSubjects. */
export function listDimensionValues(
  client: ClickHouseClient,
  input: UsageNamesInput & { dimension: string },
): Promise<string[]> {
  return listNames(client, input, (binder) => ({
    column: dimensionColumn(input.dimension, binder),
    condition: 'true',
  }))
}

async function listNames(
  client: ClickHouseClient,
  { scope, meter, from, to }: UsageNamesInput,
  columnOf: (binder: Binder) => { column: string; condition: string },
): Promise<string[]> {
  if (scope.appIds?.length === 0) return []
  const binder = createBinder()
  const { column, condition } = columnOf(binder)
  const { series, space } = scopeConditions(scope, binder)
  const time = timeBounds('usage_records', from, to)
  const conditions = [...series, ...space, `u.meter = ${binder.bind(meter, 'String')}`, condition, ...time.conditions]
  const result = await client.query({
    query: `SELECT ${column} AS name FROM usage_records AS u WHERE ${conditions.join(' AND ')}
      GROUP BY name HAVING sum(toInt64(u.sign)) > 0 ORDER BY name LIMIT ${USAGE_ROWS_MAX + 1}`,
    query_params: { ...binder.params, ...time.params },
    clickhouse_settings: QUERY_SETTINGS,
    format: 'JSONEachRow',
  })
  const rows = await result.json<{ name: string }>()
  if (rows.length > USAGE_ROWS_MAX) throw new TooManyRows()
  return rows.map(({ name }) => name)
}
