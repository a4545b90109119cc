import { createClickHouse } from '@meterbook/db/clickhouse'
import { compare } from './compare.ts'
import { least, most, quantityDigits } from './exact.ts'
import type { Findings } from './findings.ts'
import { HOUR, modulo } from './local-time.ts'
import { type Rollup, readEvents, readExtremes, readRecords, readSums, readTwice } from './stored-rows.ts'
import type { TruthEvent, TruthRecord } from './truth.ts'

const ROLLUPS: readonly (readonly [table: Rollup, length: bigint])[] = [
  ['rollup_minute', HOUR / 60n],
  ['rollup_hour', HOUR],
]

/**
 * Holds every row of the projection to the ground truth: one row in force of the event index for each event of the journal, one usage
 * record for each meter that counts it, both rollups to the digit, and no row that was ever written twice.
 */
export async function checkRows(input: {
  clickhouseUrl: string
  truth: readonly TruthEvent[]
  findings: Findings
}): Promise<void> {
  const { truth, findings } = input
  const client = createClickHouse(input.clickhouseUrl)
  try {
    const events = new Map(truth.map((event) => [placeOf(event), indexText(event)]))
    compare('event index', { findings, expected: events, found: await readEvents(client) })
    const records = truth.flatMap((event) =>
      event.records.map((record) => [`${placeOf(event)}:${record.meter.slug}`, recordText(event, record)] as const),
    )
    compare('usage records', { findings, expected: new Map(records), found: await readRecords(client) })
    compare('written twice', { findings, expected: new Map(), found: await readTwice(client) })
    for (const [table, length] of ROLLUPS) {
      const rolled = rolledUp(truth, length)
      const sums = new Map([...rolled].map(([key, { count, sum }]) => [key, `${count} ${quantityDigits(sum)}`]))
      compare(`${table}, sums`, { findings, expected: sums, found: await readSums(client, table) })
      const found = await readExtremes(client, table)
      const untouched = new Map(found.map(([key]) => [key, extremesText(rolled.get(key))]))
      compare(`${table}, extremes`, { findings, expected: untouched, found })
    }
  } finally {
    await client.close()
  }
}

function indexText({ writing, spaceId, verdict, reason, original }: TruthEvent): string {
  const { app, saying } = writing
  const first = original ? [original.batch, original.pos] : [0, 0]
  return [app.id, spaceId, saying.id, saying.source, saying.type, verdict, reason, ...first, 1].join(' ')
}

function recordText(event: TruthEvent, record: TruthRecord): string {
  const { writing, spaceId, isExempt, at } = event
  const { environment, installation, subject } = writing.saying
  const dimensions = Object.entries(record.dimensions).map(([name, value]) => `${name}=${value}`)
  return [
    ...[writing.app.id, spaceId, environment ?? 'production', installation ?? '', isExempt ? 1 : 0, subject ?? '', at],
    ...[record.version.version, quantityDigits(record.quantity), record.unique, dimensions.join(','), 1],
  ].join(' ')
}

interface Rolled {
  count: number
  sum: bigint
  min: bigint
  max: bigint
  unique: Set<string>
}

function rolledUp(truth: readonly TruthEvent[], length: bigint): Map<string, Rolled> {
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
      row.min = least(row.min, quantity)
      row.max = most(row.max, quantity)
      if (unique !== '') row.unique.add(unique)
      rows.set(key, row)
    }
  }
  return rows
}

function extremesText(row: Rolled | undefined): string {
  return row ? [quantityDigits(row.min), quantityDigits(row.max), row.unique.size].join(' ') : 'no such row'
}

function placeOf({ shard, batch, pos }: TruthEvent): string {
  return `${shard}:${batch}:${pos}`
}
