import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Aggregation, MeterVersionFacts, ValueRule } from '../catalogue/index.ts'
import { ExactNumber, fromScaled, type JsonValue, QUANTITY_SCALE, readTrustedArray } from '../kernel/index.ts'
import { measureOf } from './measure.ts'

/** The data of an event as the journal gives it back: numbers that a double would change are kept as text. */
const dataOf = (text: string) => readTrustedArray(`[${text}]`)[0] as { [member: string]: JsonValue } | null

function versionOf(facts: Partial<MeterVersionFacts>): MeterVersionFacts {
  return {
    version: 1,
    from: 0n,
    eventType: 'event',
    aggregation: 'SUM',
    value: null,
    divisor: '1',
    groupBy: {},
    subjectRequired: false,
    ...facts,
  }
}

/** The base quantity as decimal text, or the code of the fault. */
function measure(value: ValueRule | null, data: string | null, aggregation: Aggregation = 'SUM'): string {
  const result = measureOf(versionOf({ value, aggregation }))({
    data: data === null ? null : dataOf(data),
    subject: null,
  })
  return result.ok ? fromScaled(result.quantity, QUANTITY_SCALE) : result.code
}

const MEASURED_MS: ValueRule = {
  when: { path: '$.outcome', in: ['crash', 'oom'] },
  // biome-ignore lint/suspicious/noThenProperty: a rule is data, never awaited
  then: { min: [{ path: '$.durationMs' }, { path: '$.timeoutMs', orElse: { path: '$.durationMs' } }] },
  otherwise: { path: '$.durationMs' },
}
const FUNCTION_DURATION: ValueRule = { product: [{ path: '$.memoryMiB', default: '512' }, MEASURED_MS] }
const TOKENS: ValueRule = { path: '$.tokens' }

