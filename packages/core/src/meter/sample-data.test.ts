import { expect, test } from 'vitest'
import { sampleData } from './sample-data.ts'

const meter = (value: Parameters<typeof sampleData>[0][number]['value'], groupBy = {}) => ({
  aggregation: 'SUM' as const,
  value,
  groupBy,
})

test('a sample has a number where a meter reads its value and a word where it reads a dimension', () => {
  expect(sampleData([meter({ path: '$.usage.tokens' }, { model: '$.model' })])).toEqual({
    usage: { tokens: 1 },
    model: 'example',
  })
  expect(sampleData([{ aggregation: 'UNIQUE_COUNT', value: { path: '$.user' }, groupBy: {} }])).toEqual({
    user: 'example',
  })
  expect(sampleData([meter(null)])).toEqual({})
})

test('a sample serves every part of a formula, and every meter of the type', () => {
  const formula = {
    product: [
      { path: '$.memory', default: '1' },
      // biome-ignore lint/suspicious/noThenProperty: a rule is data, never awaited
      { when: { path: '$.outcome', in: ['crash'] }, then: { path: '$.limit' }, otherwise: { path: '$.ms' } },
      { constant: '2' },
    ],
  }
  expect(sampleData([meter(formula), meter({ path: '$.bytes' }, { ms: '$.ms' })])).toEqual({
    memory: 1,
    outcome: 'ok',
    limit: 1,
    ms: 1,
    bytes: 1,
  })
})

test('a path into a prototype or an array is left out', () => {
  expect(sampleData([meter({ path: '$.__proto__.polluted' }), meter({ path: '$.list[0]' })])).toEqual({})
  expect(sampleData([meter({ path: '$.constructor.name' })])).toEqual({ constructor: { name: 1 } })
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})
