import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ValueRule } from './value-rule.ts'

const isRule = (rule: unknown) => ValueRule.safeParse(rule).success
const decimals = fc.constantFrom('0', '1', '-2.5', '1024', '0.000000000000000000000000000001')
const paths = fc.constantFrom('$.a', '$.usage.tokens', "$['c d'][0]")

describe('a value rule', () => {
  test('of each kind is kept as it was written', () => {
    const rules = fc.letrec<{ rule: ValueRule }>((tie) => ({
      rule: fc.oneof(
        { maxDepth: 4 },
        fc.record({ constant: decimals }),
        fc.record(
          { path: paths, default: decimals, zeroAs: decimals, orElse: tie('rule') },
          { requiredKeys: ['path'] },
        ),
        fc.record({ product: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }) }),
        fc.record({ sum: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }) }),
        fc.record({ min: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }) }),
        fc.record({ max: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }) }),
        fc
          .tuple(paths, fc.array(fc.string(), { minLength: 1, maxLength: 3 }), tie('rule'), tie('rule'))
          .map(([path, values, then, otherwise]) => ({ when: { path, in: values }, then, otherwise })),
      ),
    }))
    fc.assert(
      fc.property(rules.rule, (rule) => {
        expect(ValueRule.parse(structuredClone(rule))).toEqual(rule)
      }),
    )
  })

  test('that is not one of them is refused whole, and so is one with a member that nobody reads', () => {
    for (const rule of [
      null,
      'tokens',
      {},
      { path: 'tokens' },
      { path: '$.a', defualt: '1' },
      { path: '$.a', constant: '1' },
      { total: [{ path: '$.a' }] },
      { product: [] },
      { product: Array.from({ length: 9 }, () => ({ constant: '1' })) },
      { min: [{ path: '$.a' }, { path: 'b' }] },
      { when: { path: '$.a', in: [] }, otherwise: { constant: '1' } },
      { when: { path: '$.a', in: ['x'] }, otherwise: { constant: '1' } },
    ]) {
      expect(isRule(rule), JSON.stringify(rule)).toBe(false)
    }
  })

  test('holds exact decimals only: what a stored quantity cannot hold never becomes part of a rule', () => {
    for (const text of ['0', '-0.5', '9'.repeat(46), `0.${'1'.repeat(30)}`]) {
      expect(isRule({ constant: text }), text).toBe(true)
    }
    for (const text of [
      '',
      '1e3',
      '+1',
      '.5',
      '5.',
      '007',
      'NaN',
      '1'.repeat(47),
      `0.${'1'.repeat(31)}`,
      ' 1',
      '1\n',
    ]) {
      expect(isRule({ constant: text }), text).toBe(false)
    }
    expect(isRule({ constant: 1 })).toBe(false)
    expect(isRule({ path: '$.a', default: 0.1 })).toBe(false)
  })
})
