// CSV: RFC 4180 text out of cells, and cells out of RFC 4180 text.
// Promises: what was written is read back, cell for cell; no cell of text can begin as a spreadsheet's formula does.
// Does not know: columns' meaning, files, encodings, how many rows there are.

export { type CsvReader, CsvSyntaxError, csvReader, readCsv } from './read-csv.ts'
export { type CsvCellKind, csvRecord, isRiskyText } from './write-csv.ts'
