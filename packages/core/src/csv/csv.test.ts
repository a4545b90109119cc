import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CsvCellKind, CsvSyntaxError, csvReader, csvRecord, isRiskyText, readCsv } from './index.ts'

/** What somebody who wants to break out of a cell would send, and anything else. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('"', ',', '\r', '\n', "'", '=', '+', '-', '@', '\t', ';', ' ', '\u00a0', '\ufeff', '1', '＝'),
  }),
  fc.constantFrom(
    "=cmd|' /C calc'!A0",
    '-2+3+cmd',
    '@SUM(1+1)',
    '\t=1',
    '\r=1',
    ' =1',
    '\u200b=1',
    "'=1",
    "'",
    '',
    '＝1',
    '"=1"',
  ),
)
const numbers = fc
  .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.bigInt({ min: 0n, max: 10n ** 30n }))
  .map(([whole, fraction]) => `${whole}.${fraction}`)
const column = fc.oneof(
  fc.record({ kind: fc.constant<CsvCellKind>('text'), cell: fc.option(hostile) }),
  fc.record({ kind: fc.constant<CsvCellKind>('number'), cell: fc.option(numbers) }),
)
const tables = fc.array(fc.array(column, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 })

const written = (table: { kind: CsvCellKind; cell: string | null }[][]) =>
  table
    .map((row) =>
      csvRecord(
        row.map(({ cell }) => cell),
        row.map(({ kind }) => kind),
      ),
    )
    .join('')
/** What a reader that knows RFC 4180 and nothing of our guard finds in the cells. */
const asOthersRead = (text: string) =>
  readCsv(text.replaceAll("'", "''")).map((row) => row.map((cell) => cell?.replaceAll("''", "'")))

describe('CSV', () => {
  test('what was written is read back, cell for cell, however hostile', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const cells = table.map((row) => row.map(({ cell }) => cell))
        // one null cell alone would be an empty line: it is written as the empty text
        const expected = cells.map((row) => (row.length === 1 && row[0] === null ? [''] : row))
        expect(readCsv(written(table))).toEqual(expected)
      }),
    )
  })

  test('is read the same in pieces cut anywhere', () => {
    fc.assert(
      fc.property(tables, fc.array(fc.nat(40), { minLength: 1 }), (table, cuts) => {
        const text = written(table)
        const reader = csvReader()
        const records: (string | null)[][] = []
        for (let at = 0, i = 0; at < text.length; i++) {
          const length = 1 + (cuts[i % cuts.length] as number)
          records.push(...reader.push(text.slice(at, at + length)))
          at += length
        }
        expect([...records, ...reader.end()]).toEqual(readCsv(text))
      }),
    )
  })

  test('no cell of text begins as a formula does, and no cell of numbers is anything but a number', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const rows = asOthersRead(written(table))
        for (const [i, row] of table.entries()) {
          for (const [j, { kind }] of row.entries()) {
            const cell = rows[i]?.[j] ?? ''
            if (kind === 'number') expect(cell).toMatch(/^(?:|-?\d+(?:\.\d+)?)$/)
            else expect(cell).not.toMatch(/^(?:[\s\u200b\ufeff]*[=+\-@]|[\t\r])/)
          }
        }
      }),
    )
  })

  test('text that only looks like a formula further in stays as it is', () => {
    expect(csvRecord(['a=1', 'kvs-reads', '1-2', null, ''], ['text', 'text', 'text', 'text', 'text'])).toBe(
      'a=1,kvs-reads,1-2,,""\r\n',
    )
    for (const text of ['=1', '+1', '-1', '@x', '\tx', '\rx', '  =1', '\u200b-1', '＝1'])
      expect(isRiskyText(text), text).toBe(true)
    for (const text of ['a', '1=1', "'", '"=1"', '', '{"a":1}']) expect(isRiskyText(text), text).toBe(false)
  })

  test('a number column refuses everything that is no plain number', () => {
    for (const text of ['=1', '1e5', '+1', '', ' 1', '1.', '.5', '1,5', '-', 'NaN', '1\n']) {
      expect(() => csvRecord([text], ['number']), text).toThrow(RangeError)
    }
    expect(csvRecord(['-0.5', null], ['number', 'number'])).toBe('-0.5,\r\n')
  })

  test('a broken text is refused with its line', () => {
    for (const text of ['a,"b', 'a,"b"c\n', 'a,b"c\n', 'a\rb\n', 'a\r']) {
      expect(() => readCsv(text), JSON.stringify(text)).toThrow(CsvSyntaxError)
    }
    expect(() => readCsv('a,b\n"x\ny"z')).toThrow(/^line 3:/)
  })
})
