import { expect, test } from 'vitest'
import type { BillingTerm } from './index.ts'
import { billed, JUNE, july, term } from './test-statement.ts'

const termsOf = (usage: Parameters<typeof july>[0], terms: BillingTerm[]) =>
  july(usage, terms)
    .lines.filter(({ kind }) => kind === 'discount' || kind === 'minimum' || kind === 'credit')
    .map(({ kind, amount }) => [kind, amount])

test('a discount in percent takes its share of usage and corrections, one of an amount no more than was used', () => {
  const usage = [billed('10'), billed('-4', { period: JUNE })]
  expect(termsOf(usage, [term('discount', { percent: '12.5' })])).toEqual([['discount', '-0.75']])
  expect(termsOf(usage, [term('discount', { amount: '99' })])).toEqual([['discount', '-10']])
  expect(termsOf([billed('-4', { period: JUNE })], [term('discount', { amount: '99' })])).toEqual([])
})

test('discounts stand one on the other, and twice everything is everything', () => {
  const half = term('discount', { percent: '50' })
  const all = term('discount', { percent: '100' })
  expect(termsOf([billed('8')], [half, half])).toEqual([
    ['discount', '-4'],
    ['discount', '-2'],
  ])
  expect(termsOf([billed('8')], [all, all])).toEqual([['discount', '-8']])
})

test('a term of one capability leaves the others alone', () => {
  const usage = [billed('8'), billed('100', { capability: 'kvs.writes' })]
  const of = 'kvs.reads'
  expect(termsOf(usage, [term('discount', { percent: '50', of })])).toEqual([['discount', '-4']])
  expect(termsOf(usage, [term('credit', { amount: '50', of })])).toEqual([['credit', '-8']])
  expect(termsOf(usage, [term('minimum', { amount: '50', of })])).toEqual([['minimum', '42']])
})

test('a minimum adds what the month falls short of it, after discounts; corrections of other months do not count', () => {
  const usage = [billed('10'), billed('-200', { period: JUNE })]
  expect(termsOf(usage, [term('minimum', { amount: '30' })])).toEqual([['minimum', '20']])
  expect(termsOf(usage, [term('minimum', { amount: '10' })])).toEqual([])
  expect(termsOf([billed('10')], [term('minimum', { amount: '10' }), term('discount', { percent: '50' })])).toEqual([
    ['discount', '-5'],
    ['minimum', '5'],
  ])
  expect(termsOf([], [term('minimum', { amount: '30' })])).toEqual([['minimum', '30']])
})

test('a credit pays what is owed and never more', () => {
  expect(termsOf([billed('10')], [term('credit', { amount: '4' })])).toEqual([['credit', '-4']])
  expect(termsOf([billed('10')], [term('credit', { amount: '40' })])).toEqual([['credit', '-10']])
  expect(termsOf([billed('10'), billed('-9', { period: JUNE })], [term('credit', { amount: '4' })])).toEqual([
    ['credit', '-1'],
  ])
  expect(termsOf([billed('-10')], [term('credit', { amount: '4' })])).toEqual([])
})

test('a term that is neither percent nor amount, or out of bounds, is refused', () => {
  const refused = [
    term('discount', {}),
    term('discount', { percent: '5', amount: '5' }),
    term('discount', { percent: '100.01' }),
    term('credit', { amount: '-1' }),
    term('minimum', { percent: '10' }),
  ]
  for (const one of refused) expect(() => july([billed('1')], [one])).toThrow(RangeError)
})
