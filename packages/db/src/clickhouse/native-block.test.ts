import { Readable } from 'node:stream'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ClickHouseClient, createClickHouse } from './client.ts'
import { NativeBlock } from './native-block.ts'

let database: TestDatabase
let client: ClickHouseClient
beforeAll(async () => {
  database = await createTestDatabase()
  client = createClickHouse(database.clickhouse.url)
  await client.command({
    query: `CREATE TABLE every_type (
      n UInt32, u8 UInt8, u16 UInt16, u32 UInt32, u64 UInt64, verdict Enum8('low' = -128, 'none' = 0, 'high' = 127),
      at DateTime64(6, 'UTC'), quantity Decimal(76, 30), text String, low LowCardinality(String),
      identity FixedString(16), dims Map(LowCardinality(String), String)
    ) ENGINE = MergeTree ORDER BY n`,
  })
})
afterAll(async () => {
  await client.close()
  await database.drop()
})

interface Row {
  u8: number
  u16: number
  u32: number
  u64: bigint
  verdict: number
  at: bigint
  quantity: bigint
  text: string
  low: string
  identity: string
  dims: [string, string][]
}

const ENUM = "Enum8('low' = -128, 'none' = 0, 'high' = 127)"
function blockOf(rows: readonly (Row & { n: number })[]): NativeBlock {
  const block = new NativeBlock(rows.length)
  const columns = {
    n: block.uint32('n'),
    u8: block.uint8('u8'),
    u16: block.uint16('u16'),
    u32: block.uint32('u32'),
    u64: block.uint64('u64'),
    verdict: block.uint8('verdict', ENUM),
    at: block.instant('at'),
    quantity: block.decimal('quantity'),
    text: block.string('text'),
    low: block.lowCardinality('low'),
    identity: block.hex16('identity'),
    dims: block.stringMap('dims'),
  }
  for (const row of rows) {
    columns.n.add(row.n)
    columns.u8.add(row.u8)
    columns.u16.add(row.u16)
    columns.u32.add(row.u32)
    columns.u64.add(row.u64)
    columns.verdict.add(row.verdict)
    columns.at.add(row.at)
    columns.quantity.add(row.quantity)
    columns.text.add(row.text)
    columns.low.add(row.low)
    columns.identity.add(row.identity)
    columns.dims.add(row.dims)
  }
  return block
}

/** Writes the rows as one block and reads them back through JSON, which shares nothing with it. */
async function writeAndRead(rows: readonly Row[]): Promise<Row[]> {
  await client.command({ query: 'TRUNCATE TABLE every_type' })
  await insert(blockOf(rows.map((row, n) => ({ ...row, n }))))
  const result = await client.query({
    query: `SELECT u8, u16, u32, toString(u64) AS u64, toInt8(verdict) AS verdict, toString(toUnixTimestamp64Micro(at)) AS at,
      toString(reinterpretAsInt256(quantity)) AS quantity, base64Encode(text) AS text, base64Encode(toString(low)) AS low,
      lower(hex(identity)) AS identity,
      arrayMap((k, v) -> (base64Encode(toString(k)), base64Encode(v)), mapKeys(dims), mapValues(dims)) AS dims
      FROM every_type ORDER BY n`,
    format: 'JSONEachRow',
  })
  const found = await result.json<
    Omit<Row, 'u64' | 'at' | 'quantity'> & { u64: string; at: string; quantity: string }
  >()
  return found.map((row) => ({
    ...row,
    u64: BigInt(row.u64),
    at: BigInt(row.at),
    quantity: BigInt(row.quantity),
    text: textOf(row.text),
    low: textOf(row.low),
    dims: row.dims.map(([key, value]) => [textOf(key), textOf(value)]),
  }))
}

async function insert(block: NativeBlock): Promise<void> {
  const { stream } = await client.exec({
    query: `INSERT INTO every_type (${block.names.join(', ')}) FORMAT Native`,
    values: Readable.from(block.pieces(), { objectMode: false }),
  })
  for await (const _ of stream) {
    // drained: the server has answered
  }
}

const textOf = (base64: string) => Buffer.from(base64, 'base64').toString('utf8')

