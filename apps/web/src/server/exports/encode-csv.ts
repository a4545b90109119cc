import { type CsvCellKind, csvRecord } from '@meterbook/core/csv'
import { type EncodedPiece, type ExportInput, type ExportStream, exportStream } from './export-stream.ts'

/** Texts are joined up to this many characters before they become bytes and are handed on. */
const PIECE_CHARACTERS = 65_536

/**
 * Rows as CSV: RFC 4180 with CRLF, UTF-8 without BOM, a header, null as nothing between the commas, texts guarded against being formulas
 * (see core/csv). Holds one piece at a time. The bytes throw RangeError for a number that is none.
 */
export function encodeCsv(input: ExportInput): ExportStream {
  return exportStream(input, csvPieces(input))
}

async function* csvPieces({ columns, rows }: ExportInput): AsyncGenerator<EncodedPiece> {
  const names = columns.map(({ name }) => name)
  const kinds = columns.map(({ kind }): CsvCellKind => (kind === 'decimal' || kind === 'integer' ? 'number' : 'text'))
  let text = csvRecord(
    names,
    names.map(() => 'text'),
  )
  let count = 0
  for await (const row of rows) {
    text += csvRecord(
      names.map((name) => row[name] ?? null),
      kinds,
    )
    count++
    if (text.length >= PIECE_CHARACTERS) {
      yield { bytes: Buffer.from(text), rows: count }
      text = ''
      count = 0
    }
  }
  if (text !== '') yield { bytes: Buffer.from(text), rows: count }
}
