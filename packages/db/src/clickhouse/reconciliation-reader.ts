// What reconciliation reads here: rows by the journal batch they came from, and rollups by app and hour, beside their usage records.
// Reads across tenants, because it answers to the operator; nothing of it is shown to anybody else.
// Costs: one thread, and a lower priority than any page's query.
import type { Comparison, IndexedEvent, RecordedUsage } from '@meterbook/core/reconciliation'
import {
  type BatchRange,
  HOUR_OF_AT,
  IS_FIRST,
  RECORDER,
  rangeParams,
  readRows,
  scaled,
  text,
} from './background-query.ts'
import type { ClickHouseClient } from './client.ts'

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
