import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readJsonElements } from './json.ts'
import { parseJsonCarefully } from './json-parser.ts'
import { surveyJson } from './json-survey.ts'
import { ExactNumber } from './json-value.ts'

const DEPTH = 8
const read = (text: string, spread = false) => readJsonElements({ text, spread, depthMax: DEPTH })
const only = (text: string) => {
  const result = read(text)
  if (!result.ok) return result.code
  return result.elements[0]!.parsed
}
const issuesOf = (text: string) => {
  const parsed = only(text)
  if (typeof parsed === 'string' || !parsed.ok) throw new Error('expected JSON')
  return parsed.issues.map(({ code, path }) => `${code} /${path.join('/')}`)
}

/** JSON texts with everything in them that the quick way could get wrong. */
const numberTexts = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.maxSafeInteger().map(String),
  fc.stringMatching(/^-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,4})?$/),
)
const stringTexts = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"\\u0000"',
    '"\\uD800"',
    '"\\ud83d\\uDE00"',
    '"\\\\ud800"',
    '"a\\":1"',
    '":"',
    '"}{][,"',
    '"1234567890123456789"',
    '"\\u00e9"',
    '"\\\\"',
  ),
)
const nameTexts = fc.oneof(
  fc.constantFrom('"a"', '"b"', '"\\u0061"', '"__proto__"', '"constructor"', '"id"'),
  stringTexts,
)
const blanks = fc.constantFrom('', ' ', '\n', '\t\r ')
const jsonTexts = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    numberTexts,
    stringTexts,
    fc.constantFrom('true', 'false', 'null'),
    tie('object'),
    tie('array'),
  ),
  object: fc
    .tuple(blanks, fc.array(fc.tuple(nameTexts, blanks, tie('value')), { maxLength: 5 }))
    .map(
      ([blank, members]) =>
        `{${blank}${members.map(([name, b, value]) => `${name}${b}:${b}${value}${b}`).join(`,${blank}`)}}`,
    ),
  array: fc
    .tuple(blanks, fc.array(tie('value'), { maxLength: 5 }))
    .map(([blank, items]) => `[${blank}${items.join(`${blank},${blank}`)}${blank}]`),
}))

