import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { readCsv } from '@meterbook/core/csv'
import { BILLING_PERIOD, COST_AND_USAGE, columnNames } from '@meterbook/core/focus'
import { type ClickHouseClient, createClickHouse } from '@meterbook/db/clickhouse'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeCsv } from './encode-csv.ts'
import { encodeParquet } from './encode-parquet.ts'
import type { ExportColumn, ExportInput, ExportRow, ExportStream } from './export-stream.ts'
import { focusColumns } from './focus-columns.ts'

const columns: ExportColumn[] = [
  { name: 'at', kind: 'instant' },
  { name: 'name', kind: 'text' },
  { name: 'amount', kind: 'decimal' },
  { name: 'sequence', kind: 'integer' },
]
const rows: ExportRow[] = [
  { at: '2026-07-01T00:00:00.000001Z', name: '=1+1', amount: '-0.00231', sequence: '1' },
  { at: null, name: null, amount: null, sequence: null },
  {
    at: '2026-07-31T23:59:59Z',
    name: 'Zoë "42", a;b\nc',
    amount: `1.${'0'.repeat(88)}25`,
    sequence: '9007199254740993',
  },
  { at: '1999-12-31T00:00:00Z', name: "'", amount: '0', sequence: '-1' },
]
const input = (given: Partial<ExportInput> = {}): ExportInput => ({
  columns,
  rows,
  ledgerSequence: '42',
  takenAt: '2026-08-09T00:00:00Z',
  ...given,
})

async function bytesOf(stream: ExportStream): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream.bytes) pieces.push(piece)
  return Buffer.concat(pieces)
}

function* generated(count: number): Generator<ExportRow> {
  for (let i = 0; i < count; i++) {
    yield {
      at: '2026-07-01T00:00:00Z',
      name: `app ${i % 97}`,
      amount: `${i}.000000000000000000000001`,
      sequence: `${i}`,
    }
  }
}

