import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDecimals, compareDecimals, sha256, subtractDecimals } from '../kernel/index.ts'
import { decimalText } from '../rating/test-prices.ts'
import {
  type BilledUsage,
  type BillingTerm,
  closingEntries,
  composeStatement,
  minorDigitsOf,
  type Statement,
} from './index.ts'
import { billed, JULY, JUNE } from './test-statement.ts'

const amount = fc.oneof(
  fc.tuple(fc.integer({ min: -400_000, max: 900_000 }), fc.nat(6)).map(([n, scale]) => decimalText(n, scale)),
  fc.nat(9_999).map((n) => `0.00${'0'.repeat(40)}${n}1`),
)

function entry(currency: string): fc.Arbitrary<BilledUsage> {
  const capability = fc.constantFrom('kvs.reads', 'kvs.writes', 'sql.compute')
  return fc
    .record({
      app: fc.constantFrom('a', 'b'),
      capability,
      period: fc.constantFrom(JULY, JULY, JUNE),
      exempt: fc.nat(4),
      amount,
    })
    .map(({ exempt, ...rest }) =>
      billed(exempt === 0 ? '0' : rest.amount, { ...rest, currency, isExempt: exempt === 0 }),
    )
    .map((one) => (one.isExempt ? { ...one, amount: '0' } : one))
}

const grant = fc.oneof(
  fc.tuple(
    fc.constant(true),
    fc.nat(1_000).map((n) => decimalText(n, 1)),
  ),
  fc.tuple(
    fc.constant(false),
    fc.nat(90_000).map((n) => decimalText(n, 3)),
  ),
)

const terms: fc.Arbitrary<BillingTerm[]> = fc.array(
  fc
    .record({
      kind: fc.constantFrom('discount' as const, 'credit' as const, 'minimum' as const),
      capability: fc.option(fc.constantFrom('kvs.reads', 'kvs.writes')),
      grant,
    })
    .map(({ kind, capability, grant: [isPercent, text] }) => {
      const percent = isPercent && kind !== 'minimum' ? text : null
      return { id: 't', kind, capability, percent, amount: percent === null ? text : null, text: 'as agreed' }
    }),
  { maxLength: 4 },
)

const month = fc
  .constantFrom('USD', 'JPY', 'KWD')
  .chain((currency) =>
    fc.record({ currency: fc.constant(currency), billed: fc.array(entry(currency), { maxLength: 15 }), terms }),
  )

test('the lines, rounding included, are the total, and the total can be paid', () => {
  fc.assert(
    fc.property(month, (input) => {
      const statement = composeStatement({ period: JULY, ...input })
      const { total, exactTotal, lines, currency } = statement
      const withoutRounding = lines.filter(({ kind }) => kind !== 'rounding')
      expect(sum(lines)).toBe(total)
      expect(sum(withoutRounding)).toBe(exactTotal)
      const digits = minorDigitsOf(currency)
      expect(total.split('.')[1]?.length ?? 0).toBeLessThanOrEqual(digits)
      // never further away than half of the smallest amount
      expect(compareDecimals(magnitude(subtractDecimals(total, exactTotal)), `5e-${digits + 1}`)).toBeLessThanOrEqual(0)
    }),
    { numRuns: 400 },
  )
})

test('everything billed in a month, with what its closing posts, is the total', () => {
  fc.assert(
    fc.property(month, (input) => {
      const statement = composeStatement({ period: JULY, ...input })
      const drafts = closingEntries({ statement, statementId: '2026-07-fernline', sha256 })
      const posted = drafts.flatMap((draft) => ('amount' in draft ? [draft] : []))
      expect(sum([...input.billed, ...posted])).toBe(statement.total)
    }),
    { numRuns: 200 },
  )
})

test('the order in which entries are read changes nothing, and usage lines add up to them', () => {
  fc.assert(
    fc.property(month, (input) => {
      const statement = composeStatement({ period: JULY, ...input })
      expect(composeStatement({ period: JULY, ...input, billed: input.billed.toReversed() })).toEqual(statement)
      const usage = statement.lines.filter((line) => 'app' in line)
      expect(sum(usage)).toBe(sum(input.billed))
      expect(usage.reduce((count, { entries }) => count + entries, 0)).toBe(input.billed.length)
      expect(usage.filter((line) => line.kind === 'exempt' && line.amount !== '0')).toEqual([])
    }),
    { numRuns: 200 },
  )
})

test('no discount or credit turns what is owed into what is given back', () => {
  fc.assert(
    fc.property(month, (input) => {
      const own = input.billed.filter(({ period, amount }) => period === JULY && !amount.startsWith('-'))
      const statement = composeStatement({ period: JULY, ...input, billed: own })
      expect(compareDecimals(statement.exactTotal, '0')).toBeGreaterThanOrEqual(0)
    }),
    { numRuns: 200 },
  )
})

test('with a minimum a month comes to no less before credits, and to what it was where it is above it', () => {
  fc.assert(
    fc.property(month, fc.nat(900_000), (input, floor) => {
      const billedInJuly = input.billed.filter(({ period }) => period === JULY)
      const others = input.terms.filter(({ kind }) => kind === 'discount')
      const minimum = {
        id: 'm',
        kind: 'minimum' as const,
        capability: null,
        percent: null,
        amount: decimalText(floor, 3),
        text: '',
      }
      const of = (list: BillingTerm[]) => exact({ ...input, billed: billedInJuly, terms: list })
      const without = of(others)
      const larger = compareDecimals(without, minimum.amount) > 0 ? without : minimum.amount
      expect(of([...others, minimum])).toBe(addDecimals(larger, '0'))
    }),
    { numRuns: 200 },
  )
})

function exact(input: { currency: string; billed: BilledUsage[]; terms: BillingTerm[] }): Statement['exactTotal'] {
  return composeStatement({ period: JULY, ...input }).exactTotal
}

function sum(lines: readonly { amount: string }[]): string {
  return lines.reduce((total, line) => addDecimals(total, line.amount), '0')
}

function magnitude(text: string): string {
  return text.replace('-', '')
}