describe('JSON without loss', () => {
  test('reads the same by the quick way as by the careful way, whatever the text', () => {
    fc.assert(
      fc.property(jsonTexts.value, blanks, (value, blank) => {
        const text = blank + value + blank
        expect(only(text)).toEqual(parseJsonCarefully(value, DEPTH))
      }),
      { numRuns: 2000 },
    )
  })

  test('takes the quick way only where the platform loses nothing', () => {
    fc.assert(
      fc.property(jsonTexts.value, (text) => {
        const careful = parseJsonCarefully(text, 100)
        const plain = surveyJson(text, false).elements[0]!.isPlain
        expect(careful.ok).toBe(true)
        if (plain && careful.ok && careful.issues.length === 0) expect(JSON.parse(text)).toEqual(careful.value)
      }),
      { numRuns: 1000 },
    )
  })

  test('calls an element printable only if all its strings are, as they stand', () => {
    const texts = fc.oneof(
      fc.jsonValue({ stringUnit: 'grapheme-ascii' }).map((value) => JSON.stringify(value)),
      jsonTexts.value,
    )
    let printable = 0
    fc.assert(
      fc.property(texts, (text) => {
        if (!surveyJson(text, false).elements[0]!.isPrintable) return
        printable++
        JSON.parse(text, (name, value) => {
          for (const each of [name, value]) if (typeof each === 'string') expect(each).toMatch(/^[\x20-\x7e]*$/)
          return value
        })
      }),
      { numRuns: 1000 },
    )
    expect(printable).toBeGreaterThan(100)
    expect(surveyJson('["\\u0041"]', false).elements[0]!.isPrintable).toBe(false)
    expect(surveyJson('["a\u007f"]', false).elements[0]!.isPrintable).toBe(false)
  })

  test('accepts exactly the texts that the platform accepts', () => {
    const isJson = (text: string) => {
      try {
        JSON.parse(text)
        return true
      } catch {
        return false
      }
    }
    const broken = fc.tuple(
      jsonTexts.value,
      fc.nat(),
      fc.constantFrom('', '"', '\\', '}', ']', ',', ':', '1', 'e', '-', '.', '\u0000', '\ufeff', '/'),
    )
    fc.assert(
      fc.property(broken, ([text, at, insert]) => {
        const i = at % (text.length + 1)
        const mutated = text.slice(0, i) + insert + text.slice(i + 1)
        expect(parseJsonCarefully(mutated, DEPTH).ok).toBe(isJson(mutated))
        expect(parseJsonCarefully(mutated, 1).ok).toBe(isJson(mutated))
        expect(read(mutated).ok).toBe(isJson(mutated))
        expect(read(mutated, true).ok).toBe(isJson(mutated))
      }),
      { numRuns: 2000 },
    )
  })

  test('reads an escaped name as what it says, where the platform of the day may read a backslash', () => {
    for (let round = 0; round < 50; round++) {
      const parsed = only('{"\\u0062":1,"\\u0061":2,"\\n":3,"1234":4}')
      expect(parsed).toEqual({ ok: true, value: { a: 2, b: 1, '\n': 3, 1234: 4 }, issues: [] })
    }
  })

  test('gives each element of an array with its own verbatim text', () => {
    fc.assert(
      fc.property(fc.array(jsonTexts.value), blanks, (values, blank) => {
        const text = `${blank}[${values.map((value) => blank + value + blank).join(',')}]`
        const result = read(text, true)
        if (!result.ok) throw new Error(result.code)
        expect(result.elements.map(({ start, end }) => text.slice(start, end))).toEqual(values)
        expect(result.elements.map(({ parsed }) => parsed)).toEqual(
          values.map((value) => parseJsonCarefully(value, DEPTH)),
        )
      }),
      { numRuns: 1000 },
    )
  })

  test('keeps numbers that a double would change, and only those, as they were written', () => {
    for (const text of [
      '12345678901234567890',
      '0.1000000000000000055511151231257827',
      '1e400',
      '1e-400',
      '1e999999999',
      '9007199254740993',
    ]) {
      expect(only(`[[${text}]]`)).toEqual({ ok: true, value: [[new ExactNumber(text)]], issues: [] })
    }
    for (const text of ['0.1', '123456789012345', '9007199254740992', '0.30000000000000004']) {
      const parsed = only(`[[${text}]]`)
      expect(parsed).toEqual({ ok: true, value: [[Number(text)]], issues: [] })
    }
  })

  test('reports duplicates, NUL and unpaired surrogates where they are, at any depth', () => {
    expect(issuesOf('{"a":1,"a":2}')).toEqual(['duplicate /a'])
    expect(issuesOf('{"data":{"x":[{"t":1,"\\u0074":9}]}}')).toEqual(['duplicate /data/x/0/t'])
    expect(issuesOf('{"data":{"m":"\\uD800"}}')).toEqual(['character /data/m'])
    expect(issuesOf('{"data":{"m":["a\\u0000"]}}')).toEqual(['character /data/m/0'])
    expect(issuesOf('{"data":{"\\uDEAD":1}}')).toEqual(['character /data/\uDEAD'])
    expect(issuesOf('{"m":"\\uD83D\\uDE00","n":1}')).toEqual([])
    expect(issuesOf('{"n":1e2,"m":{"n":1e2}}')).toEqual(['fraction /n'])
  })

  test('survives any depth and names the element that is too deep', () => {
    const deep = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`
    expect(issuesOf(deep(DEPTH))).toEqual([])
    expect(issuesOf(deep(DEPTH + 1)).map((issue) => issue.split(' ')[0])).toEqual(['depth'])
    expect(issuesOf(deep(100_000)).map((issue) => issue.split(' ')[0])).toEqual(['depth'])
    expect(only('['.repeat(1_000_000))).toBe('json')
    const batch = read(`[1,${'['.repeat(50_000)}${']'.repeat(50_000)},3]`, true)
    expect(batch.ok && batch.elements.map(({ parsed }) => parsed.ok && parsed.issues.length)).toEqual([0, 1, 0])
  })

  test('does not parse more elements than allowed', () => {
    expect(readJsonElements({ text: '[1,2,3]', spread: true, depthMax: 1, countMax: 2 })).toEqual({
      ok: false,
      code: 'count',
      count: 3,
    })
  })

  test('takes a string of ten million characters', () => {
    const long = 'x'.repeat(10_000_000)
    expect(parseJsonCarefully(`"${long}"`, 1)).toEqual({ ok: true, value: long, issues: [] })
    expect(parseJsonCarefully(`"${long}`, 1).ok).toBe(false)
  })
})