/** Runs an encoder in a thread that ends with ERR_WORKER_OUT_OF_MEMORY when its heap holds more than a part of the rows. */
function inSmallHeap(module: string, name: string): Promise<{ rows: number; buffersMax: number }> {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads')
    import(workerData.module).then(async (encoders) => {
      const columns = [{ name: 'text', kind: 'text' }, { name: 'at', kind: 'instant' }]
      function* rows() {
        for (let i = 0; i < 100_000; i++) yield { text: String(i).padEnd(1_000, '.'), at: '2026-07-01T00:00:00Z' }
      }
      const stream = encoders[workerData.name]({ columns, rows: rows(), ledgerSequence: '1', takenAt: '2026-07-01T00:00:00Z' })
      let buffersMax = 0
      for await (const piece of stream.bytes) buffersMax = Math.max(buffersMax, process.memoryUsage().arrayBuffers)
      parentPort.postMessage({ rows: stream.manifest().rows, buffersMax })
    })`
  const worker = new Worker(code, {
    eval: true,
    workerData: { module, name },
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 8 },
  })
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

let database: TestDatabase
let clickhouse: ClickHouseClient
beforeAll(async () => {
  database = await createTestDatabase()
  clickhouse = createClickHouse(database.clickhouse.url)
})
afterAll(async () => {
  await clickhouse.close()
  await database.drop()
})

/** What a Parquet reader that is not ours finds in the file. */
async function readParquet(bytes: Buffer, structure: string): Promise<Record<string, string | null>[]> {
  await clickhouse.command({ query: `CREATE OR REPLACE TABLE parquet_file (${structure}) ENGINE = Memory` })
  const url = new URL(database.clickhouse.url)
  const headers = { authorization: `Basic ${btoa(`${url.username}:${url.password}`)}` }
  const target = new URL(`?database=${url.pathname.slice(1)}&query=INSERT+INTO+parquet_file+FORMAT+Parquet`, url.origin)
  const answer = await fetch(target, { method: 'POST', body: new Uint8Array(bytes), headers })
  expect(await answer.text()).toBe('')
  const found = await clickhouse.query({ query: 'SELECT * FROM parquet_file', format: 'JSONEachRow' })
  return found.json()
}

const STRUCTURE =
  "at Nullable(DateTime64(6, 'UTC')), name Nullable(String), amount Nullable(String), sequence Nullable(Int64)"

describe('an export', () => {
  it('as CSV is read back as it was, with nothing in it that a spreadsheet would calculate', async () => {
    const text = (await bytesOf(encodeCsv(input()))).toString()
    expect(readCsv(text)).toEqual([
      columns.map(({ name }) => name),
      ...rows.map((row) => columns.map(({ name }) => row[name])),
    ])
    expect(text).toContain("'=1+1")
    expect(text.split('\r\n')[2]).toBe(',,,')
  })

  it('as Parquet is read by ClickHouse to the last digit and microsecond', async () => {
    const found = await readParquet(await bytesOf(encodeParquet(input())), STRUCTURE)
    expect(found).toEqual(
      rows.map((row) => ({
        ...row,
        at:
          row.at === null
            ? null
            : row.at
                ?.replace('T', ' ')
                .replace('Z', '')
                .replace(/:(\d\d)$/, ':$1.000000'),
      })),
    )
  })

  it.each([
    ['CSV', encodeCsv],
    ['Parquet', encodeParquet],
  ])('as %s has a manifest of exactly the bytes that were taken', async (_, encode) => {
    const stream = encode(input({ rows: generated(10_000) }))
    expect(() => stream.manifest()).toThrow(RangeError)
    const bytes = await bytesOf(stream)
    expect(stream.manifest()).toEqual({
      rows: 10_000,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      ledgerSequence: '42',
      takenAt: '2026-08-09T00:00:00Z',
      columns,
    })
  })

  it('of no rows is still a file with its columns', async () => {
    expect((await bytesOf(encodeCsv(input({ rows: [] })))).toString()).toBe('at,name,amount,sequence\r\n')
    expect(await readParquet(await bytesOf(encodeParquet(input({ rows: [] }))), STRUCTURE)).toEqual([])
  })

  it('of several row groups loses no row between them', async () => {
    const found = await readParquet(await bytesOf(encodeParquet(input({ rows: generated(60_001) }))), STRUCTURE)
    expect(found.map(({ sequence }) => Number(sequence)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 60_001 }, (_, index) => index),
    )
  })

  it.each([
    ['CSV', encodeCsv],
    ['Parquet', encodeParquet],
  ])('as %s asks for no more rows than the reader has room for', async (_, encode) => {
    let taken = 0
    function* endless(): Generator<ExportRow> {
      for (const row of generated(1_000_000)) {
        taken++
        yield row
      }
    }
    const { bytes } = encode(input({ rows: endless() }))
    await bytes.next()
    await bytes.return()
    expect(taken).toBeLessThan(50_000)
  })

  it.each([
    ['CSV', './encode-csv.ts', 'encodeCsv'],
    ['Parquet', './encode-parquet.ts', 'encodeParquet'],
  ])('as %s of 100,000 rows and 100 MB is written in a heap that could not hold it', async (_, file, name) => {
    const result = await inSmallHeap(new URL(file, import.meta.url).href, name)
    expect(result).toMatchObject({ rows: 100_000 })
    expect(result.buffersMax).toBeLessThan(64 * 1_048_576)
  })

  it('refuses what is not of its column instead of writing something else', async () => {
    await expect(bytesOf(encodeCsv(input({ rows: [{ amount: '1e5' }] })))).rejects.toThrow(RangeError)
    const wrong: ExportRow[] = [{ at: 'yesterday' }, { sequence: '1.5' }, { sequence: '9223372036854775808' }]
    for (const row of wrong) {
      await expect(bytesOf(encodeParquet(input({ rows: [row] })))).rejects.toThrow(RangeError)
    }
  })

  it('of FOCUS has instants and numbers where FOCUS has them', () => {
    const kinds = new Map(
      focusColumns([...columnNames(COST_AND_USAGE, { hasTags: true }), 'RegionId'], COST_AND_USAGE).map(
        ({ name, kind }) => [name, kind],
      ),
    )
    expect(kinds.get('BilledCost')).toBe('decimal')
    expect(kinds.get('ChargePeriodStart')).toBe('instant')
    expect(kinds.get('x_LedgerSequenceLast')).toBe('integer')
    expect(kinds.get('RegionId')).toBe('text')
    expect(focusColumns(columnNames(BILLING_PERIOD, { hasTags: true }), BILLING_PERIOD)).toHaveLength(6)
  })
})
