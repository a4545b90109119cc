/** A buffer that grows: what one column, and then one block, is written into. */
export class ByteWriter {
  #bytes: Buffer
  #length = 0

  constructor(capacity = 1 << 16) {
    this.#bytes = Buffer.allocUnsafe(capacity)
  }

  /** What was written, without a copy: valid until the next write. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  uint8(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  uint16(value: number): void {
    this.#reserve(2)
    this.#length = this.#bytes.writeUInt16LE(value, this.#length)
  }

  uint32(value: number): void {
    this.#reserve(4)
    this.#length = this.#bytes.writeUInt32LE(value, this.#length)
  }

  uint64(value: bigint): void {
    this.#reserve(8)
    this.#length = this.#bytes.writeBigUInt64LE(value, this.#length)
  }

  int64(value: bigint): void {
    this.#reserve(8)
    this.#length = this.#bytes.writeBigInt64LE(value, this.#length)
  }

  /** 256 bits, two's complement, little-endian: the integer behind a Decimal(76, s). */
  int256(value: bigint): void {
    this.#reserve(32)
    let rest = value
    for (let word = 0; word < 4; word++) {
      this.#length = this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, rest), this.#length)
      rest >>= 64n
    }
  }

  varuint(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.uint8((rest & 0x7f) | 0x80)
      rest = Math.floor(rest / 128)
    }
    this.uint8(rest)
  }

  string(value: string): void {
    // Three bytes per UTF-16 unit is the most UTF-8 takes; a length below 128 is one byte, written after the text is there.
    const most = value.length * 3
    if (most >= 128) {
      const length = Buffer.byteLength(value)
      this.varuint(length)
      this.#reserve(length)
      this.#length += this.#bytes.write(value, this.#length, length, 'utf8')
      return
    }
    this.#reserve(most + 1)
    const written = most === 0 ? 0 : this.#bytes.write(value, this.#length + 1, most, 'utf8')
    this.#bytes[this.#length] = written
    this.#length += 1 + written
  }

  /** Raw bytes given as hex digits: FixedString. */
  hex(value: string): void {
    this.#reserve(value.length / 2)
    this.#length += this.#bytes.write(value, this.#length, value.length / 2, 'hex')
  }

  append(other: ByteWriter): void {
    const bytes = other.bytes
    this.#reserve(bytes.length)
    this.#length += bytes.copy(this.#bytes, this.#length)
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}

/** How one column of a block is written: its name, its ClickHouse type, and all its values. */
export interface Column<Row> {
  name: string
  type: string
  write(writer: ByteWriter, rows: readonly Row[]): void
}

/**
 * One block of ClickHouse's Native format: columns one after another, no conversion on the server. A group is inserted as one
 * block, because the deduplication token then covers it whole.
 */
export function nativeBlock<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Buffer {
  const writer = new ByteWriter(Math.max(1 << 12, rows.length * columns.length * 8))
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

export const column = {
  uint8: <Row>(name: string, of: Of<Row, number>): Column<Row> =>
    each(name, 'UInt8', (writer, row) => writer.uint8(of(row))),
  int8: <Row>(name: string, type: string, of: Of<Row, number>): Column<Row> =>
    each(name, type, (writer, row) => writer.uint8(of(row))),
  uint16: <Row>(name: string, of: Of<Row, number>): Column<Row> =>
    each(name, 'UInt16', (writer, row) => writer.uint16(of(row))),
  uint32: <Row>(name: string, of: Of<Row, number>): Column<Row> =>
    each(name, 'UInt32', (writer, row) => writer.uint32(of(row))),
  uint64: <Row>(name: string, of: Of<Row, bigint>): Column<Row> =>
    each(name, 'UInt64', (writer, row) => writer.uint64(of(row))),
  /** Microseconds since the epoch. */
  instant: <Row>(name: string, of: Of<Row, bigint>): Column<Row> =>
    each(name, "DateTime64(6, 'UTC')", (writer, row) => writer.int64(of(row))),
  /** A quantity times 10^30. */
  decimal: <Row>(name: string, of: Of<Row, bigint>): Column<Row> =>
    each(name, 'Decimal(76, 30)', (writer, row) => writer.int256(of(row))),
  string: <Row>(name: string, of: Of<Row, string>): Column<Row> =>
    each(name, 'String', (writer, row) => writer.string(of(row))),
  hex16: <Row>(name: string, of: Of<Row, string>): Column<Row> =>
    each(name, 'FixedString(16)', (writer, row) => writer.hex(of(row))),
  lowCardinality,
  stringMap,
}

function each<Row>(name: string, type: string, one: (writer: ByteWriter, row: Row) => void): Column<Row> {
  return {
    name,
    type,
    write(writer, rows) {
      for (const row of rows) one(writer, row)
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
      const indexes = new Map<string, number>()
      const keys = new ByteWriter(1 << 10)
      const positions = rows.map((row) => {
        const text = of(row)
        const known = indexes.get(text)
        if (known !== undefined) return known
        keys.string(text)
        indexes.set(text, indexes.size)
        return indexes.size - 1
      })
      const isWide = indexes.size > UINT16_KEYS_MAX
      writer.uint64(LOW_CARDINALITY_VERSION)
      writer.uint64(OWN_KEYS | (isWide ? 2n : 1n))
      writer.uint64(BigInt(indexes.size))
      writer.append(keys)
      writer.uint64(BigInt(rows.length))
      for (const position of positions) isWide ? writer.uint32(position) : writer.uint16(position)
    },
  }
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
      for (const row of rows) for (const [key] of of(row)) writer.string(key)
      for (const row of rows) for (const [, value] of of(row)) writer.string(value)
    },
  }
}
