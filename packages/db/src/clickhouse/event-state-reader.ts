import type { JournalPlace } from '@meterbook/core/event'
import { QUANTITY_SCALE, quantityToScaled } from '@meterbook/core/kernel'
import type { EventState, RecordInForce, Verdict } from '@meterbook/core/projection'
import type { ClickHouseClient } from './client.ts'

/**
 * What each of these events was before a journal number: its row in force then, and its records if it is counted; null where there is no
 * such event of the app. `before` is an act's own number, so that an act worked on again after a crash sees what it saw the first time.
 */
export async function readEventStates(
  client: ClickHouseClient,
  input: { shard: number; appId: string; before: bigint; places: readonly JournalPlace[] },
): Promise<(EventState | null)[]> {
  const { places } = input
  const params = {
    shard: input.shard,
    app: input.appId,
    before: input.before.toString(),
    batches: [...new Set(places.map(({ batch }) => batch))],
    places: places.map(({ batch, pos }) => `${batch}:${pos}`),
  }
  const states = new Map<string, EventState>()
  for (const row of await readRows<StateRow>(client, STATES, params)) {
    states.set(`${row.batch}:${row.pos}`, stateOf(row))
  }
  for (const row of await readRows<RecordRow>(client, RECORDS, params)) {
    const state = states.get(`${row.batch}:${row.pos}`)
    const isOfState =
      state !== undefined && state.entry.batch === BigInt(row.entry_batch) && state.entry.pos === row.entry_pos
    if (isOfState) (state.records as RecordInForce[]).push(recordOf(row))
  }
  return places.map(({ batch, pos }) => states.get(`${batch}:${pos}`) ?? null)
}

async function readRows<Row>(client: ClickHouseClient, query: string, params: Record<string, unknown>): Promise<Row[]> {
  const result = await client.query({
    query,
    query_params: params,
    format: 'JSONEachRow',
    clickhouse_settings: { max_query_size: '4194304' },
  })
  return result.json<Row>()
}

interface StateRow {
  batch: string
  pos: number
  app_id: string
  identity_hex: string
  digest_hex: string
  received: string
  space_id: string
  verdict_name: Verdict
  reason_code: string
  detail_text: string
  first_batch: string
  first_pos: number
  entry_batch: string
  entry_pos: number
  content_batch: string
  content_pos: number
}

/** The newest of an event's rows is the one in force: whatever replaces a row also reverses it. */
const OF_PLACES = `shard = {shard:UInt16} AND app = {app:String} AND batch IN {batches:Array(UInt64)}
  AND concat(toString(batch), ':', toString(pos)) IN {places:Array(String)} AND sign = 1 AND entry_batch < {before:UInt64}`
const STATES = `SELECT batch, pos, app AS app_id, lower(hex(identity)) AS identity_hex, lower(hex(digest)) AS digest_hex,
    toString(toUnixTimestamp64Micro(received_at)) AS received, space AS space_id, verdict AS verdict_name, reason AS reason_code,
    detail AS detail_text, original_batch AS first_batch, original_pos AS first_pos, entry_batch, entry_pos, content_batch, content_pos
  FROM event_index WHERE ${OF_PLACES}
  ORDER BY entry_batch DESC, entry_pos DESC LIMIT 1 BY batch, pos`

function stateOf(row: StateRow): EventState {
  return {
    batch: BigInt(row.batch),
    pos: row.pos,
    appId: row.app_id,
    identity: row.identity_hex,
    digest: row.digest_hex,
    receivedAt: BigInt(row.received),
    spaceId: row.space_id,
    verdict: row.verdict_name,
    reason: row.reason_code,
    detail: row.detail_text,
    original: row.first_batch === '0' ? null : { batch: BigInt(row.first_batch), pos: row.first_pos },
    entry: { batch: BigInt(row.entry_batch), pos: row.entry_pos },
    content: { batch: BigInt(row.content_batch), pos: row.content_pos },
    records: [],
  }
}

interface RecordRow {
  batch: string
  pos: number
  entry_batch: string
  entry_pos: number
  meter_slug: string
  version: number
  is_exempt: number
  base: string
  unique_text: string
  dimensions: [string, string][]
  entitlement_id: string
  space_id: string
  at_micros: string
  environment_key: string
  installation_key: string
  subject_text: string
}

const RECORDS = `SELECT batch, pos, entry_batch, entry_pos, meter AS meter_slug, meter_version AS version, exempt AS is_exempt,
    toString(quantity) AS base, unique_value AS unique_text, arrayMap((k, v) -> [k, v], mapKeys(dims), mapValues(dims)) AS dimensions,
    entitlement AS entitlement_id, space AS space_id, toString(toUnixTimestamp64Micro(at)) AS at_micros,
    environment AS environment_key, installation AS installation_key, subject AS subject_text
  FROM usage_records WHERE ${OF_PLACES}
  ORDER BY batch, pos, entry_batch, entry_pos, meter`

function recordOf(row: RecordRow): RecordInForce {
  const quantity = quantityToScaled(row.base)
  if (!quantity.ok) throw new Error(`expected a quantity of at most ${QUANTITY_SCALE} digits after the point`)
  return {
    meter: row.meter_slug,
    meterVersion: row.version,
    isExempt: row.is_exempt === 1,
    quantity: quantity.value,
    uniqueValue: row.unique_text,
    dimensions: row.dimensions,
    entitlementId: row.entitlement_id,
    spaceId: row.space_id,
    at: BigInt(row.at_micros),
    environment: row.environment_key,
    installation: row.installation_key,
    subject: row.subject_text,
  }
}