/** Around the lengths where a length takes another byte, and where the writer counts bytes before it writes. */
const lengths = fc.constantFrom(0, 1, 41, 42, 43, 127, 128, 129, 16_383, 16_384, 70_000)
const texts = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(lengths, fc.constantFrom('a', 'ü', '✓', '🎉', '\0')).map(([n, unit]) => unit.repeat(n)),
  },
)
const shortTexts = fc.oneof(fc.constantFrom('', 'a', 'ü', 'production'), fc.string({ unit: 'grapheme', maxLength: 20 }))
const ABOVE = 10n ** 76n
const rows: fc.Arbitrary<Row> = fc.record({
  u8: fc.nat(255),
  u16: fc.nat(65_535),
  u32: fc.integer({ min: 0, max: 4_294_967_295 }),
  u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  verdict: fc.constantFrom(-128, 0, 127),
  at: fc.bigInt({ min: -2_208_988_800_000_000n, max: 9_214_646_399_999_999n }),
  quantity: fc.oneof(
    fc.bigInt({ min: -ABOVE + 1n, max: ABOVE - 1n }),
    fc.constantFrom(0n, 1n, -1n, ABOVE - 1n, -ABOVE + 1n),
  ),
  text: texts,
  low: fc.oneof(shortTexts, texts),
  identity: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  dims: fc.uniqueArray(fc.tuple(shortTexts, texts), { maxLength: 5, selector: ([key]) => key }),
})

const QUIET: Row = {
  u8: 0,
  u16: 0,
  u32: 0,
  u64: 0n,
  verdict: 0,
  at: 0n,
  quantity: 0n,
  text: '',
  low: '',
  identity: '0'.repeat(32),
  dims: [],
}

describe('a block', () => {
  test('of any rows is read by the server as what it says, column by column, to the last bit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 40 }), async (drawn) => {
        expect(await writeAndRead(drawn)).toEqual(drawn.map(wellFormed))
      }),
      { numRuns: 60 },
    )
  })

  test('of more distinct texts than one byte or two can number keeps each of them', async () => {
    for (const distinct of [255, 256, 257, 65_535, 65_536, 65_537, 100_000]) {
      await client.command({ query: 'TRUNCATE TABLE every_type' })
      const block = new NativeBlock(distinct + 10)
      const [number, low] = [block.uint32('n'), block.lowCardinality('low')]
      for (let n = 0; n < distinct + 10; n++) {
        number.add(n)
        low.add(`value-${n % distinct}`)
      }
      await insert(block)
      const result = await client.query({
        query: `SELECT count() AS rows, uniqExact(low) AS distinct, countIf(low = concat('value-', toString(n % {distinct:UInt32}))) AS right FROM every_type`,
        query_params: { distinct },
        format: 'JSONEachRow',
      })
      const expected = { rows: `${distinct + 10}`, distinct: `${distinct}`, right: `${distinct + 10}` }
      expect(await result.json()).toEqual([expected])
    }
  })

  test('that outgrows its first buffers keeps what was written before', async () => {
    const many = Array.from({ length: 20_000 }, (_, n) => ({ ...QUIET, u64: BigInt(n), text: 'x'.repeat(n % 300) }))
    const found = await writeAndRead(many)
    expect(found.map((each) => [each.u64, each.text])).toEqual(many.map((each) => [each.u64, each.text]))
  })

  test('of columns that all rows share says it of each row', async () => {
    await client.command({ query: 'TRUNCATE TABLE every_type' })
    const block = new NativeBlock(3)
    block.uint32('n').fill(7)
    block.uint64('u64').fill(2n ** 63n)
    block.lowCardinality('low').fill('same')
    await insert(block)
    const result = await client.query({
      query: 'SELECT n, toString(u64) AS u64, low FROM every_type',
      format: 'JSONEachRow',
    })
    expect(await result.json()).toEqual(Array(3).fill({ n: 7, u64: `${2n ** 63n}`, low: 'same' }))
  })

  test('with a value too few is never sent: all that follows would be read as something else', () => {
    const block = new NativeBlock(2)
    block.string('text').add('one')
    expect(() => block.pieces()).toThrow('column text: expected 2 values, found 1')
  })
})

/** UTF-8 has no lone surrogates: each becomes the replacement character. */
function wellFormed(row: Row): Row {
  return {
    ...row,
    text: row.text.toWellFormed(),
    low: row.low.toWellFormed(),
    dims: row.dims.map(([key, value]) => [key.toWellFormed(), value.toWellFormed()]),
  }
}
