import { ByteWriter } from './byte-writer.ts'

/** How one column of a block is written: its name, its ClickHouse type, and all its values. */
export interface Column<Row> {
  name: string
  type: string
  write(writer: ByteWriter, rows: readonly Row[]): void
}

/** What a value takes on average, so that a block is seldom copied to grow. */
const COLUMN_BYTES = 9

/**
 * One block of ClickHouse's Native format: columns one after another, no conversion on the server. A group is inserted as one
 * block, because the deduplication token then covers it whole.
 */
export function nativeBlock<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Buffer {
  const writer = new ByteWriter(Math.max(1 << 12, rows.length * columns.length * COLUMN_BYTES))
  writer.varuint(columns.length)
  writer.varuint(rows.length)
  for (const column of columns) {
    writer.string(column.name)
    writer.string(column.type)
    column.write(writer, rows)
  }
  return writer.bytes
}

type Of<Row, Value> = (row: Row) => Value

/** `of` may be the value itself, where all rows have the same. */
export const column = {
  uint8: <Row>(name: string, of: Of<Row, number>): Column<Row> =>
    each(name, 'UInt8', of, (writer, value) => writer.uint8(value)),
  int8: <Row>(name: string, type: string, of: Of<Row, number>): Column<Row> =>
    each(name, type, of, (writer, value) => writer.uint8(value)),
  uint16: <Row>(name: string, of: number | Of<Row, number>): Column<Row> =>
    each(name, 'UInt16', of, (writer, value) => writer.uint16(value)),
  uint32: <Row>(name: string, of: number | Of<Row, number>): Column<Row> =>
    each(name, 'UInt32', of, (writer, value) => writer.uint32(value)),
  uint64: <Row>(name: string, of: bigint | Of<Row, bigint>): Column<Row> =>
    each(name, 'UInt64', of, (writer, value) => writer.uint64(value)),
  /** Microseconds since the epoch. */
  instant: <Row>(name: string, of: Of<Row, bigint>): Column<Row> =>
    each(name, "DateTime64(6, 'UTC')", of, (writer, value) => writer.int64(value)),
  /** A quantity times 10^30. */
  decimal: <Row>(name: string, of: Of<Row, bigint>): Column<Row> =>
    each(name, 'Decimal(76, 30)', of, (writer, value) => writer.int256(value)),
  string: <Row>(name: string, of: Of<Row, string>): Column<Row> =>
    each(name, 'String', of, (writer, value) => writer.string(value)),
  hex16,
  lowCardinality,
  stringMap,
}

function each<Row, Value extends number | bigint | string>(
  name: string,
  type: string,
  of: Value | Of<Row, Value>,
  one: (writer: ByteWriter, value: Value) => void,
): Column<Row> {
  return {
    name,
    type,
    write(writer, rows) {
      if (typeof of !== 'function') writer.repeat(rows.length, () => one(writer, of))
      else for (let i = 0; i < rows.length; i++) one(writer, of(rows[i] as Row))
    },
  }
}

const HEX_ROWS = 1_000

/** FixedString(16), given as hex digits: many rows in one call, because each call costs more than its bytes. */
function hex16<Row>(name: string, of: Of<Row, string>): Column<Row> {
  return {
    name,
    type: 'FixedString(16)',
    write(writer, rows) {
      for (let from = 0; from < rows.length; from += HEX_ROWS) {
        writer.hex(
          rows
            .slice(from, from + HEX_ROWS)
            .map(of)
            .join(''),
        )
      }
    },
  }
}

const LOW_CARDINALITY_VERSION = 1n
/** The block brings its own keys (0x200) and the dictionary is to be updated (0x400); the low byte says how wide an index is. */
const OWN_KEYS = 0x600n
const UINT16_KEYS_MAX = 65_535

function lowCardinality<Row>(name: string, of: Of<Row, string>): Column<Row> {
  return {
    name,
    type: 'LowCardinality(String)',
    write(writer, rows) {
      if (rows.length === 0) return
      const keys = new ByteWriter(1 << 10)
      const { positions, count } = indexOf(rows, of, keys)
      const isWide = count > UINT16_KEYS_MAX
      writer.uint64(LOW_CARDINALITY_VERSION)
      writer.uint64(OWN_KEYS | (isWide ? 2n : 1n))
      writer.uint64(BigInt(count))
      writer.append(keys)
      writer.uint64(BigInt(rows.length))
      for (const position of positions) isWide ? writer.uint32(position) : writer.uint16(position)
    },
  }
}

/** Each row's place among the distinct texts, which are written to `keys`. Neighbours are often equal. */
function indexOf<Row>(
  rows: readonly Row[],
  of: Of<Row, string>,
  keys: ByteWriter,
): { positions: Uint32Array; count: number } {
  const indexes = new Map<string, number>()
  const positions = new Uint32Array(rows.length)
  let last: string | undefined
  let lastIndex = 0
  for (let row = 0; row < rows.length; row++) {
    const text = of(rows[row] as Row)
    if (text !== last) {
      last = text
      const known = indexes.get(text)
      lastIndex = known ?? indexes.size
      if (known === undefined) {
        keys.string(text)
        indexes.set(text, lastIndex)
      }
    }
    positions[row] = lastIndex
  }
  return { positions, count: indexes.size }
}

/** Sent as Map(String, String): the server makes it Map(LowCardinality(String), String). */
function stringMap<Row>(name: string, of: Of<Row, readonly (readonly [string, string])[]>): Column<Row> {
  return {
    name,
    type: 'Map(String, String)',
    write(writer, rows) {
      let end = 0
      for (const row of rows) {
        end += of(row).length
        writer.uint64(BigInt(end))
      }
      for (const row of rows) for (const entry of of(row)) writer.string(entry[0])
      for (const row of rows) for (const entry of of(row)) writer.string(entry[1])
    },
  }
}