describe('the rules of the public contract', () => {
  test('a function is measured by memory × duration, at 512 MiB where it names none', () => {
    expect(measure(FUNCTION_DURATION, '{"memoryMiB":1024,"durationMs":1500,"outcome":"ok"}')).toBe('1536000')
    expect(measure(FUNCTION_DURATION, '{"durationMs":1000,"outcome":"ok"}')).toBe('512000')
    expect(measure(FUNCTION_DURATION, '{"memoryMiB":null,"durationMs":1000}')).toBe('512000')
    expect(measure(FUNCTION_DURATION, '{"memoryMiB":0,"durationMs":1000}')).toBe('0')
    expect(measure(FUNCTION_DURATION, '{"memoryMiB":128.5,"durationMs":0.001}')).toBe('0.1285')
  })

  test('a function that crashed or ran out of memory is measured at the lower of timeout and duration', () => {
    const run = (outcome: string, durationMs: number, timeoutMs?: number) =>
      measure(FUNCTION_DURATION, JSON.stringify({ memoryMiB: 1, outcome, durationMs, timeoutMs }))
    for (const outcome of ['crash', 'oom']) {
      expect(run(outcome, 9000, 2000), outcome).toBe('2000')
      expect(run(outcome, 1000, 2000), outcome).toBe('1000')
      expect(run(outcome, 1000), outcome).toBe('1000')
    }
    for (const outcome of ['ok', 'error', 'timeout', 'Crash', 'crash ']) {
      expect(run(outcome, 9000, 2000), outcome).toBe('9000')
    }
  })

  test('a function without a duration is held, not counted at zero', () => {
    expect(measure(FUNCTION_DURATION, '{"memoryMiB":1024,"outcome":"ok"}')).toBe('value_missing')
    expect(measure(FUNCTION_DURATION, '{"outcome":"oom","timeoutMs":2000}')).toBe('value_missing')
    expect(measure(FUNCTION_DURATION, '{"durationMs":null}')).toBe('value_null')
    expect(measure(FUNCTION_DURATION, '{"outcome":"oom","durationMs":5,"timeoutMs":"soon"}')).toBe('value_not_a_number')
    expect(measure(FUNCTION_DURATION, null)).toBe('value_missing')
  })

  test('a read that found nothing counts 1024 bytes, however its zero is written; a write of nothing counts nothing', () => {
    const read: ValueRule = { path: '$.bytes', zeroAs: '1024' }
    for (const zero of ['0', '-0', '0.0', '"0"', '"-0"', '0e9', '0.000000000000000000000000000000000000000001e-9']) {
      const expected = zero.includes('1e-9') ? 'value_out_of_range' : '1024'
      expect(measure(read, `{"bytes":${zero}}`), zero).toBe(expected)
    }
    expect(measure(read, '{"bytes":1}')).toBe('1')
    expect(measure(read, '{"bytes":0.5}')).toBe('0.5')
    expect(measure(read, '{}')).toBe('value_missing')
    expect(measure({ path: '$.bytes' }, '{"bytes":0}')).toBe('0')
  })

  test('one execution is one statement unless it says otherwise', () => {
    const statements: ValueRule = { path: '$.statements', default: '1' }
    expect(measure(statements, '{"durationMs":3}')).toBe('1')
    expect(measure(statements, '{"statements":null}')).toBe('1')
    expect(measure(statements, null)).toBe('1')
    expect(measure(statements, '{"statements":7}')).toBe('7')
    expect(measure(statements, '{"statements":0}')).toBe('0')
    expect(measure(statements, '{"statements":"many"}')).toBe('value_not_a_number')
  })

  test('a meter without a value rule counts each event as one, whatever its data', () => {
    for (const data of [null, '{}', '{"tokens":"x"}']) {
      expect(measure(null, data, 'COUNT')).toBe('1')
      expect(measure(TOKENS, data, 'COUNT')).toBe('1')
      expect(measure(null, data, 'SUM')).toBe('1')
    }
  })

  test('a level without a subject is held: it would be integrated into somebody else’s', () => {
    const level = measureOf(
      versionOf({ aggregation: 'TIME_WEIGHTED', value: { path: '$.bytes' }, subjectRequired: true }),
    )
    expect(level({ data: { bytes: 5 }, subject: null })).toMatchObject({ ok: false, code: 'subject_missing' })
    expect(level({ data: { bytes: 5 }, subject: 'db' })).toMatchObject({ ok: true, quantity: 5n * 10n ** 30n })
    expect(level({ data: { bytes: 0 }, subject: 'db' })).toMatchObject({ ok: true, quantity: 0n })
  })
})

