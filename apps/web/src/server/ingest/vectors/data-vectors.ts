import { ExactNumber } from '@meterbook/core/kernel'
import { expect } from 'vitest'
import {
  event,
  eventOf,
  eventWith,
  JSON_TYPE,
  refused,
  type Step,
  structured,
  taken,
  type Vector,
} from '../testing/vector.ts'

const bad = (body: string, field: string, code: string): Step => refused(structured(body), field, code)
const good = (data: string, expected: Step['event'] = {}): Step => taken(structured(eventOf(data)), expected)
const base64 = (text: unknown, more: Record<string, unknown> = { datacontenttype: JSON_TYPE }) =>
  event({ ...more, data_base64: text }, 'data')
const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`
const keptAs = (data: string): Step => ({
  ...good(data),
  also: (_answer, stored) => expect(stored[0]?.body).toContain(`"data":${data}`),
})

/** C: the payload. */
export const DATA_VECTORS: Vector[] = [
  { id: 'C1', name: 'data null', steps: [good('null', { data: null })] },
  {
    id: 'C2',
    name: 'data a string of JSON is not parsed again',
    steps: [bad(event({ data: '{"tokens":5}' }), 'data', 'type')],
  },
  {
    id: 'C3',
    name: 'data an array, a number, a boolean',
    steps: ['[1]', '5', '1.5', 'true'].map((data) => bad(eventOf(data), 'data', 'type')),
  },
  {
    id: 'C4',
    name: 'XML',
    steps: [bad(event({ datacontenttype: 'application/xml', data: '<a/>' }), 'datacontenttype', 'type')],
  },
  { id: 'C5', name: 'base64 of JSON', steps: [taken(structured(base64('eyJ0b2tlbnMiOjV9')), { data: { tokens: 5 } })] },
  {
    id: 'C6',
    name: 'base64 without a content type',
    steps: [bad(base64('eyJ0b2tlbnMiOjV9', {}), 'data_base64', 'type')],
  },
  { id: 'C7', name: 'data and base64', steps: [bad(event({ data_base64: 'e30=' }), 'data_base64', 'exclusive')] },
  {
    id: 'C8',
    name: 'data null and base64',
    steps: [bad(event({ data: null, datacontenttype: JSON_TYPE, data_base64: 'e30=' }), 'data_base64', 'exclusive')],
  },
  {
    id: 'C9',
    name: 'data_base64 null',
    steps: [taken(structured(event({ data_base64: null })), { data: { method: 'GET' } })],
  },
  {
    id: 'C10',
    name: 'not base64',
    steps: [
      ...['e30', 'e3 0=', '-_8=', 'e30=='].map((text) => bad(base64(text), 'data_base64', 'format')),
      bad(base64(5), 'data_base64', 'type'),
    ],
  },
  {
    id: 'C11',
    name: 'base64 of bad UTF-8, of bad JSON',
    steps: [bad(base64('/w=='), 'data_base64', 'encoding'), bad(base64('e30x'), 'data_base64', 'json')],
  },
  {
    id: 'C12',
    name: 'a big integer keeps every digit',
    steps: [good('{"tokens":12345678901234567890}', { data: { tokens: new ExactNumber('12345678901234567890') } })],
  },
  {
    id: 'C13',
    name: 'a long decimal',
    steps: Array.from({ length: 10 }, () => good('{"tokens":0.1}', { data: { tokens: 0.1 } })),
  },
  {
    id: 'C14',
    name: 'an exponent',
    steps: [good('{"tokens":1e3}', { data: { tokens: 1000 } }), good('{"tokens":"1e3"}', { data: { tokens: '1e3' } })],
  },
  {
    id: 'C15',
    name: 'a huge exponent is taken as it is, without hanging',
    steps: ['1e400', '1e-400', '1e999999999'].map((number) =>
      good(`{"tokens":${number}}`, { data: { tokens: new ExactNumber(number) } }),
    ),
  },
  { id: 'C16', name: 'a numeric string', steps: [good('{"tokens":"12.50"}', { data: { tokens: '12.50' } })] },
  {
    id: 'C17',
    name: 'what is no number is taken, for a meter to quarantine',
    steps: ['"abc"', '""', '" 5"', '"0x10"', '"1_000"', '"NaN"', '"Infinity"', 'true', 'null', '{}', '[]'].map(
      (value) => keptAs(`{"tokens":${value}}`),
    ),
  },
  { id: 'C18', name: 'negative zero', steps: [keptAs('{"tokens":-0}')] },
  {
    id: 'C19',
    name: 'a key twice in data',
    steps: [
      bad(eventOf('{"tokens":1,"tokens":9}'), '/data/tokens', 'duplicate'),
      bad(eventOf('{"a":{"b~/c":1,"b~/c":2}}'), '/data/a/b~0~1c', 'duplicate'),
    ],
  },
  {
    id: 'C20',
    name: 'keys that differ in normal form only',
    steps: [good('{"\u00e9":1,"e\u0301":2}', { data: { '\u00e9': 1, 'e\u0301': 2 } })],
  },
  {
    id: 'C21',
    name: '__proto__ and constructor are ordinary keys',
    steps: [
      {
        ...good('{"__proto__":{"x":1},"constructor":2}'),
        also: (_answer, stored) => {
          const data = stored[0]?.events[0]?.data ?? {}
          expect(Object.keys(data)).toEqual(['__proto__', 'constructor'])
          expect(({} as Record<string, unknown>).x).toBeUndefined()
        },
      },
    ],
  },
  { id: 'C22', name: 'a lone surrogate inside data', steps: [bad(eventOf('{"m":"\\uD800"}'), '/data/m', 'character')] },
  { id: 'C23', name: 'NUL inside data', steps: [bad(eventOf('{"m":"a\\u0000"}'), '/data/m', 'character')] },
  {
    id: 'C24',
    name: 'depth',
    steps: [
      bad(eventOf(nested(33)), 'data', 'depth'),
      good(nested(32)),
      bad(eventOf(nested(100_000)), 'data', 'depth'),
      bad(eventOf('['.repeat(30_000) + ']'.repeat(30_000)), 'data', 'depth'),
      good('{}'),
    ],
  },
  {
    id: 'C25',
    name: 'NaN, a trailing comma, a comment, single quotes',
    steps: ['{"a":NaN}', '{"a":1,}', '{/**/}', "{'a':1}"].map((data) => bad(eventOf(data), '', 'json')),
  },
  {
    id: 'C26',
    name: 'trailing text',
    steps: [bad(`${event()}}`, '', 'json'), bad(`${event()} ${event()}`, '', 'json')],
  },
]

const at = (time: string, expected: string): Step => taken(structured(event({ time })), { time: expected })
const no = (time: unknown, code: string): Step => bad(event({ time }), 'time', code)

/** D: time, kept to the microsecond. */
export const TIME_VECTORS: Vector[] = [
  { id: 'D1', name: 'plain', steps: [at('2026-07-01T12:00:00Z', '2026-07-01T12:00:00Z')] },
  { id: 'D2', name: 'lower case', steps: [at('2026-07-01t12:00:00z', '2026-07-01T12:00:00Z')] },
  { id: 'D3', name: 'a fraction', steps: [at('2026-07-01T12:00:00.5Z', '2026-07-01T12:00:00.5Z')] },
  {
    id: 'D4',
    name: 'nanoseconds are cut, not rounded',
    steps: [at('2026-07-01T12:00:00.123456789Z', '2026-07-01T12:00:00.123456Z')],
  },
  { id: 'D5', name: 'stays in July', steps: [at('2026-07-31T23:59:59.9999999Z', '2026-07-31T23:59:59.999999Z')] },
  { id: 'D6', name: 'an offset back into July', steps: [at('2026-08-01T01:30:00+02:00', '2026-07-31T23:30:00Z')] },
  { id: 'D7', name: 'an offset forward into July', steps: [at('2026-06-30T20:15:00-03:45', '2026-07-01T00:00:00Z')] },
  { id: 'D8', name: 'an unknown offset', steps: [at('2026-07-01T00:00:00-00:00', '2026-07-01T00:00:00Z')] },
  { id: 'D9', name: 'the largest offset', steps: [at('2026-07-01T23:59:00+23:59', '2026-07-01T00:00:00Z')] },
  {
    id: 'D10',
    name: 'a leap second stays in its month',
    steps: ['2016-12-31T23:59:60Z', '2017-01-01T00:59:60+01:00', '2016-12-31T23:59:60.5Z'].map((time) =>
      at(time, '2016-12-31T23:59:59.999999Z'),
    ),
  },
  {
    id: 'D11',
    name: 'second 60 where no leap second can be',
    steps: [no('2026-07-01T12:00:60Z', 'range'), no('2026-07-15T23:59:60Z', 'range')],
  },
  {
    id: 'D12',
    name: 'leap days',
    steps: ['2024-02-29T00:00:00Z', '2000-02-29T00:00:00Z'].map((time) => at(time, time)),
  },
  {
    id: 'D13',
    name: 'days that do not exist',
    steps: ['2026-02-29', '1900-02-29', '2026-02-30', '2026-13-01', '2026-07-00'].map((day) =>
      no(`${day}T00:00:00Z`, 'range'),
    ),
  },
  {
    id: 'D14',
    name: 'hours that do not exist',
    steps: ['24:00:00', '12:60:00', '12:00:61'].map((time) => no(`2026-07-01T${time}Z`, 'range')),
  },
  { id: 'D15', name: 'no offset', steps: [no('2026-07-01T12:00:00', 'format')] },
  { id: 'D16', name: 'a space instead of T', steps: [no('2026-07-01 12:00:00Z', 'format')] },
  {
    id: 'D17',
    name: 'other forms of ISO 8601',
    steps: ['2026-07-01T12:00Z', '2026-07-01', '20260701T120000Z', '2026-W27-3T12:00:00Z', '2026-182T12:00:00Z'].map(
      (time) => no(time, 'format'),
    ),
  },
  {
    id: 'D18',
    name: 'odd fractions',
    steps: [no('2026-07-01T12:00:00,5Z', 'format'), no('2026-07-01T12:00:00.Z', 'format')],
  },
  {
    id: 'D19',
    name: 'odd offsets',
    steps: ['+2:00', '+0200', '+02', '\u221202:00'].map((offset) => no(`2026-07-01T12:00:00${offset}`, 'format')),
  },
  {
    id: 'D20',
    name: 'offsets that do not exist',
    steps: ['+24:00', '+12:60'].map((offset) => no(`2026-07-01T12:00:00${offset}`, 'range')),
  },
  {
    id: 'D21',
    name: 'spaces around it, nothing at all',
    steps: [no(' 2026-07-01T12:00:00Z', 'format'), no('2026-07-01T12:00:00Z ', 'format'), no('', 'empty')],
  },
  { id: 'D22', name: 'a number, a boolean', steps: [no(1782907200, 'type'), no(true, 'type')] },
  {
    id: 'D23',
    name: 'null and absent',
    steps: [
      taken(structured(event({ time: null })), { time: null }),
      taken(structured(event({}, 'time')), { time: null }),
    ],
  },
  {
    id: 'D24',
    name: 'very old, very far, a year ahead: timestamps all the same',
    steps: ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '2027-07-01T12:00:00Z'].map((time) => at(time, time)),
  },
  {
    id: 'D25',
    name: 'a year of six digits',
    steps: [no('+002026-07-01T12:00:00Z', 'format'), bad(eventWith('"time":"x"', 'time'), 'time', 'format')],
  },
]
