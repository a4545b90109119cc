import { ByteWriter } from './byte-writer.ts'

/** One column of a block: its ClickHouse type, and the bytes of the values that were added. */
interface Column {
  readonly name: string
  readonly type: string
  bytes(): Buffer[]
}

/**
 * One block of ClickHouse's Native format: columns one after another, no conversion on the server. A group is inserted as one
 * block, because the deduplication token then covers it whole.
 *
 * Columns are filled side by side, in one pass over the rows: each keeps its own bytes, so that adding a value is a store into an array and
 * nothing else. Every column must be given exactly `rows` values.
 */
export class NativeBlock {
  readonly #rows: number
  readonly #columns: Column[] = []

  constructor(rows: number) {
    this.#rows = rows
  }

  get names(): string[] {
    return this.#columns.map(({ name }) => name)
  }

  /** The block, in pieces that need not be joined before they are sent. */
  pieces(): Buffer[] {
    const head = new ByteWriter(16)
    head.varuint(this.#columns.length)
    head.varuint(this.#rows)
    const pieces = [head.bytes]
    for (const column of this.#columns) {
      const name = new ByteWriter(64)
      name.string(column.name)
      name.string(column.type)
      pieces.push(name.bytes, ...column.bytes())
    }
    return pieces
  }

  uint8(name: string, type = 'UInt8'): NumberColumn {
    return this.#with(new NumberColumn(name, type, new Uint8Array(this.#rows)))
  }

  uint16(name: string): NumberColumn {
    return this.#with(new NumberColumn(name, 'UInt16', new Uint16Array(this.#rows)))
  }

  uint32(name: string): NumberColumn {
    return this.#with(new NumberColumn(name, 'UInt32', new Uint32Array(this.#rows)))
  }

  uint64(name: string): BigintColumn {
    return this.#with(new BigintColumn(name, 'UInt64', new BigUint64Array(this.#rows)))
  }

  /** Microseconds since the epoch. */
  instant(name: string): BigintColumn {
    return this.#with(new BigintColumn(name, "DateTime64(6, 'UTC')", new BigInt64Array(this.#rows)))
  }

  /** A quantity times 10^30. */
  decimal(name: string): DecimalColumn {
    return this.#with(new DecimalColumn(name, this.#rows))
  }

  /** Given as 32 hex digits. */
  hex16(name: string): HexColumn {
    return this.#with(new HexColumn(name, this.#rows))
  }

  string(name: string): StringColumn {
    return this.#with(new StringColumn(name, this.#rows))
  }

  lowCardinality(name: string): LowCardinalityColumn {
    return this.#with(new LowCardinalityColumn(name, this.#rows))
  }

  /** Sent as Map(String, String): the server makes it Map(LowCardinality(String), String). */
  stringMap(name: string): StringMapColumn {
    return this.#with(new StringMapColumn(name, this.#rows))
  }

  #with<Made extends Column>(column: Made): Made {
    this.#columns.push(column)
    return column
  }
}

// What typed arrays hold is sent as it lies in memory.
if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1)
  throw new Error('expected a machine that stores the lowest byte first')

class NumberColumn implements Column {
  readonly name: string
  readonly type: string
  readonly #values: Uint8Array | Uint16Array | Uint32Array
  #count = 0

  constructor(name: string, type: string, values: Uint8Array | Uint16Array | Uint32Array) {
    this.name = name
    this.type = type
    this.#values = values
  }

  add(value: number): void {
    this.#values[this.#count++] = value
  }

  /** All rows have the same. */
  fill(value: number): void {
    this.#values.fill(value)
    this.#count = this.#values.length
  }

