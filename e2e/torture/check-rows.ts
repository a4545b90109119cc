import { type ClickHouseClient, createClickHouse } from '@meterbook/db/clickhouse'
import { compare } from './compare.ts'
import { quantityDigits } from './exact.ts'
import type { Findings } from './findings.ts'
import { HOUR, modulo } from './local-time.ts'
import type { TruthEvent, TruthRecord } from './truth.ts'

/**
 * Holds every row of the projection to the ground truth: one row of the event index for each event of the journal, one usage record for
 * each meter that counted it, and both rollups to the digit.
 */
export async function checkRows(input: {
  clickhouseUrl: string
  truth: readonly TruthEvent[]
  findings: Findings
}): Promise<void> {
  const { truth, findings } = input
  const client = createClickHouse(input.clickhouseUrl)
  try {
    compare('event index', {
      findings,
      expected: new Map(truth.map((event) => [placeOf(event), indexText(event)])),
      found: await read(client, EVENT_INDEX),
    })
    compare('usage records', {
      findings,
      expected: new Map(
        truth.flatMap((event) =>
          event.records.map((record) => [`${placeOf(event)}:${record.meter.slug}`, recordText(event, record)]),
        ),
      ),
      found: await read(client, USAGE_RECORDS),
    })
    for (const [table, length] of [
      ['rollup_minute', HOUR / 60n],
      ['rollup_hour', HOUR],
    ] as const) {
      compare(table, { findings, expected: rolledUp(truth, length), found: await read(client, rollup(table)) })
    }
  } finally {
    await client.close()
  }
}

const EVENT_INDEX = `SELECT concat(toString(shard), ':', toString(batch), ':', toString(pos)) AS key,
  [app, space, event_id, source, type, toString(verdict), reason, toString(original_batch), toString(original_pos)] AS parts FROM event_index`

function indexText({ writing, spaceId, verdict, reason, original }: TruthEvent): string {
  const { app, saying } = writing
  const first = original ? [original.batch, original.pos] : [0, 0]
  return [app.id, spaceId, saying.id, saying.source, saying.type, verdict, reason, ...first].join(' ')
}

const USAGE_RECORDS = `SELECT concat(toString(shard), ':', toString(batch), ':', toString(pos), ':', meter) AS key,
  [app, space, environment, installation, toString(exempt), subject, toString(toUnixTimestamp64Micro(at)), toString(meter_version), toString(quantity), unique_value,
    arrayStringConcat(arrayMap((name, value) -> concat(name, '=', value), mapKeys(mapSort(dims)), mapValues(mapSort(dims))), ',')] AS parts FROM usage_records`

function recordText(event: TruthEvent, record: TruthRecord): string {
  const { writing, spaceId, isExempt, at } = event
  const { environment, installation, subject } = writing.saying
  return [
    ...[writing.app.id, spaceId, environment ?? 'production', installation ?? '', isExempt ? 1 : 0, subject ?? '', at],
    ...[record.version.version, quantityDigits(record.quantity), record.unique],
    Object.entries(record.dimensions)
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
  ].join(' ')
}

function rollup(table: string): string {
  return `SELECT concat(app, ' ', space, ' ', meter, ' ', toString(meter_version), ' ', environment, ' ', toString(exempt), ' ', toString(toUnixTimestamp(t))) AS key,
    [toString(sum(count)), toString(sum(sum)), toString(min(min)), toString(max(max)), toString(uniqExactMerge(uniq))] AS parts
    FROM ${table} GROUP BY app, space, meter, meter_version, environment, exempt, t`
}

interface Rolled {
  count: number
  sum: bigint
  min: bigint
  max: bigint
  unique: Set<string>
}

function rolledUp(truth: readonly TruthEvent[], length: bigint): Map<string, string> {
  const rows = new Map<string, Rolled>()
  for (const event of truth) {
    const { writing, spaceId, at, isExempt } = event
    const start = (at - modulo(at, length)) / 1_000_000n
    for (const { meter, version, quantity, unique } of event.records) {
      const environment = writing.saying.environment ?? 'production'
      const key = [writing.app.id, spaceId, meter.slug, version.version, environment, isExempt ? 1 : 0, start].join(' ')
      const row = rows.get(key) ?? { count: 0, sum: 0n, min: quantity, max: quantity, unique: new Set() }
      row.count++
      row.sum += quantity
      if (quantity < row.min) row.min = quantity
      if (quantity > row.max) row.max = quantity
      if (unique !== '') row.unique.add(unique)
      rows.set(key, row)
    }
  }
  return new Map(
    [...rows].map(([key, { count, sum, min, max, unique }]) => [
      key,
      [count, quantityDigits(sum), quantityDigits(min), quantityDigits(max), unique.size].join(' '),
    ]),
  )
}

async function read(client: ClickHouseClient, query: string): Promise<[string, string][]> {
  const result = await client.query({ query, format: 'JSONEachRow' })
  const rows = await result.json<{ key: string; parts: string[] }>()
  return rows.map(({ key, parts }) => [key, parts.join(' ')])
}

function placeOf({ shard, batch, pos }: TruthEvent): string {
  return `${shard}:${batch}:${pos}`
}