describe('a value in an event', () => {
  test('keeps every digit: 12345678901234567890 is not 12345678901234567000', () => {
    expect(measure(TOKENS, '{"tokens":12345678901234567890}')).toBe('12345678901234567890')
    expect(measure(TOKENS, '{"tokens":"12345678901234567890"}')).toBe('12345678901234567890')
    expect(measure(TOKENS, `{"tokens":${'9'.repeat(30)}}`)).toBe('9'.repeat(30))
    expect(measure(TOKENS, `{"tokens":0.${'0'.repeat(29)}1}`)).toBe(`0.${'0'.repeat(29)}1`)
    expect(measure(TOKENS, '{"tokens":9007199254740993}')).toBe('9007199254740993')
    expect(measure(TOKENS, '{"tokens":-9007199254740993}')).toBe('-9007199254740993')
  })

  test('0.1 ten times is exactly 1', () => {
    const one = measureOf(versionOf({ value: TOKENS }))({ data: dataOf('{"tokens":0.1}'), subject: null })
    expect(one).toEqual({ ok: true, quantity: 10n ** 29n, uniqueValue: '' })
  })

  test('may be written with an exponent or as text', () => {
    for (const [text, expected] of [
      ['1e3', '1000'],
      ['"1e3"', '1000'],
      ['"12.50"', '12.5'],
      ['1.5E-3', '0.0015'],
      ['"-2.5e1"', '-25'],
    ] as const) {
      expect(measure(TOKENS, `{"tokens":${text}}`), text).toBe(expected)
    }
  })

  test('with a huge exponent is held as out of range, at once', () => {
    const before = performance.now()
    for (const text of ['1e400', '1e-400', '1e999999999', '-1e999999999', '1e-999999999', `1e${'9'.repeat(10_000)}`]) {
      expect(measure(TOKENS, `{"tokens":${text}}`), text.slice(0, 20)).toBe('value_out_of_range')
      expect(measure(TOKENS, `{"tokens":"${text}"}`), text.slice(0, 20)).toBe('value_out_of_range')
    }
    expect(measure(TOKENS, `{"tokens":1e-31}`)).toBe('value_out_of_range')
    expect(measure(TOKENS, `{"tokens":${'7'.repeat(60_000)}}`)).toBe('value_out_of_range')
    expect(performance.now() - before).toBeLessThan(2_000)
  })

  test('is held where many like it could overflow a sum in the database, which would wrap around without a word', () => {
    expect(measure(TOKENS, `{"tokens":1${'0'.repeat(30)}}`)).toBe('value_out_of_range')
    expect(measure(TOKENS, '{"tokens":"-1e30"}')).toBe('value_out_of_range')
    expect(measure(TOKENS, '{"tokens":-9.99e29}')).toBe(`-999${'0'.repeat(27)}`)
    expect(measure({ product: [TOKENS, TOKENS] }, '{"tokens":1e15}')).toBe('value_out_of_range')
    expect(measure({ min: [TOKENS, { constant: '5' }] }, '{"tokens":1e40}')).toBe('5')
  })

  test('that is no number is held, never zero', () => {
    for (const text of [
      '"abc"',
      '""',
      '" 5"',
      '"5 "',
      '"0x10"',
      '"1_000"',
      '"NaN"',
      '"Infinity"',
      '"1,5"',
      '"٣"',
      'true',
      'false',
      '{}',
      '{"value":5}',
      '[]',
      '[5]',
    ]) {
      expect(measure(TOKENS, `{"tokens":${text}}`), text).toBe('value_not_a_number')
    }
    expect(measure(TOKENS, '{"tokens":null}')).toBe('value_null')
    expect(measure(TOKENS, '{"Tokens":5}')).toBe('value_missing')
    expect(measure(TOKENS, '{}')).toBe('value_missing')
    expect(measure(TOKENS, null)).toBe('value_missing')
  })

  test('negative zero is zero', () => {
    for (const text of ['-0', '-0.0', '"-0"', '-0e7']) expect(measure(TOKENS, `{"tokens":${text}}`), text).toBe('0')
    expect(measure({ product: [TOKENS, { constant: '5' }] }, '{"tokens":-0}')).toBe('0')
    expect(measure({ product: [TOKENS, { constant: '-5' }] }, '{"tokens":0}')).toBe('0')
  })

  test('is read where the path says: inherited members, lengths and text indexes are nothing', () => {
    const at = (path: string, data: string) => measure({ path }, data)
    expect(at('$.usage.tokens[1]', '{"usage":{"tokens":[1,7]}}')).toBe('7')
    expect(at("$['__proto__'].x", '{"__proto__":{"x":3}}')).toBe('3')
    for (const [path, data] of [
      ['$.constructor', '{}'],
      ['$.__proto__', '{}'],
      ['$.rows.length', '{"rows":[1]}'],
      ['$.rows[1]', '{"rows":[1]}'],
      ["$.rows['0']", '{"rows":[1]}'],
      ['$.text[0]', '{"text":"5"}'],
      ['$.a.b', '{"a":5}'],
      ['$.a.b', '{"a":null}'],
      ['$.a.text', '{"a":12345678901234567890}'],
    ] as const) {
      expect(at(path, data), `${path} of ${data}`).toBe('value_missing')
    }
  })

  test('a fault says what was expected and found, and shows no more than the first characters of the value', () => {
    const secret = `secret-${'x'.repeat(500)}-end`
    const result = measureOf(versionOf({ value: TOKENS }))({ data: { tokens: secret }, subject: null })
    expect(result).toMatchObject({ ok: false, code: 'value_not_a_number' })
    const detail = result.ok ? '' : result.detail
    expect(detail).toMatch(/^expected a number at \$\.tokens, found the text "secret-x/)
    expect(detail.length).toBeLessThan(120)
  })
})

describe('exactness', () => {
  /** digits × 10^-scale, in the bounds of a stored quantity */
  const decimals = fc
    .record({
      digits: fc.bigInt({ min: -(10n ** 30n) + 1n, max: 10n ** 30n - 1n }),
      scale: fc.integer({ min: 0, max: 30 }),
    })
    .map(({ digits, scale }) => ({ text: fromScaled(digits, scale), scaled: digits * 10n ** BigInt(30 - scale) }))

  test('a number and the same number as text, however written, are the same quantity', () => {
    fc.assert(
      fc.property(decimals, fc.integer({ min: 1, max: 20 }), ({ text, scaled }, zeros) => {
        const [integer = '', fraction = ''] = text.split('.')
        const digits = `${integer}${fraction}`.replace(/^(-?)0+(?=\d)/, '$1')
        const padded = digits === '0' ? digits : `${digits}${'0'.repeat(zeros)}`
        const spellings = [text, `${digits}e${-fraction.length}`, `${padded}E${-fraction.length - zeros}`]
        for (const spelling of spellings) {
          for (const json of [spelling, `"${spelling}"`]) {
            const result = measureOf(versionOf({ value: TOKENS }))({
              data: dataOf(`{"tokens":${json}}`),
              subject: null,
            })
            expect(result, json).toEqual({ ok: true, quantity: scaled, uniqueValue: '' })
          }
        }
      }),
    )
  })

  test('a product is the product of integers or held, never rounded', () => {
    const factors = fc.record({
      digits: fc.oneof(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.bigInt({ min: -9n, max: 9n })),
      scale: fc.integer({ min: 0, max: 12 }),
    })
    fc.assert(
      fc.property(fc.array(factors, { minLength: 1, maxLength: 8 }), (drawn) => {
        const rule: ValueRule = { product: drawn.map((_, index) => ({ path: `$.f${index}` })) }
        const members = drawn.map(({ digits, scale }, index) => `"f${index}":${fromScaled(digits, scale)}`)
        const result = measureOf(versionOf({ value: rule }))({ data: dataOf(`{${members.join(',')}}`), subject: null })

        const digits = drawn.reduce((product, factor) => product * factor.digits, 1n)
        const scale = drawn.reduce((sum, factor) => sum + factor.scale, 0)
        const wide = scale <= 30 ? digits * 10n ** BigInt(30 - scale) : digits
        const cut = scale <= 30 ? 1n : 10n ** BigInt(scale - 30)
        const isExact = wide % cut === 0n
        const isWithin = wide / cut > -(10n ** 60n) && wide / cut < 10n ** 60n
        if (isExact && isWithin) expect(result).toEqual({ ok: true, quantity: wide / cut, uniqueValue: '' })
        else expect(result).toMatchObject({ ok: false, code: 'value_out_of_range' })
      }),
      { numRuns: 500 },
    )
  })

  test('a sum is the sum of integers, never rounded; fields and formulas of them add up', () => {
    const total: ValueRule = { sum: [{ path: '$.a' }, { product: [{ path: '$.b' }, { constant: '2' }] }] }
    expect(measure(total, '{"a":9007199254740993,"b":"0.000000000000000000000000000001"}')).toBe(
      '9007199254740993.000000000000000000000000000002',
    )
    expect(measure(total, '{"a":1}')).toBe('value_missing')
    const tiny: ValueRule = { product: Array.from({ length: 5 }, () => ({ path: '$.b' })) }
    // One and 10^-250: to call that one would be to round.
    expect(measure({ sum: [{ path: '$.a' }, tiny] }, '{"a":1,"b":"1e-50"}')).toBe('value_out_of_range')
    const sum: ValueRule = { sum: [{ path: '$.a' }, { path: '$.b' }] }
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const result = measureOf(versionOf({ value: sum }))({
          data: { a: new ExactNumber(a.text), b: b.text },
          subject: null,
        })
        const expected = a.scaled + b.scaled
        const isWithin = -(10n ** 60n) < expected && expected < 10n ** 60n
        if (isWithin) expect(result).toEqual({ ok: true, quantity: expected, uniqueValue: '' })
        else expect(result).toMatchObject({ ok: false, code: 'value_out_of_range' })
      }),
    )
  })

  test('a value is clamped from below and above by the same rule', () => {
    const clamped: ValueRule = { min: [{ max: [{ path: '$.a' }, { constant: '1024' }] }, { constant: '4096' }] }
    expect(['{"a":0}', '{"a":1024.5}', '{"a":1e9}', '{"a":-3}'].map((data) => measure(clamped, data))).toEqual([
      '1024',
      '1024.5',
      '4096',
      '1024',
    ])
  })

  test('the lower of two is the lower, also where doubles cannot tell them apart', () => {
    const lower: ValueRule = { min: [{ path: '$.a' }, { path: '$.b' }] }
    expect(measure(lower, '{"a":9007199254740993,"b":9007199254740992}')).toBe('9007199254740992')
    expect(measure(lower, '{"a":"0.30000000000000000001","b":0.3}')).toBe('0.3')
    expect(measure(lower, '{"a":-1,"b":-1.5}')).toBe('-1.5')
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const result = measureOf(versionOf({ value: lower }))({
          data: { a: new ExactNumber(a.text), b: b.text },
          subject: null,
        })
        const expected = a.scaled < b.scaled ? a : b
        expect(result).toMatchObject({ ok: true, quantity: expected.scaled })
      }),
    )
  })
})

