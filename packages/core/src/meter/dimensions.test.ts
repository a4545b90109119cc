import { describe, expect, test } from 'vitest'
import { type JsonObject, readTrustedArray } from '../kernel/index.ts'
import { dimensionsOf } from './dimensions.ts'

const of = (groupBy: Record<string, string>, json: string | null) =>
  dimensionsOf(groupBy)(json === null ? null : (readTrustedArray(`[${json}]`)[0] as JsonObject))

describe('the dimensions of an event', () => {
  test('are all there, with the empty text for what is missing or has no text of its own', () => {
    const groupBy = { model: '$.model', region: '$.place.region' }
    for (const [json, model] of [
      ['{"model":"m"}', 'm'],
      ['{"model":""}', ''],
      ['{}', ''],
      ['{"model":{}}', ''],
      ['{"model":["m"]}', ''],
      ['{"model":false}', 'false'],
      ['{"model":null}', 'null'],
    ] as const) {
      expect(of(groupBy, json), json).toEqual([
        ['model', model],
        ['region', ''],
      ])
    }
    expect(of(groupBy, null)).toEqual([
      ['model', ''],
      ['region', ''],
    ])
    expect(of({}, '{"model":"m"}')).toEqual([])
  })

  test('compare numbers by value: 1 and 1.0 are one group, and so is 1e0', () => {
    const value = (json: string) => of({ n: '$.n' }, `{"n":${json}}`)[0]?.[1]
    for (const one of ['1', '1.0', '1e0', '10e-1', '"1"']) expect(value(one), one).toBe('1')
    expect(value('-0')).toBe('0')
    expect(value('0.10')).toBe('0.1')
    expect(value('175928847299117063')).toBe('175928847299117063')
    expect(value('12345678901234567890')).toBe(value('1234567890123456789e1'))
    expect(value('12345678901234567890')).not.toBe(value('12345678901234567891'))
  })

  test('are own members only, under any name', () => {
    const groupBy = { a: '$.__proto__', b: '$.constructor', c: "$['__proto__']['toString']" }
    expect(of(groupBy, '{}').map(([, value]) => value)).toEqual(['', '', ''])
    expect(of({ a: '$.__proto__' }, '{"__proto__":"x"}')).toEqual([['a', 'x']])
    expect(of(JSON.parse('{"__proto__":"$.a"}'), '{"a":"x"}')).toEqual([['__proto__', 'x']])
    expect(of({ toString: '$.a' }, '{"a":"x"}')).toEqual([['toString', 'x']])
  })
})
