import { Readable } from 'node:stream'
import type { ClickHouseClient } from '@meterbook/db/clickhouse'
import { measureLoad, warmUp } from './measured-load.ts'
import type { BenchSystem } from './system.ts'
import { type BenchRow, figure } from './table.ts'

const BARE_ROWS = 50_000
const SECONDS = 10
const EVENTS_PER_SECOND = 20_000

/**
 * Events through the public route until all are visible; then the very same usage records, exported and inserted straight into
 * ClickHouse in blocks of 50,000, into the same tables with the same views: what the store alone could do.
 */
export async function measureBareInsert(system: BenchSystem): Promise<BenchRow[]> {
  await warmUp(system)
  const load = await measureLoad(system, { seconds: SECONDS, eventsPerSecond: EVENTS_PER_SECOND })
  const bare = await insertBare(system)
  const visible = load.visibility.events / load.visibility.seconds
  return [
    {
      what: `${figure(EVENTS_PER_SECOND)}/s end to end, beside the store alone`,
      found: `${figure(visible)} events/s`,
      limit: `the same records inserted bare, ${figure(BARE_ROWS)} a block: ${figure(bare)} rows/s`,
    },
  ]
}

/** Rows a second; only the inserts are timed, not the export. */
async function insertBare(system: BenchSystem): Promise<number> {
  let [spentMs, rows] = [0, 0]
  for (let offset = 0; offset < SECONDS * EVENTS_PER_SECOND; offset += BARE_ROWS) {
    const block = await exportBlock(system.clickhouse, offset)
    if (block.length === 0) break
    const began = performance.now()
    const result = await system.bare.exec({
      query: 'INSERT INTO usage_records FORMAT Native',
      values: Readable.from([block], { objectMode: false }),
      clickhouse_settings: { wait_end_of_query: 1 },
    })
    for await (const _ of result.stream) {
      // Drained to its end: only then is it written.
    }
    spentMs += performance.now() - began
    rows += BARE_ROWS
  }
  return (rows / spentMs) * 1000
}

async function exportBlock(clickhouse: ClickHouseClient, offset: number): Promise<Buffer> {
  const { stream } = await clickhouse.exec({
    query: `SELECT * FROM usage_records ORDER BY shard, batch, pos LIMIT ${BARE_ROWS} OFFSET ${offset} FORMAT Native`,
    clickhouse_settings: { max_block_size: String(BARE_ROWS * 2) },
  })
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
