import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonPathText, jsonPathOf } from './json-path.ts'

const names = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,11}$/)
const quoted = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter((text) => !/['\\]/.test(text))
const indexes = fc.integer({ min: 0, max: 999_999 })

describe('a JSON path', () => {
  test('names members by dot, by index and in quotes', () => {
    for (const [text, members] of [
      ['$.tokens', ['tokens']],
      ['$.usage.tokens', ['usage', 'tokens']],
      ['$.a_b-c.d9', ['a_b-c', 'd9']],
      ['$.rows[0].bytes', ['rows', 0, 'bytes']],
      ["$['c d']['']", null],
      ['$[\'c d\']["x"]', null],
      ["$['$.a'].b", ['$.a', 'b']],
      ["$['ünïcode']", ['ünïcode']],
      ['$[3]', [3]],
      ["$['__proto__'].constructor", ['__proto__', 'constructor']],
    ] as const) {
      expect(jsonPathOf(text), text).toEqual(members)
    }
  })

  test('that could have several values, or none, is refused', () => {
    for (const text of [
      '',
      '$',
      'tokens',
      '$tokens',
      '$.',
      '$..tokens',
      '$.*',
      '$[*]',
      '$.a[?(@.b)]',
      '$.a[0:2]',
      '$.a[0,1]',
      '$.a[-1]',
      '$.a[1e3]',
      '$.a[ 0 ]',
      '$.9a',
      '$.a b',
      ' $.a',
      '$.a ',
      '$.a\n',
      "$['a",
      "$['a'",
      "$['a\\'b']",
      '$.ünï',
      '$.a()',
    ]) {
      expect(jsonPathOf(text), text).toBeNull()
      expect(JsonPathText.safeParse(text).success, text).toBe(false)
    }
  })

  test('has one reading: any list of names and indexes is read back as it was written', () => {
    const segments = fc.oneof(
      names.map((name) => ({ text: `.${name}`, member: name as string | number })),
      quoted.map((name) => ({ text: `['${name}']`, member: name as string | number })),
      indexes.map((index) => ({ text: `[${index}]`, member: index as string | number })),
    )
    fc.assert(
      fc.property(fc.array(segments, { minLength: 1, maxLength: 32 }), (drawn) => {
        const text = `$${drawn.map((segment) => segment.text).join('')}`
        expect(jsonPathOf(text)).toEqual(text.length > 512 ? null : drawn.map((segment) => segment.member))
      }),
    )
  })

  test('is bounded: hostile texts are answered at once, whatever they hold', () => {
    expect(jsonPathOf(`$${'.a'.repeat(32)}`)).toHaveLength(32)
    expect(jsonPathOf(`$${'.a'.repeat(33)}`)).toBeNull()
    expect(jsonPathOf(`$.${'a'.repeat(510)}`)).toHaveLength(1)
    expect(jsonPathOf(`$.${'a'.repeat(511)}`)).toBeNull()
    expect(jsonPathOf('$[999999]')).toEqual([999_999])
    expect(jsonPathOf('$[1000000]')).toBeNull()
    const before = performance.now()
    for (const part of ['a', '.', '[', "['", '[0', '$', "\\'", '.a[0]']) jsonPathOf(`$${part.repeat(1_000_000)}`)
    expect(performance.now() - before).toBeLessThan(1_000)
    fc.assert(fc.property(fc.string(), (text) => jsonPathOf(text) === null || text.startsWith('$')))
  })
})
