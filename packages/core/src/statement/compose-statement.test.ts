import { expect, test } from 'vitest'
import { sha256 } from '../kernel/index.ts'
import { EntryDraft, LedgerEntry } from '../ledger/index.ts'
import { billedOf, closingEntries, composeStatement, linesDigest, minorDigitsOf } from './index.ts'
import { billed, JULY, JUNE, july, term } from './test-statement.ts'

const linesOf = (...input: Parameters<typeof july>) =>
  july(...input).lines.map((line) => [line.kind, line.amount, 'app' in line ? line.quantity : null])

test('entries of one app and capability are one line, exempt ones and corrections their own', () => {
  const entries = [
    billed('0.004'),
    billed('0.5', { app: 'app-0' }),
    billed('0.003'),
    billed('0', { isExempt: true, quantity: '7' }),
    billed('-0.25', { period: JUNE, quantity: '-4' }),
  ]
  const statement = july(entries)
  expect(linesOf(entries)).toEqual([
    ['usage', '0.5', '1'],
    ['usage', '0.007', '2'],
    ['exempt', '0', '7'],
    ['correction', '-0.25', '-4'],
    ['rounding', '0.003', null],
  ])
  expect([statement.exactTotal, statement.total]).toEqual(['0.257', '0.26'])
  expect(statement.lines[3]).toMatchObject({ period: JUNE })
})

test.each([
  ['USD', '0.005', '0'],
  ['USD', '0.015', '0.02'],
  ['USD', '0.025', '0.02'],
  ['USD', '-0.015', '-0.02'],
  ['USD', '-0.025', '-0.02'],
  ['JPY', '2.5', '2'],
  ['JPY', '3.5', '4'],
  ['KWD', '0.0005', '0'],
  ['KWD', '0.00050000000000000000000000000000000001', '0.001'],
])('%s %s is rounded once, half to even, to %s, and the difference is a line', (currency, amount, total) => {
  const statement = composeStatement({ period: JULY, currency, billed: [billed(amount, { currency })], terms: [] })
  expect([statement.exactTotal, statement.total]).toEqual([amount, total])
})

test('a currency has the digits that ISO 4217 gives it', () => {
  expect(['USD', 'EUR', 'JPY', 'BHD', 'ISK', 'TND'].map(minorDigitsOf)).toEqual([2, 2, 0, 3, 0, 3])
})

test('two currencies are not added up', () => {
  expect(() => july([billed('1', { currency: 'EUR' })])).toThrow(RangeError)
})

test('nothing used is a statement of nothing, not no statement', () => {
  expect(july([])).toMatchObject({ lines: [], exactTotal: '0', total: '0' })
})

test('a closed month reads back as it was closed: its terms and rounding are posted, and not applied twice', () => {
  const usage = [billed('10.004'), billed('3', { capability: 'kvs.writes' })]
  const terms = [
    term('discount', { percent: '12.5' }),
    term('minimum', { amount: '20' }),
    term('credit', { amount: '3' }),
  ]
  const open = july(usage, terms)
  const drafts = closingEntries({ statement: open, statementId: '2026-07-fernline', sha256 })
  for (const draft of drafts) expect(EntryDraft.parse(draft)).toEqual(draft)
  const posted = drafts.flatMap((draft) => {
    const entry = LedgerEntry.parse({ ...draft, format: 'meterbook/entry/1', postedAt: '2026-08-04T00:00:00Z' })
    return billedOf(entry) ?? []
  })
  const closed = composeStatement({ period: JULY, currency: 'USD', billed: [...usage, ...posted], terms: [] })
  expect(closed).toEqual(open)
  expect(drafts.at(-1)).toMatchObject({ kind: 'statement', total: '17', lines: linesDigest(closed.lines, sha256) })
  expect(() => composeStatement({ period: JULY, currency: 'USD', billed: posted, terms })).toThrow(RangeError)
})
