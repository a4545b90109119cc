import { type EncodedPiece, type ExportInput, type ExportStream, exportStream } from './export-stream.ts'

/** Lines are joined up to this many characters before they become bytes and are handed on. */
const PIECE_CHARACTERS = 65_536

/** Rows as JSON, one a line. Decimals and integers are texts, as everywhere in our JSON; what has no value is null. Holds one piece at a time. */
export function encodeNdjson(input: ExportInput): ExportStream {
  return exportStream(input, pieces(input))
}

async function* pieces({ columns, rows }: ExportInput): AsyncGenerator<EncodedPiece> {
  let text = ''
  let count = 0
  for await (const row of rows) {
    text += `${JSON.stringify(Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null])))}\n`
    count++
    if (text.length < PIECE_CHARACTERS) continue
    yield { bytes: Buffer.from(text), rows: count }
    text = ''
    count = 0
  }
  if (text !== '') yield { bytes: Buffer.from(text), rows: count }
}
