import { constants, zstdCompressSync } from 'node:zlib'
import { parseInstant } from '@meterbook/core/kernel'
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer'
import {
  type EncodedPiece,
  type ExportColumn,
  type ExportInput,
  type ExportKind,
  type ExportRow,
  type ExportStream,
  exportStream,
} from './export-stream.ts'

/**
 * A row group is full at so many cells or characters, whichever comes first: it is what is held in memory, and what is encoded before
 * anybody else has a turn (about a tenth of a second).
 */
const GROUP_CELLS = 100_000
const GROUP_CHARACTERS = 4_000_000
/** Of a text column that has no two equal values among its first ones, no dictionary is made: finding out costs more than all the rest. */
const DISTINCT_LOOKED_AT = 500
const BIGINT_64_MAX = 2n ** 63n - 1n

/**
 * Rows as Parquet. Decimals are UTF-8 texts: amounts have up to 90 digits after the point, and no reader has a decimal type that wide; a
 * sum that must be exact casts them itself. Instants are INT64 microseconds in UTC, integers INT64. Every column may be null.
 * The file's own metadata says the kinds of columns, the ledger sequence and when it was taken, under keys that begin with `meterbook.`.
 * Holds one row group at a time. The bytes throw RangeError for an instant or integer that is none.
 */
export function encodeParquet(input: ExportInput): ExportStream {
  return exportStream(input, parquetPieces(input))
}

async function* parquetPieces(input: ExportInput): AsyncGenerator<EncodedPiece> {
  const { columns } = input
  const bytes = new ByteWriter()
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaOf(columns),
    // The platform's own: Snappy in script takes ten times as long for hashes, which it cannot make smaller, and files twice the size.
    codec: 'ZSTD',
    compressors: { ZSTD: zstd },
    kvMetadata: metadataOf(input),
    createdBy: 'meterbook',
  })
  let group = emptyGroup(columns)
  for await (const row of input.rows) {
    addRow(group, columns, row)
    if (group.rows * columns.length < GROUP_CELLS && group.characters < GROUP_CHARACTERS) continue
    yield await writeGroup(group, { columns, writer, bytes })
    group = emptyGroup(columns)
  }
  if (group.rows > 0) yield await writeGroup(group, { columns, writer, bytes })
  await writer.finish()
  yield { bytes: taken(bytes), rows: 0 }
}

function zstd(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })
}

interface Group {
  rows: number
  characters: number
  /** by column */
  values: (string | bigint | null)[][]
}

function emptyGroup(columns: readonly ExportColumn[]): Group {
  return { rows: 0, characters: 0, values: columns.map(() => []) }
}

function addRow(group: Group, columns: readonly ExportColumn[], row: ExportRow): void {
  for (const [index, { name, kind }] of columns.entries()) {
    const cell = row[name] ?? null
    group.values[index]?.push(cell === null ? null : parquetValue(cell, kind, name))
    if (cell !== null) group.characters += cell.length
  }
  group.rows++
}

function parquetValue(cell: string, kind: ExportKind, name: string): string | bigint {
  if (kind === 'text' || kind === 'decimal') return cell
  if (kind === 'instant') {
    const instant = parseInstant(cell)
    if (instant.ok) return instant.value
  } else if (/^-?\d{1,19}$/.test(cell)) {
    const integer = BigInt(cell)
    if (integer <= BIGINT_64_MAX && integer >= -BIGINT_64_MAX) return integer
  }
  throw new RangeError(`expected an ${kind} in column ${name}, found ${JSON.stringify(cell.slice(0, 40))}`)
}

async function writeGroup(
  group: Group,
  { columns, writer, bytes }: { columns: readonly ExportColumn[]; writer: ParquetWriter; bytes: ByteWriter },
): Promise<EncodedPiece> {
  const columnData = columns.map(({ name, kind }, index) => ({
    name,
    data: group.values[index] ?? [],
    // The least text of a group tells a reader nothing, least of all of decimals, and to find it costs a quarter of the time.
    statistics: kind === 'instant' || kind === 'integer',
    ...(isDistinct(group.values[index] ?? []) && { encoding: 'PLAIN' as const }),
  }))
  await writer.write({ columnData, rowGroupSize: group.rows })
  return { bytes: taken(bytes), rows: group.rows }
}

function isDistinct(values: readonly unknown[]): boolean {
  const looked = values.slice(0, DISTINCT_LOOKED_AT)
  return looked.length === DISTINCT_LOOKED_AT && new Set(looked).size === looked.length
}

/** What was written since the last time. The writer goes on counting its offset, but its buffer starts over. */
function taken(bytes: ByteWriter): Uint8Array {
  const piece = bytes.getBytes().slice()
  bytes.index = 0
  return piece
}

function schemaOf(columns: readonly ExportColumn[]): SchemaElement[] {
  return [
    { name: 'root', num_children: columns.length },
    ...columns.map(({ name, kind }): SchemaElement => ({ name, repetition_type: 'OPTIONAL', ...TYPES[kind] })),
  ]
}

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const
const TYPES: Record<ExportKind, Omit<SchemaElement, 'name'>> = {
  text: TEXT,
  decimal: TEXT,
  integer: { type: 'INT64' },
  instant: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
  },
}

function metadataOf({ columns, ledgerSequence, takenAt }: ExportInput) {
  return [
    { key: 'meterbook.columns', value: JSON.stringify(columns) },
    { key: 'meterbook.ledgerSequence', value: ledgerSequence },
    { key: 'meterbook.takenAt', value: takenAt },
  ]
}
