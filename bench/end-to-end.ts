import http from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { ClickHouseClient } from '@meterbook/db/clickhouse'
import type { BenchSystem } from './system.ts'
import type { BenchRow } from './table.ts'

const BATCH_EVENTS = 1_000
const CONNECTIONS = 8
const BARE_ROWS = 50_000
const VISIBLE_MS_MAX = 300_000

/**
 * Events in batches of 1,000 through the public route, until all of them are visible in the minute rollup; then the very same rows,
 * exported and inserted straight into ClickHouse in blocks of 50,000, into the same tables with the same views.
 */
export async function measureEndToEnd(
  system: BenchSystem,
  input: { events: number; runs: number },
): Promise<BenchRow[]> {
  const accepted: number[] = []
  const visible: number[] = []
  const bare: number[] = []
  for (let run = 1; run <= input.runs; run++) {
    const bodies = makeBodies(`run-${run}-${Date.now()}`, input.events)
    const before = await rowsVisible(system.clickhouse)
    const began = performance.now()
    await sendAll(system, bodies)
    accepted.push(perSecond(input.events, began))
    await untilVisible(system.clickhouse, before + input.events)
    visible.push(perSecond(input.events, began))
    bare.push(await insertBare(system, input.events))
    console.log(
      `run ${run}: accepted ${Math.round(accepted.at(-1) ?? 0)}/s, visible ${Math.round(visible.at(-1) ?? 0)}/s, bare insert ${Math.round(bare.at(-1) ?? 0)}/s`,
    )
  }
  const limit = { what: `the same rows inserted straight into ClickHouse, ${BARE_ROWS} a block`, runs: bare }
  return [
    { what: 'accepted and durable (204)', unit: 'events/s', runs: accepted, limit },
    { what: 'end to end: accepted, durable, visible in the rollup', unit: 'events/s', runs: visible, limit },
  ]
}

function makeBodies(run: string, events: number): Buffer[] {
  const now = Date.now()
  return Array.from({ length: Math.ceil(events / BATCH_EVENTS) }, (_, batch) => {
    const size = Math.min(BATCH_EVENTS, events - batch * BATCH_EVENTS)
    const list = Array.from({ length: size }, (_, index) => ({
      specversion: '1.0',
      id: `${run}-${batch}-${index}`,
      source: '/bench/functions',
      type: 'request',
      subject: `customer-${(batch * 31 + index) % 500}`,
      time: new Date(now - ((batch * 7 + index) % 60_000)).toISOString(),
      data: {
        method: index % 5 === 0 ? 'POST' : 'GET',
        route: `/api/items/${index % 20}`,
        status: 200,
        durationMs: (index * 13) % 900,
      },
    }))
    return Buffer.from(JSON.stringify(list))
  })
}

async function sendAll(system: BenchSystem, bodies: readonly Buffer[]): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  let next = 0
  const lane = async () => {
    for (let body = bodies[next++]; body; body = bodies[next++]) {
      for (let status = await post(system, agent, body); status !== 204; status = await post(system, agent, body)) {
        if (status !== 429 && status !== 503) throw new Error(`expected 204, found ${status}`)
        await pause(200)
      }
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, lane))
  agent.destroy()
}

function post(system: BenchSystem, agent: http.Agent, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      `${system.url}/api/v1/events`,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/cloudevents-batch+json',
          'content-length': body.length,
          authorization: `Bearer ${system.key}`,
        },
      },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

async function rowsVisible(clickhouse: ClickHouseClient): Promise<number> {
  const result = await clickhouse.query({
    query: 'SELECT sum(count) AS rows FROM rollup_minute',
    format: 'JSONEachRow',
  })
  return Number((await result.json<{ rows: string }>())[0]?.rows ?? 0)
}

async function untilVisible(clickhouse: ClickHouseClient, rows: number): Promise<void> {
  const deadline = performance.now() + VISIBLE_MS_MAX
  for (let found = await rowsVisible(clickhouse); found !== rows; found = await rowsVisible(clickhouse)) {
    if (found > rows || performance.now() > deadline)
      throw new Error(`expected ${rows} rows in the rollup, found ${found}`)
    await pause(20)
  }
}

/** Rows a second; only the inserts are timed, not the export. */
async function insertBare(system: BenchSystem, rows: number): Promise<number> {
  let spentMs = 0
  for (let offset = 0; offset < rows; offset += BARE_ROWS) {
    const block = await exportBlock(system.clickhouse, offset)
    const began = performance.now()
    const result = await system.bare.exec({
      query: 'INSERT INTO usage_records FORMAT Native',
      values: Readable.from([block], { objectMode: false }),
      clickhouse_settings: { wait_end_of_query: 1 },
    })
    result.stream.resume()
    await new Promise((resolve, reject) => result.stream.on('end', resolve).on('error', reject))
    spentMs += performance.now() - began
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

function perSecond(events: number, beganMs: number): number {
  return (events / (performance.now() - beganMs)) * 1000
}