  bytes(): Buffer[] {
    return [bytesOf(this, this.#values, this.#count)]
  }
}

class BigintColumn implements Column {
  readonly name: string
  readonly type: string
  readonly #values: BigUint64Array | BigInt64Array
  #count = 0

  constructor(name: string, type: string, values: BigUint64Array | BigInt64Array) {
    this.name = name
    this.type = type
    this.#values = values
  }

  add(value: bigint): void {
    this.#values[this.#count++] = value
  }

  fill(value: bigint): void {
    this.#values.fill(value)
    this.#count = this.#values.length
  }

  bytes(): Buffer[] {
    return [bytesOf(this, this.#values, this.#count)]
  }
}

const DECIMAL_WORDS = 4

/** Decimal(76, 30): 256 bits, two's complement. */
class DecimalColumn implements Column {
  readonly name: string
  readonly type = 'Decimal(76, 30)'
  readonly #words: BigInt64Array
  #at = 0
  /** Of the value before: a meter that counts has the same again and again. */
  #value: bigint | null = null

  constructor(name: string, rows: number) {
    this.name = name
    this.#words = new BigInt64Array(rows * DECIMAL_WORDS)
  }

  add(value: bigint): void {
    const words = this.#words
    const at = this.#at
    this.#at += DECIMAL_WORDS
    if (value === this.#value) {
      words.copyWithin(at, at - DECIMAL_WORDS, at)
      return
    }
    this.#value = value
    let rest = value
    for (let word = at; word < at + DECIMAL_WORDS; word++) {
      words[word] = rest // its lowest 64 bits
      // The upper words of most quantities are nothing but the sign.
      if (rest !== 0n && rest !== -1n) rest >>= 64n
    }
  }

  bytes(): Buffer[] {
    return [bytesOf(this, this.#words, this.#at)]
  }
}

const HEX_ROWS = 1_000

/** FixedString(16): many rows in one call, because each call costs more than its bytes. */
class HexColumn implements Column {
  readonly name: string
  readonly type = 'FixedString(16)'
  readonly #digits: string[] = []
  readonly #rows: number

  constructor(name: string, rows: number) {
    this.name = name
    this.#rows = rows
  }

  add(digits: string): void {
    this.#digits.push(digits)
  }

  bytes(): Buffer[] {
    expectRows(this, this.#digits.length, this.#rows)
    const pieces: Buffer[] = []
    for (let from = 0; from < this.#rows; from += HEX_ROWS) {
      pieces.push(Buffer.from(this.#digits.slice(from, from + HEX_ROWS).join(''), 'hex'))
    }
    return pieces
  }
}

/** What a text takes on average, so that a column is seldom copied to grow. */
const TEXT_BYTES = 16

class StringColumn implements Column {
  readonly name: string
  readonly type = 'String'
  readonly #writer: ByteWriter
  readonly #rows: number
  #count = 0

  constructor(name: string, rows: number) {
    this.name = name
    this.#rows = rows
    this.#writer = new ByteWriter(Math.max(64, rows * TEXT_BYTES))
  }

  add(text: string): void {
    this.#count++
    this.#writer.string(text)
  }

  bytes(): Buffer[] {
    expectRows(this, this.#count, this.#rows)
    return [this.#writer.bytes]
  }
}

const LOW_CARDINALITY_VERSION = 1n
/** The block brings its own keys (0x200) and the dictionary is to be updated (0x400); the low byte says how wide an index is. */
const OWN_KEYS = 0x600n
const UINT8_KEYS_MAX = 256
const UINT16_KEYS_MAX = 65_536

class LowCardinalityColumn implements Column {
  readonly name: string
  readonly type = 'LowCardinality(String)'
  readonly #places: Uint32Array
  readonly #indexes = new Map<string, number>()
  readonly #keys = new ByteWriter(1 << 8)
  #count = 0
  #last: string | null = null
  #lastIndex = 0

  constructor(name: string, rows: number) {
    this.name = name
    this.#places = new Uint32Array(rows)
  }

  /** Neighbours are often equal. */
  add(text: string): void {
    if (text !== this.#last) {
      this.#last = text
      this.#lastIndex = this.#indexOf(text)
    }
    this.#places[this.#count++] = this.#lastIndex
  }

  fill(text: string): void {
    this.#places.fill(this.#indexOf(text))
    this.#count = this.#places.length
  }

  bytes(): Buffer[] {
    const places = this.#places
    expectRows(this, this.#count, places.length)
    if (places.length === 0) return []
    const keyCount = this.#indexes.size
    const width = keyCount <= UINT8_KEYS_MAX ? 0n : keyCount <= UINT16_KEYS_MAX ? 1n : 2n
    const narrow = width === 0n ? Uint8Array.from(places) : width === 1n ? Uint16Array.from(places) : places
    const head = new BigUint64Array([LOW_CARDINALITY_VERSION, OWN_KEYS | width, BigInt(keyCount)])
    const rows = new BigUint64Array([BigInt(places.length)])
    return [asBuffer(head), this.#keys.bytes, asBuffer(rows), asBuffer(narrow)]
  }

  #indexOf(text: string): number {
    const known = this.#indexes.get(text)
    if (known !== undefined) return known
    const index = this.#indexes.size
    this.#indexes.set(text, index)
    this.#keys.string(text)
    return index
  }
}

class StringMapColumn implements Column {
  readonly name: string
  readonly type = 'Map(String, String)'
  readonly #ends: BigUint64Array
  readonly #keys: ByteWriter
  readonly #values: ByteWriter
  #count = 0
  #end = 0

  constructor(name: string, rows: number) {
    this.name = name
    this.#ends = new BigUint64Array(rows)
    this.#keys = new ByteWriter(Math.max(64, rows * TEXT_BYTES))
    this.#values = new ByteWriter(Math.max(64, rows * TEXT_BYTES))
  }

  add(entries: readonly (readonly [string, string])[]): void {
    for (const [key, value] of entries) {
      this.#keys.string(key)
      this.#values.string(value)
    }
    this.#end += entries.length
    this.#ends[this.#count++] = BigInt(this.#end)
  }

  bytes(): Buffer[] {
    return [bytesOf(this, this.#ends, this.#count), this.#keys.bytes, this.#values.bytes]
  }
}

type Numbers = Uint8Array | Uint16Array | Uint32Array | BigUint64Array | BigInt64Array

function bytesOf(column: Column, values: Numbers, count: number): Buffer {
  expectRows(column, count, values.length)
  return asBuffer(values)
}

function asBuffer(values: Numbers): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength)
}

/** A row too few or too many would shift all that follows, and the server would read other values without a word. */
function expectRows({ name }: Column, found: number, expected: number): void {
  if (found !== expected) throw new Error(`column ${name}: expected ${expected} values, found ${found}`)
}
