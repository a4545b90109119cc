import type { ClickHouseClient } from '@meterbook/db/clickhouse'

/** What the projection holds, as texts under a key, for comparing. Read with statements of the run's own. */
export type StoredRows = [key: string, text: string][]

/** The rows of the event index in force: what an act took back adds up to nothing. The last part is how often the row stands. */
export function readEvents(client: ClickHouseClient): Promise<StoredRows> {
  return read(
    client,
    `SELECT ${PLACE} AS key, [app, space, event_id, source, type, toString(verdict), reason, toString(original_batch),
      toString(original_pos), toString(sum(sign))] AS parts
    FROM event_index
    GROUP BY shard, batch, pos, app, space, event_id, source, type, verdict, reason, original_batch, original_pos
    HAVING sum(sign) != 0`,
  )
}

/** The usage records in force, likewise. */
export function readRecords(client: ClickHouseClient): Promise<StoredRows> {
  return read(
    client,
    `SELECT concat(${PLACE}, ':', meter) AS key, [app, space, environment, installation, toString(exempt), subject,
      toString(toUnixTimestamp64Micro(at)), toString(meter_version), toString(quantity), unique_value, dimensions,
      toString(sum(sign))] AS parts
    FROM (SELECT *, arrayStringConcat(arrayMap((name, value) -> concat(name, '=', value),
      mapKeys(mapSort(dims)), mapValues(mapSort(dims))), ',') AS dimensions FROM usage_records)
    GROUP BY shard, batch, pos, app, space, meter, environment, installation, exempt, subject, at, meter_version, quantity, unique_value,
      dimensions
    HAVING sum(sign) != 0`,
  )
}

/** Rows that were written more than once, or taken back more than once, be it without effect on any total. */
export async function readTwice(client: ClickHouseClient): Promise<StoredRows> {
  const statement = (table: string, what: string) =>
    `SELECT concat('${table} ', ${PLACE}, ' ', ${what}, ' by ', toString(entry_batch), ':', toString(entry_pos)) AS key,
      [toString(countIf(sign = 1)), toString(countIf(sign = -1))] AS parts
    FROM ${table} GROUP BY shard, batch, pos, entry_batch, entry_pos, key HAVING countIf(sign = 1) != 1 OR countIf(sign = -1) > 1`
  return [
    ...(await read(client, statement('event_index', "''"))),
    ...(await read(client, statement('usage_records', 'meter'))),
    ...(await read(
      client,
      `SELECT concat('event_identity ', toString(shard), ' ', lower(hex(identity))) AS key, [toString(count())] AS parts
      FROM event_identity GROUP BY shard, identity HAVING count() != 1`,
    )),
  ]
}

export type Rollup = 'rollup_minute' | 'rollup_hour'

/** Net count and sum of each row of a rollup. */
export function readSums(client: ClickHouseClient, table: Rollup): Promise<StoredRows> {
  return read(
    client,
    `SELECT ${ROLLED} AS key, [toString(sum(t.count)), toString(sum(t.sum))] AS parts FROM ${table} AS t
    GROUP BY ${ROLLED_BY} HAVING sum(t.count) != 0 OR sum(t.sum) != 0`,
  )
}

/** What cannot be subtracted, of those rows that nothing was taken back from. */
export function readExtremes(client: ClickHouseClient, table: Rollup): Promise<StoredRows> {
  return read(
    client,
    `SELECT ${ROLLED} AS key, [toString(min(t.min)), toString(max(t.max)), toString(uniqExactMerge(t.uniq))] AS parts FROM ${table} AS t
    GROUP BY ${ROLLED_BY} HAVING sum(t.reversals) = 0`,
  )
}

const PLACE = "concat(toString(shard), ':', toString(batch), ':', toString(pos))"
const ROLLED_BY = 'app, space, meter, meter_version, environment, exempt, t.t'
const ROLLED = `concat(app, ' ', space, ' ', meter, ' ', toString(meter_version), ' ', environment, ' ', toString(exempt), ' ',
  toString(toUnixTimestamp(t.t)))`

async function read(client: ClickHouseClient, query: string): Promise<StoredRows> {
  const result = await client.query({ query, format: 'JSONEachRow' })
  const rows = await result.json<{ key: string; parts: string[] }>()
  return rows.map(({ key, parts }) => [key, parts.join(' ')])
}
