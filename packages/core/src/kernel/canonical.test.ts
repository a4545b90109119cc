import { createHash, hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, canonicalJsonPart, canonicalNumberText, canonicalTuple, utf8Length } from './canonical.ts'
import { sha256 } from './digest.ts'
import { parseJsonCarefully } from './json-parser.ts'
import type { JsonValue } from './json-value.ts'

const canonical = (text: string) => {
  const parsed = parseJsonCarefully(text, 32)
  if (!parsed.ok) throw new Error(parsed.issue.message)
  return canonicalJson(parsed.value)
}

describe('a canonical text', () => {
  test('does not depend on member order, white space, escapes or the way a number is written', () => {
    expect(canonical('{ "b" : 1.0, "a" : "\\u0047ET" }')).toBe(canonical('{"a":"GET","b":1e0}'))
    expect(canonical('[-0, 0.0, 0e9]')).toBe('[0,0,0]')
    expect(canonical('12345678901234567890.0')).toBe(canonical('1234567890123456789e1'))
    expect(canonical('1000000000000000000000000')).toBe(canonical('1e24'))
  })

  test('differs where the value differs', () => {
    for (const [a, b] of [
      ['{"a":1}', '{"a":"1"}'],
      ['12345678901234567890', '12345678901234567891'],
      ['0.1', '0.1000000000000000055511151231257827'],
      ['{"a":null}', '{}'],
      ['[1,2]', '[2,1]'],
      ['"\u00e9"', '"e\u0301"'],
    ] as const) {
      expect(canonical(a)).not.toBe(canonical(b))
    }
  })

  test('sorts by code unit and keeps __proto__ as a member like any other', () => {
    expect(canonical('{"b":1,"B":2,"aa":3,"__proto__":{"x":1},"\uff01":4,"\ud83d\ude00":5}')).toBe(
      '{"B":2,"__proto__":{"x":1},"aa":3,"b":1,"\ud83d\ude00":5,"\uff01":4}',
    )
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })

  test('is stable: read again and written again it is the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value as JsonValue)
        expect(canonical(text)).toBe(text)
        expect(canonical(JSON.stringify(value, null, 2))).toBe(text)
      }),
    )
  })

  test('of a string is that of JSON.stringify, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(canonicalJson(text)).toBe(JSON.stringify(text))
      }),
    )
    for (const text of ['\ud800', '"', '\\', '\u001f', '\u007f', '\u2028'])
      expect(canonicalJson(text)).toBe(JSON.stringify(text))
  })

  test('of a monstrous exponent takes no time', () => {
    expect(canonicalNumberText('1e999999999')).toBe('1e999999999')
    expect(canonicalNumberText('10.0e999999998')).toBe('1e999999999')
    expect(canonicalNumberText('-100e-999999999999999999999')).toBe('-1e-999999999999999999997')
  })
})

describe('a tuple', () => {
  test('of other parts never has the same text', () => {
    expect(canonicalTuple(['a', 'bc'])).not.toBe(canonicalTuple(['ab', 'c']))
    expect(canonicalTuple([null])).not.toBe(canonicalTuple(['']))
    const part = fc.option(fc.oneof(fc.string(), fc.constantFrom('-,', '1:a,', ',', '-')))
    fc.assert(
      fc.property(fc.array(part), fc.array(part), (a, b) => {
        expect(canonicalTuple(a) === canonicalTuple(b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
  })

  test('of a value has the value’s canonical text as its part, whatever characters are in it', () => {
    const values = fc.oneof(fc.jsonValue({ stringUnit: 'binary' }), fc.jsonValue({ stringUnit: 'grapheme-ascii' }))
    fc.assert(
      fc.property(fc.array(values), (drawn) => {
        for (const value of drawn) {
          expect(canonicalJsonPart(value as JsonValue)).toBe(canonicalTuple([canonicalJson(value as JsonValue)]))
        }
      }),
    )
    const awkward: JsonValue[] = [{ é: 1 }, { é: 1 }, { a: '\u007f' }, 'é', '\n\u0001é', ['"', 'é'], { '\\é': '' }]
    for (const value of awkward) expect(canonicalJsonPart(value)).toBe(canonicalTuple([canonicalJson(value)]))
  })

  test('counts UTF-8 bytes as the platform does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text))
      }),
    )
    expect(utf8Length('\ud800')).toBe(3)
  })
})

describe('the digest', () => {
  test('is the same from our own implementation and from the platform, so that hot paths may use either', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(sha256(text)).toBe(hash('sha256', text))
        expect(sha256(text)).toBe(createHash('sha256').update(text, 'utf8').digest('hex'))
      }),
    )
  })
})
