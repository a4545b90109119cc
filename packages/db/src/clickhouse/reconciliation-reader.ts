// What reconciliation reads here: rows by the journal batch they came from, and rollups by app and hour, beside their usage records.
// Reads across tenants, because it answers to the operator; nothing of it is shown to anybody else.
// Costs: one thread, and a lower priority than any page's query.
import type { Comparison, IndexedEvent, RecordedUsage, RollupCell } from '@meterbook/core/reconciliation'
import type { ClickHouseClient } from './client.ts'

/** `priority`: 0 is none, a higher number gives way. */
const BACKGROUND = { max_threads: 1, priority: '10' } as const
const MICROS_PER_HOUR = 3_600_000_000n

/** A row as it was written at first, not by an act. */
const IS_FIRST = 'sign = 1 AND entry_batch = batch AND entry_pos = pos'
/** The journal batch that wrote a row: of a reversal the act's. */
const RECORDER = 'if(sign = 1, entry_batch, act_batch)'

export interface BatchRange {
  shard: number
  first: bigint
  last: bigint
}

/** The first row of every event of journal batches, in journal order; the same event twice if it is there twice. */
export async function readIndexedEvents(client: ClickHouseClient, range: BatchRange): Promise<IndexedEvent[]> {
  return readRows(client, {
    query: `SELECT toString(batch), pos, lower(hex(identity)), lower(hex(digest)), app, space, source, event_id, type, subject,
        toString(toUnixTimestamp64Micro(occurred_at)), toString(toUnixTimestamp64Micro(received_at)), environment, installation,
        verdict, reason, toString(original_batch), original_pos
      FROM event_index WHERE shard = {shard:UInt16} AND batch BETWEEN {first:UInt64} AND {last:UInt64} AND ${IS_FIRST}
      ORDER BY batch, pos`,
    params: rangeParams(range),
    read: ([batch, pos, identity, digest, appId, spaceId, source, eventId, type, subject, at, receivedAt, ...rest]) => {
      const [environment, installation, verdict, reason, originalBatch, originalPos] = rest
      return {
        batch: BigInt(text(batch)),
        pos: Number(pos),
        identity: text(identity),
        digest: text(digest),
        appId: text(appId),
        spaceId: text(spaceId),
        source: text(source),
        eventId: text(eventId),
        type: text(type),
        subject: text(subject),
        at: BigInt(text(at)),
        receivedAt: BigInt(text(receivedAt)),
        environment: text(environment),
        installation: text(installation),
        verdict: text(verdict),
        reason: text(reason),
        originalBatch: BigInt(text(originalBatch)),
        originalPos: Number(originalPos),
      }
    },
  })
}

/** The usage records that events of journal batches had at first, in journal order. */
export async function readRecordedUsage(client: ClickHouseClient, range: BatchRange): Promise<RecordedUsage[]> {
  return readRows(client, {
    query: `SELECT toString(batch), pos, lower(hex(identity)), space, app, meter, meter_version, environment, installation, exempt,
        toString(toUnixTimestamp64Micro(at)), toString(toUnixTimestamp64Micro(received_at)), subject,
        ${scaled('quantity')}, unique_value, mapKeys(dims), mapValues(dims), entitlement, toString(catalogue_revision)
      FROM usage_records WHERE shard = {shard:UInt16} AND batch BETWEEN {first:UInt64} AND {last:UInt64} AND ${IS_FIRST}
      ORDER BY batch, pos, meter, meter_version`,
    params: rangeParams(range),
    read: ([batch, pos, identity, spaceId, appId, meter, meterVersion, environment, installation, exempt, ...rest]) => {
      const [at, receivedAt, subject, quantity, uniqueValue, keys, values, entitlementId, catalogueRevision] = rest
      return {
        batch: BigInt(text(batch)),
        pos: Number(pos),
        identity: text(identity),
        spaceId: text(spaceId),
        appId: text(appId),
        meter: text(meter),
        meterVersion: Number(meterVersion),
        environment: text(environment),
        installation: text(installation),
        isExempt: Number(exempt) === 1,
        at: BigInt(text(at)),
        receivedAt: BigInt(text(receivedAt)),
        subject: text(subject),
        quantity: BigInt(text(quantity)),
        uniqueValue: text(uniqueValue),
        dimensions: (keys as string[]).map((key, index) => [key, (values as string[])[index] ?? ''] as const),
        entitlementId: text(entitlementId),
        catalogueRevision: BigInt(text(catalogueRevision)),
      }
    },
  })
}

