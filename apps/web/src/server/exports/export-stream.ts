// Exports: rows to the bytes of a file, CSV or Parquet, while they come.
// Promises: as many rows as there are in bounded memory, no faster than the bytes are taken, and a manifest that says what was written.
// Does not know: routes, who may read, what the columns mean.
import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'

/** text: as it is. decimal, integer: plain numbers. instant: RFC 3339. All of them as texts in the rows. */
export type ExportKind = 'text' | 'decimal' | 'integer' | 'instant'

export interface ExportColumn {
  name: string
  kind: ExportKind
}

/** Values by column name; null and a name that is missing are both no value. */
export type ExportRow = Readonly<Record<string, string | null>>

export interface ExportInput {
  columns: readonly ExportColumn[]
  rows: AsyncIterable<ExportRow> | Iterable<ExportRow>
  /** the last entry of the space's chain that the rows hold */
  ledgerSequence: string
  /** RFC 3339, UTC */
  takenAt: string
}

/** What was written. sha256: 64 hex digits, of the bytes. */
export interface ExportManifest {
  rows: number
  bytes: number
  sha256: string
  ledgerSequence: string
  takenAt: string
  columns: readonly ExportColumn[]
}

/** The bytes of a file, once. They are made as they are asked for. */
export interface ExportStream {
  bytes: AsyncGenerator<Uint8Array, void, undefined>
  /** Throws RangeError before the last byte was taken: what is not whole has no checksum. */
  manifest(): ExportManifest
}

/** Pieces of a file, and how many rows went into each. */
export type EncodedPiece = { bytes: Uint8Array; rows: number }

/** Counts and hashes what an encoder makes. */
export function exportStream(input: ExportInput, pieces: AsyncIterable<EncodedPiece>): ExportStream {
  const hash = createHash('sha256')
  const counted = { rows: 0, bytes: 0 }
  let sha256: string | null = null
  async function* measured() {
    for await (const piece of pieces) {
      counted.rows += piece.rows
      counted.bytes += piece.bytes.length
      hash.update(piece.bytes)
      yield piece.bytes
      // Rows that are there already would never let other requests have their turn.
      await turn()
    }
    sha256 = hash.digest('hex')
  }
  const { columns, ledgerSequence, takenAt } = input
  return {
    bytes: measured(),
    manifest() {
      if (sha256 === null) throw new RangeError('expected the manifest to be asked for after the last byte')
      return { ...counted, sha256, ledgerSequence, takenAt, columns }
    },
  }
}
