import type { Comparison } from '@meterbook/core/reconciliation'
import {
  type BatchRange,
  type ClosedThrough,
  closedParams,
  IS_FIRST,
  isWithin,
  RECORDER,
  rangeParams,
  readRows,
  text,
} from './background-query.ts'
import type { ClickHouseClient } from './client.ts'

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
    const of = (isWanted: (surplus: number) => boolean) =>
      rows.filter(({ surplus }) => isWanted(surplus)).map(({ batch, pos }) => ({ batch, pos }))
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