/** Hours [from, to) of one app, in microseconds, on hours of UTC. */
export interface AppHours {
  appId: string
  from: bigint
  to: bigint
}

/** By shard: the last journal number whose group was closed before the reading began. */
export type ClosedThrough = ReadonlyMap<number, bigint>

export interface RollupRows {
  records: RollupCell[]
  rollup_minute: RollupCell[]
  rollup_hour: RollupCell[]
}

/** The same hours from the usage records of closed groups and from both rollups, in one statement: nearly, but not exactly, the same moment. */
export async function readRollupRows(
  client: ClickHouseClient,
  input: AppHours & { closedThrough: ClosedThrough },
): Promise<RollupRows> {
  const of = (source: string, from: string, bounds: string) =>
    `SELECT '${source}' AS source, ${cellColumns(source === 'records' ? 'records' : 'rollups')} FROM ${from}
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

/** What batches of a shard wrote into these hours. To be read after their groups were closed. */
export async function readContributions(client: ClickHouseClient, input: AppHours & BatchRange): Promise<BatchCell[]> {
  return readRows(client, {
    query: `SELECT ${RECORDER} AS recorder, sign AS block, ${cellColumns('records')} FROM usage_records
      WHERE app = {app:String} AND ${atBounds} AND shard = {shard:UInt16} AND ${RECORDER} BETWEEN {first:UInt64} AND {last:UInt64}
      GROUP BY recorder, block, ${CELL_KEY}`,
    params: { ...hoursParams(input), ...rangeParams(input) },
    read: ([recorder, sign, ...cell]) => ({ recorder: BigInt(text(recorder)), sign: Number(sign), ...cellOf(cell) }),
  })
}

/** What an act left behind, net of what it reversed, by app, meter, version and hour; `meter` is empty for rows of the event index. */
export interface ActRows {
  table: Extract<Comparison, 'event_index' | 'usage_records'>
  appId: string
  meter: string
  meterVersion: number
  /** Null for the event index. */
  hour: bigint | null
  added: bigint
  reversed: bigint
  /** Times 10^30. */
  sum: bigint
}

/** All rows that name an act as their writer. */
export async function readActRows(
  client: ClickHouseClient,
  input: { shard: number; batch: bigint },
): Promise<ActRows[]> {
  const isOfAct = `shard = {shard:UInt16} AND ${RECORDER} = {first:UInt64} AND NOT (${IS_FIRST})`
  return readRows(client, {
    query: `SELECT 'usage_records', app, meter, meter_version, toInt64(${HOUR_OF_AT}) AS hour, toString(countIf(sign = 1)), toString(countIf(sign = -1)),
        ${scaled('sumIf(quantity, sign = 1) - sumIf(quantity, sign = -1)')}
      FROM usage_records WHERE ${isOfAct} GROUP BY app, meter, meter_version, hour
      UNION ALL
      SELECT 'event_index', app, '', 0, toInt64(-1), toString(countIf(sign = 1)), toString(countIf(sign = -1)), '0'
      FROM event_index WHERE ${isOfAct} GROUP BY app`,
    params: rangeParams({ shard: input.shard, first: input.batch, last: input.batch }),
    read: ([table, appId, meter, meterVersion, hour, added, reversed, sum]) => ({
      table: text(table) as ActRows['table'],
      appId: text(appId),
      meter: text(meter),
      meterVersion: Number(meterVersion),
      hour: Number(hour) < 0 ? null : BigInt(text(hour)) * 1_000_000n,
      added: BigInt(text(added)),
      reversed: BigInt(text(reversed)),
      sum: BigInt(text(sum)),
    }),
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

/** The identities are gone through in this many slices, in the order in which the table is sorted. */
export const CLAIM_SLICES = 16
const FINDINGS_MAX = 10_000

/** An identity that more than one row has claimed, so that an event was counted though it had been taken before. */
export interface RepeatedClaim {
  shard: number
  batch: bigint
  pos: number
}

/** Claims beyond the first, of the identities of one slice (0 to 15: the first hex digit); at most FINDINGS_MAX. */
export async function findRepeatedClaims(client: ClickHouseClient, slice: number): Promise<RepeatedClaim[]> {
  const isLast = slice === CLAIM_SLICES - 1
  const below = isLast ? '' : 'AND identity < toFixedString(unhex({high:String}), 16)'
  return readRows(client, {
    query: `SELECT claim.1, toString(claim.2), claim.3
      FROM (SELECT arraySort(groupArray((shard, batch, pos))) AS claims FROM event_identity
        WHERE identity >= toFixedString(unhex({low:String}), 16) ${below} GROUP BY identity HAVING count() > 1)
      ARRAY JOIN arraySlice(claims, 2) AS claim ORDER BY claim LIMIT ${FINDINGS_MAX}`,
    params: { low: bound(slice), ...(isLast ? {} : { high: bound(slice + 1) }) },
    settings: { optimize_aggregation_in_order: 1 },
    read: ([shard, batch, pos]) => ({ shard: Number(shard), batch: BigInt(text(batch)), pos: Number(pos) }),
  })
}

function bound(slice: number): string {
  return slice.toString(16).padEnd(32, '0')
}

/** Batches of a shard whose events' claims are not those that the event index says. */
export interface ClaimDifference extends BatchRange {
  /** Events that must have claimed their identity. */
  expected: bigint
  missing: { batch: bigint; pos: number }[]
  unknown: { batch: bigint; pos: number }[]
}

const BUCKET_BATCHES = 1_024n
const BUCKETS_MAX = 100

/**
 * Where the identities are not exactly those of the events that were counted or held when they were taken, in closed groups, by a thousand
 * batches. Two steps: fingerprints of many rows need little memory, and only where they differ is it looked at closely.
 */
export async function findClaimDifferences(
  client: ClickHouseClient,
  closedThrough: ClosedThrough,
): Promise<ClaimDifference[]> {
  const sides = (where: string, columns: string) => `
    SELECT ${columns}, toInt64(1) AS side, ${CLAIM_HASH} AS h FROM event_identity WHERE ${where}
    UNION ALL SELECT ${columns}, toInt64(-1) AS side, ${CLAIM_HASH} AS h FROM event_index WHERE ${where} AND ${IS_CLAIM}`
  const buckets = await readRows(client, {
    query: `SELECT shard, toString(bucket), toString(countIf(side = -1)) FROM (${sides(isWithin('batch'), `shard, intDiv(batch, ${BUCKET_BATCHES}) AS bucket`)})
      GROUP BY shard, bucket
      HAVING sum(side) != 0 OR sumIf(h, side = 1) != sumIf(h, side = -1) ORDER BY shard, bucket LIMIT ${BUCKETS_MAX}`,
    params: closedParams(closedThrough),
    read: ([shard, bucket, expected]) => ({
      shard: Number(shard),
      first: BigInt(text(bucket)) * BUCKET_BATCHES,
      expected: BigInt(text(expected)),
    }),
  })
  const found: ClaimDifference[] = []
  for (const { shard, first, expected } of buckets) {
    const last = first + BUCKET_BATCHES - 1n
    const rows = await readRows(client, {
      query: `SELECT toString(batch), pos, toInt32(sum(side)) FROM (${sides(`${IN_RANGE} AND ${isWithin('batch')}`, 'batch, pos')})
        GROUP BY batch, pos, h HAVING sum(side) != 0 ORDER BY batch, pos LIMIT ${FINDINGS_MAX}`,
      params: { ...rangeParams({ shard, first, last }), ...closedParams(closedThrough) },
      read: ([batch, pos, surplus]) => ({ batch: BigInt(text(batch)), pos: Number(pos), surplus: Number(surplus) }),
    })
    const of = (isWanted: (surplus: number) => boolean) => rows.filter(({ surplus }) => isWanted(surplus))
    found.push({
      ...{ shard, first, last, expected },
      missing: of((surplus) => surplus < 0),
      unknown: of((surplus) => surplus > 0),
    })
  }
  return found
}

const CLAIM_HASH = 'cityHash64(identity, digest, shard, batch, pos)'
const IS_CLAIM = `verdict IN ('counted', 'quarantined') AND ${IS_FIRST}`
const IN_RANGE = 'shard = {shard:UInt16} AND batch BETWEEN {first:UInt64} AND {last:UInt64}'

/** Rows by the journal batch that is said to have written them. */
export interface Strays {
  table: Extract<Comparison, 'event_index' | 'usage_records' | 'event_identity'>
  shard: number
  recorder: bigint
  /** Rows as first written, of a batch that the journal does not have; else rows of an act. */
  isFirst: boolean
  appId: string
  meter: string
  rows: bigint
}

/**
 * Rows that no look at a range of batches comes by: first rows of batches beyond `through`, and all rows that name another writer than
 * their own event. The caller knows which of those batches the journal has as acts.
 */
export async function listStrays(client: ClickHouseClient, through: ClosedThrough): Promise<Strays[]> {
  const isBeyond = `(batch = 0 OR NOT ${isWithin('batch')})`
  const of = (table: string, isFirst: string, recorder: string, meter: string, app: string) =>
    `SELECT '${table}' AS table, shard, ${recorder} AS recorder, ${isFirst} AS is_first, ${app} AS app, ${meter} AS meter, count() AS rows
      FROM ${table} WHERE NOT (${isFirst}) OR ${isBeyond} GROUP BY shard, recorder, is_first, app, meter`
  return readRows(client, {
    query: `SELECT table, shard, toString(recorder), is_first, app, meter, toString(rows) FROM (
        ${of('event_index', IS_FIRST, RECORDER, "''", 'app')}
        UNION ALL ${of('usage_records', IS_FIRST, RECORDER, 'meter', 'app')}
        UNION ALL ${of('event_identity', 'true', 'batch', "''", "''")}
      ) ORDER BY table, shard, recorder LIMIT ${FINDINGS_MAX}`,
    params: closedParams(through),
    read: ([table, shard, recorder, isFirst, appId, meter, rows]) => ({
      table: text(table) as Strays['table'],
      shard: Number(shard),
      recorder: BigInt(text(recorder)),
      isFirst: isFirst === true || Number(isFirst) === 1,
      appId: text(appId),
      meter: text(meter),
      rows: BigInt(text(rows)),
    }),
  })
}

const CELL_KEY = 'space, app, meter, meter_version, environment, exempt, hour'
const HOUR_OF_AT = "toUnixTimestamp(toStartOfHour(at, 'UTC'))"
const HOUR_OF_T = "toUnixTimestamp(toStartOfHour(t, 'UTC'))"
const atBounds = `at >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND at < fromUnixTimestamp64Micro({to:Int64}, 'UTC')`
const hourBounds = `t >= toDateTime(intDiv({from:Int64}, 1000000), 'UTC') AND t < toDateTime(intDiv({to:Int64}, 1000000), 'UTC')`

/** Aliases differ from the columns, because ClickHouse would put an alias into the expressions beside it. */
function cellColumns(of: 'records' | 'rollups'): string {
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
    toString(${reversals}) AS c_reversals, ${scaled(low)} AS c_low, ${scaled(high)} AS c_high, toString(${distinct}) AS c_distinct`
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

/** The integer behind a Decimal(76, 30), as text: reinterpreted, for a product with 10^30 could overflow. */
function scaled(expression: string): string {
  return `toString(reinterpretAsInt256(reinterpretAsString(toDecimal256(${expression}, 30))))`
}

/** Whether a batch is at or before the shard's number. */
function isWithin(batch: string): string {
  return `${batch} <= transform(shard, {shards:Array(UInt16)}, {throughs:Array(UInt64)}, toUInt64(0))`
}

function rangeParams({ shard, first, last }: BatchRange): Record<string, unknown> {
  return { shard, first: first.toString(), last: last.toString() }
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

function closedParams(through: ClosedThrough): Record<string, unknown> {
  return { shards: [...through.keys()], throughs: [...through.values()] }
}

function text(value: unknown): string {
  return String(value)
}

async function readRows<Row>(
  client: ClickHouseClient,
  input: {
    query: string
    params: Record<string, unknown>
    settings?: Record<string, string | number>
    read: (row: readonly unknown[]) => Row
  },
): Promise<Row[]> {
  const result = await client.query({
    query: input.query,
    query_params: input.params,
    format: 'JSONCompactEachRow',
    clickhouse_settings: { ...BACKGROUND, ...input.settings },
  })
  const rows: Row[] = []
  // Piece by piece as they arrive, so that a large answer does not keep the process from its other work.
  for await (const chunk of result.stream<unknown[]>()) {
    for (const row of chunk) rows.push(input.read(row.json()))
  }
  return rows
}