describe('UNIQUE_COUNT', () => {
  const unique = (json: string | null) => {
    const result = measureOf(versionOf({ aggregation: 'UNIQUE_COUNT', value: { path: '$.user' } }))({
      data: json === null ? null : dataOf(json),
      subject: null,
    })
    return result.ok ? result : result.code
  }

  test('counts by text: a number by its value, so that 1, 1.0 and "1" are one user', () => {
    for (const [json, text] of [
      ['"ann"', 'ann'],
      ['" ann"', ' ann'],
      ['1', '1'],
      ['1.0', '1'],
      ['1e0', '1'],
      ['"1"', '1'],
      ['-0', '0'],
      ['true', 'true'],
      ['12345678901234567890', '12345678901234567890'],
      ['175928847299117063', '175928847299117063'],
      ['"175928847299117063"', '175928847299117063'],
      ['1e400', '1e400'],
      ['10e399', '1e400'],
    ] as const) {
      expect(unique(`{"user":${json}}`), json).toEqual({ ok: true, quantity: 10n ** 30n, uniqueValue: text })
    }
  })

  test('holds an event without a value: it counts nobody', () => {
    expect(unique(null)).toBe('value_missing')
    expect(unique('{}')).toBe('value_missing')
    expect(unique('{"user":null}')).toBe('value_null')
    expect(unique('{"user":{}}')).toBe('value_not_a_number')
    expect(unique('{"user":["ann"]}')).toBe('value_not_a_number')
  })

  test('holds an empty text too: a store that counts values leaves it out, so calling it counted would be untrue', () => {
    expect(unique('{"user":""}')).toBe('value_missing')
  })
})
