/** `number`: only the text of a plain decimal number or nothing; it goes out as it is. `text`: anything, guarded. */
export type CsvCellKind = 'text' | 'number'

/**
 * One record: cells joined by commas, ended by CRLF (RFC 4180). null is nothing between the commas, the empty text is `""`.
 *
 * A text that a spreadsheet could take for a formula gets an apostrophe in front, and so does a text that begins with an apostrophe,
 * so that readCsv takes off exactly what was put on. Throws RangeError for a number that is none: a column of numbers is not guarded, so
 * nothing else may stand in it.
 * @param cells as many as there are kinds
 */
export function csvRecord(cells: readonly (string | null)[], kinds: readonly CsvCellKind[]): string {
  if (cells.length !== kinds.length) throw new RangeError(`expected ${kinds.length} cells, found ${cells.length}`)
  let record = ''
  for (let i = 0; i < cells.length; i++) {
    if (i > 0) record += ','
    const cell = cells[i] as string | null
    if (cell !== null) record += kinds[i] === 'number' ? number(cell, i) : quoted(guarded(cell))
  }
  // A record of one empty cell would be an empty line, which readers skip.
  return cells.length === 1 && record === '' ? '""\r\n' : `${record}\r\n`
}

/**
 * True for a text whose first visible character is one that begins a formula (= + - @, also in their full-width forms), or that begins
 * with a tab or a line break: blanks and invisible characters in front are dropped by some spreadsheets before they look.
 */
export function isRiskyText(text: string): boolean {
  return RISKY.test(text)
}

const RISKY = /^(?:[\t\r\n]|[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20])/u
const NUMBER = /^-?\d+(?:\.\d+)?$/
const SPECIAL = /[",\r\n;\t]|^\s|\s$/

/** Nearly every text begins with a letter or a digit of ASCII, which no spreadsheet takes for a formula. */
const PLAIN_START = /^[A-Za-z0-9{]/

function guarded(text: string): string {
  if (PLAIN_START.test(text)) return text
  return text.startsWith("'") || isRiskyText(text) ? `'${text}` : text
}

/** The semicolon and the tab are no separators here, but are where somebody opens the file with another locale: not left bare. */
function quoted(text: string): string {
  if (text === '' || SPECIAL.test(text)) return `"${text.replaceAll('"', '""')}"`
  return text
}

function number(text: string, column: number): string {
  if (!NUMBER.test(text)) {
    throw new RangeError(
      `expected a plain decimal number in column ${column + 1}, found ${JSON.stringify(text.slice(0, 40))}`,
    )
  }
  return text
}
