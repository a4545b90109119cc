import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDecimals, compareDecimals, subtractDecimals } from '../kernel/index.ts'
import { type ChangeLine, type EffectKind, explainChange } from './explain-change.ts'

const text = fc.tuple(fc.integer({ min: -90, max: 900_000 }), fc.nat(9)).map(([digits, scale]) => {
  const sign = digits < 0 ? '-' : ''
  const whole = String(Math.abs(digits)).padStart(scale + 1, '0')
  return scale === 0 ? `${sign}${whole}` : `${sign}${whole.slice(0, -scale)}.${whole.slice(-scale)}`
})
const line: fc.Arbitrary<ChangeLine> = fc.record({
  key: fc.constantFrom('one', 'two', 'three', ''),
  capability: fc.constantFrom('c', 'd', 'one'),
  quantity: text,
  amount: text,
  correction: fc.oneof(fc.constant('0'), text),
  dearer: fc.oneof(fc.constant('0'), text),
})
const lines = fc.uniqueArray(line, {
  maxLength: 9,
  selector: ({ key, capability }) => JSON.stringify([key, capability]),
})
const sum = (texts: readonly string[]) => texts.reduce(addDecimals, '0')
const effect = (change: ReturnType<typeof explainChange>, kind: EffectKind) =>
  change.effects.find((each) => each.kind === kind)?.amount

test('what changed adds up to the change, to the last digit, and so do the parts of each effect', () => {
  fc.assert(
    fc.property(lines, lines, (before, now) => {
      const change = explainChange(before, now)
      expect(compareDecimals(sum(change.effects.map(({ amount }) => amount)), change.difference)).toBe(0)
      expect(compareDecimals(subtractDecimals(change.now, change.before), change.difference)).toBe(0)
      for (const { amount, parts } of change.effects) {
        expect(compareDecimals(sum(parts.map((part) => part.amount)), amount)).toBe(0)
      }
    }),
    { numRuns: 300 },
  )
})

test('the same usage at the same prices changes nothing', () => {
  fc.assert(
    fc.property(lines, (same) => {
      const change = explainChange(
        same,
        same.map((one) => ({ ...one, dearer: '0' })),
      )
      expect(change.effects.flatMap(({ parts }) => parts)).toEqual([])
    }),
  )
})

const of = (key: string, quantity: string, amount: string, dearer = '0'): ChangeLine => ({
  key,
  capability: 'c',
  quantity,
  amount,
  correction: '0',
  dearer,
})

test('twice as much of everything is volume and nothing else', () => {
  const change = explainChange([of('a', '10', '1'), of('b', '30', '3')], [of('a', '20', '2'), of('b', '60', '6')])
  expect(effect(change, 'volume')).toBe('4')
  expect(change.effects.filter(({ amount }) => amount !== '0')).toHaveLength(1)
})

test('as much as before, but by those who pay for it, is mix', () => {
  const change = explainChange([of('a', '10', '0'), of('b', '10', '5')], [of('a', '5', '0'), of('b', '15', '7.5')])
  expect(effect(change, 'mix')).toBe('2.5')
  expect(effect(change, 'volume')).toBe('0')
})

test('a higher price is told apart from more usage', () => {
  const change = explainChange([of('a', '10', '10')], [of('a', '20', '30', '10')])
  expect([effect(change, 'volume'), effect(change, 'price'), effect(change, 'mix')]).toEqual(['10', '10', '0'])
})

test('what began and what ended stand by themselves, and a correction is no usage', () => {
  const change = explainChange([of('a', '10', '4')], [of('b', '1', '3'), { ...of('c', '0', '0'), correction: '-0.5' }])
  expect([effect(change, 'new'), effect(change, 'ended'), effect(change, 'correction')]).toEqual(['3', '-4', '-0.5'])
})
