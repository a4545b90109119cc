import { expect } from 'vitest'
import { event, eventWith, refused, type Step, structured, taken, type Vector } from '../testing/vector.ts'

type Change = Parameters<typeof event>[0]
const good = (change: Change, expected: Step['event'] = {}): Step => taken(structured(event(change)), expected)
const bad = (change: Change, field: string, code: string): Step => refused(structured(event(change)), field, code)
const raw = (members: string, field: string, code: string, ...without: ('id' | 'specversion')[]): Step =>
  refused(structured(eventWith(members, ...without)), field, code)

/** B: attributes of an event in JSON. */
export const ATTRIBUTE_VECTORS: Vector[] = [
  {
    id: 'B1',
    name: 'minimal; the time is then that of receipt',
    steps: [
      {
        ...taken(structured(event({}, 'time', 'data')), { time: null, data: null }),
        also: (_answer, stored, rig) => expect(stored[0]?.receivedAt).toBe(rig.clock.now),
      },
    ],
  },
  {
    id: 'B2',
    name: 'id missing or null',
    steps: [refused(structured(event({}, 'id')), 'id', 'required'), bad({ id: null }, 'id', 'required')],
  },
  { id: 'B3', name: 'id empty', steps: [bad({ id: '' }, 'id', 'empty')] },
  { id: 'B4', name: 'id a number', steps: [bad({ id: 123 }, 'id', 'type')] },
  { id: 'B5', name: 'id one space', steps: [good({ id: ' ' }, { id: ' ' })] },
  { id: 'B6', name: 'id with NUL', steps: [raw('"id":"a\\u0000b"', 'id', 'character', 'id')] },
  {
    id: 'B7',
    name: 'id with a C1 control',
    steps: [raw('"id":"a\\u0085b"', 'id', 'character', 'id'), bad({ id: 'a\u0085b' }, 'id', 'character')],
  },
  { id: 'B8', name: 'id with a lone surrogate', steps: [raw('"id":"\\uDEAD"', 'id', 'character', 'id')] },
  {
    id: 'B9',
    name: 'id with a surrogate pair',
    steps: [taken(structured(eventWith('"id":"\\uD83D\\uDE00"', 'id')), { id: '😀' })],
  },
  { id: 'B10', name: 'a pair that is a noncharacter', steps: [raw('"id":"\\uD83F\\uDFFE"', 'id', 'character', 'id')] },
  {
    id: 'B11',
    name: 'source relative, like a phone number',
    steps: [good({ source: '1-555-123-4567' }, { source: '1-555-123-4567' })],
  },
  { id: 'B12', name: 'source a network path', steps: [good({ source: '//example.com/x' })] },
  { id: 'B13', name: 'source a URN', steps: [good({ source: 'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66' })] },
  {
    id: 'B14',
    name: 'source empty, with a space, not ASCII, with a bad escape',
    steps: [
      bad({ source: '' }, 'source', 'empty'),
      ...['/a b', '/ü', '/a%zz', '1a:b', 'a|b'].map((source) => bad({ source }, 'source', 'format')),
    ],
  },
  {
    id: 'B15',
    name: 'source with a bad host',
    steps: [
      ...['http://[::1', 'http://[::g]/', 'http://a:b:c/', 'http://[1:2:3:4:5:6:7]/'].map((source) =>
        bad({ source }, 'source', 'format'),
      ),
      ...['http://[::1]/', 'http://[2001:db8::192.0.2.1]:8080/x?y#z', 'https://u:p@h:/', '?q', '#f', 'a/b:c'].map(
        (source) => good({ source }, { source }),
      ),
    ],
  },
  {
    id: 'B16',
    name: 'source kept as written',
    steps: [good({ source: 'HTTP://Example.com/%7Ea' }, { source: 'HTTP://Example.com/%7Ea' })],
  },
  {
    id: 'B17',
    name: 'type empty or missing',
    steps: [bad({ type: '' }, 'type', 'empty'), refused(structured(event({}, 'type')), 'type', 'required')],
  },
  {
    id: 'B18',
    name: 'specversion of another text',
    steps: ['0.3', '1.0.2', '1', ' 1.0'].map((specversion) => bad({ specversion }, 'specversion', 'version')),
  },
  {
    id: 'B19',
    name: 'specversion a number',
    steps: [
      raw('"specversion":1.0', 'specversion', 'type', 'specversion'),
      bad({ specversion: 1 }, 'specversion', 'type'),
    ],
  },
  {
    id: 'B20',
    name: 'subject null, empty, a number',
    steps: [
      good({ subject: null }, { subject: null }),
      bad({ subject: '' }, 'subject', 'empty'),
      bad({ subject: 5 }, 'subject', 'type'),
    ],
  },
  {
    id: 'B21',
    name: 'datacontenttype with a parameter',
    steps: [good({ datacontenttype: 'application/json; charset=utf-8' })],
  },
  {
    id: 'B22',
    name: 'datacontenttype not a media type',
    steps: [bad({ datacontenttype: 'json' }, 'datacontenttype', 'format')],
  },
  {
    id: 'B23',
    name: 'dataschema relative or empty',
    steps: [bad({ dataschema: '/s' }, 'dataschema', 'format'), bad({ dataschema: '' }, 'dataschema', 'empty')],
  },
  { id: 'B24', name: 'dataschema with a fragment', steps: [good({ dataschema: 'https://x.example/s#y' })] },
  {
    id: 'B25',
    name: 'extensions of three types are kept with them',
    steps: [good({ ext: 'v', flag: true, n: -5 }, { extensions: { ext: 'v', flag: true, n: -5 } })],
  },
  { id: 'B26', name: 'an extension that is null', steps: [good({ ext: null }, { extensions: {} })] },
  {
    id: 'B27',
    name: 'an extension that is an object or array',
    steps: [bad({ ext: {} }, 'ext', 'type'), bad({ ext: [1] }, 'ext', 'type')],
  },
  {
    id: 'B28',
    name: 'an extension with a fraction or exponent',
    steps: [raw('"n":1.5', 'n', 'type'), raw('"n":1e2', 'n', 'type'), raw('"n":5.0', 'n', 'type')],
  },
  {
    id: 'B29',
    name: 'an extension at the edge of its range',
    steps: [
      good({ n: 2147483647, m: -2147483648 }, { extensions: { n: 2147483647, m: -2147483648 } }),
      bad({ n: 2147483648 }, 'n', 'range'),
    ],
  },
  { id: 'B30', name: 'an extension too big for a double', steps: [raw('"n":12345678901234567890', 'n', 'range')] },
  { id: 'B31', name: 'an upper-case member', steps: [bad({ Subject: 'x' }, 'Subject', 'name')] },
  {
    id: 'B32',
    name: 'an underscore member, and no prototype touched',
    steps: [
      bad({ my_ext: 'x' }, 'my_ext', 'name'),
      {
        ...raw('"__proto__":"x"', '__proto__', 'name'),
        also: () => expect(Object.getPrototypeOf({})).toBe(Object.prototype),
      },
      raw('"__proto__":{"polluted":true}', '__proto__', 'name'),
    ],
  },
  {
    id: 'B33',
    name: 'a name of 21 letters, a name that starts with a digit',
    steps: [
      good({ abcdefghijklmnopqrstu: '1', '1abc': '2' }, { extensions: { abcdefghijklmnopqrstu: '1', '1abc': '2' } }),
    ],
  },
  { id: 'B34', name: 'an empty name', steps: [bad({ '': 'x' }, '', 'name')] },
  {
    id: 'B35',
    name: 'an attribute twice',
    steps: [raw('"id":"b"', 'id', 'duplicate'), raw('"\\u0069d":"b"', 'id', 'duplicate')],
  },
  {
    id: 'B36',
    name: 'environment empty, absent, null',
    steps: [
      bad({ environment: '' }, 'environment', 'empty'),
      good({}, { environment: 'production' }),
      good({ environment: null }, { environment: 'production' }),
      good({ environment: 'staging', installation: 'site-7' }, { environment: 'staging', installation: 'site-7' }),
    ],
  },
  {
    id: 'B37',
    name: "an app named by an app's own key",
    steps: [
      { ...bad({ app: 'other-app' }, 'app', 'forbidden'), status: 403 },
      { ...bad({ app: 'blog' }, 'app', 'forbidden'), status: 403 },
      good({ app: 'shop' }, { app: 'shop' }),
      { send: (rig) => structured(event({ app: rig.app.id })), status: 204 },
    ],
  },
  {
    id: 'B38',
    name: 'app missing with a service key',
    steps: [
      { ...refused(structured(event()), 'app', 'required'), as: 'service' },
      { ...bad({ app: 'nowhere' }, 'app', 'forbidden'), as: 'service', status: 403 },
      {
        ...good({ app: 'blog' }, { app: 'blog' }),
        as: 'service',
        also: (_answer, stored, rig) => expect(stored[0]?.appId).toBe(rig.otherApp.id),
      },
    ],
  },
  {
    id: 'B39',
    name: 'the documented extensions are kept and mean nothing',
    steps: [
      good(
        { traceparent: '00-a-b-01', tracestate: 'x=1', partitionkey: 'p', sequence: '1', sampledrate: 3 },
        {
          extensions: { traceparent: '00-a-b-01', tracestate: 'x=1', partitionkey: 'p', sequence: '1', sampledrate: 3 },
        },
      ),
    ],
  },
  {
    id: 'B40',
    name: 'dataref without data is taken and never fetched',
    steps: [
      taken(structured(event({ dataref: 'https://x.example/1' }, 'data')), {
        data: null,
        extensions: { dataref: 'https://x.example/1' },
      }),
    ],
  },
]
