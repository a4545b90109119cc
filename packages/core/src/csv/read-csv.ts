/** The text is not RFC 4180 as we write it. `line` counts line breaks from 1, also those inside quotes. */
export class CsvSyntaxError extends Error {
  readonly line: number

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`)
    this.name = 'CsvSyntaxError'
    this.line = line
  }
}

/** Takes a text in pieces, cut anywhere; memory is one record. */
export interface CsvReader {
  /** The records that this piece completed. Throws CsvSyntaxError. */
  push(piece: string): (string | null)[][]
  /** The last record, if it was not ended by a line break. Throws CsvSyntaxError for an open quote. */
  end(): (string | null)[][]
}

/** All records of a text, the header among them. See csvReader. */
export function readCsv(text: string): (string | null)[][] {
  const reader = csvReader()
  return [...reader.push(text), ...reader.end()]
}

/**
 * Reads what csvRecord writes, and any RFC 4180 text with CRLF or LF: an empty cell without quotes is null, `""` is the empty text, and
 * one apostrophe that guards a text is taken off. Records may differ in length: whoever knows the columns compares.
 */
export function csvReader(): CsvReader {
  let state: 'start' | 'bare' | 'quoted' | 'closed' | 'return' = 'start'
  let cell = ''
  let record: (string | null)[] = []
  let line = 1

  const endCell = (isQuoted: boolean) => {
    record.push(cell === '' && !isQuoted ? null : unguarded(cell))
    cell = ''
    state = 'start'
  }
  const take = (character: string, records: (string | null)[][]) => {
    if (state === 'quoted') {
      if (character === '"') state = 'closed'
      else cell += character
      return
    }
    if (state === 'return' && character !== '\n') throw new CsvSyntaxError(line, 'expected LF after CR')
    if (character === '"') {
      if (state === 'bare') throw new CsvSyntaxError(line, 'expected no quote inside a cell that is not quoted')
      if (state === 'closed') cell += '"'
      state = 'quoted'
    } else if (character === ',') endCell(state === 'closed')
    else if (character === '\n') {
      if (state !== 'return') endCell(state === 'closed')
      state = 'start'
      records.push(record)
      record = []
    } else if (character === '\r') {
      endCell(state === 'closed')
      state = 'return'
    } else {
      if (state === 'closed') throw new CsvSyntaxError(line, 'expected a comma or a line break after a closing quote')
      state = 'bare'
      cell += character
    }
  }

  return {
    push(piece) {
      const records: (string | null)[][] = []
      for (let i = 0; i < piece.length; i++) {
        const character = piece[i] as string
        take(character, records)
        if (character === '\n') line++
      }
      return records
    },
    end() {
      if (state === 'quoted') throw new CsvSyntaxError(line, 'expected a closing quote before the end')
      if (state === 'return') throw new CsvSyntaxError(line, 'expected LF after CR')
      if (state === 'start' && record.length === 0) return []
      endCell(state === 'closed')
      const last = record
      record = []
      return [last]
    },
  }
}

function unguarded(text: string): string {
  return text.startsWith("'") ? text.slice(1) : text
}
