// Hostile requests: what somebody sends who wants the door to break, to stall, to leak, or to write down what it should not.
// Promises: the same seed gives the same requests; each carries what may be known of it, and nothing else.
// Does not know: how they are sent, or what an answer must be.
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'

/** One request, byte for byte. `hangUp`: the connection ends with the last byte that is sent. */
export interface HostileRequest {
  /** Which kind of hostility; for the report. */
  kind: string
  method: string
  target: string
  headers: (readonly [name: string, value: string])[]
  body: Buffer
  /** The declared length, where it is not the body's. */
  declared?: number
}

/** Stands in every payload that asks to be written down: no log may hold it. */
export const MARKER = 'payload-marker-7316'
const MEGABYTE = 1024 * 1024

/** `key`: of an app, in force. */
export function hostileRequests(key: string): fc.Arbitrary<HostileRequest> {
  return fc.oneof(
    { weight: 30, arbitrary: ingest(key, 'broken JSON', brokenJson) },
    { weight: 12, arbitrary: ingest(key, 'deep nesting', deepJson) },
    { weight: 12, arbitrary: ingest(key, 'huge numbers', hugeNumbers) },
    { weight: 12, arbitrary: ingest(key, 'prototype keys', prototypeKeys) },
    { weight: 12, arbitrary: ingest(key, 'odd Unicode', oddText) },
    { weight: 14, arbitrary: ingest(key, 'wrong types', wrongTypes) },
    { weight: 6, arbitrary: ingest(key, 'bytes', fc.uint8Array({ maxLength: 400 }).map(Buffer.from)) },
    { weight: 1, arbitrary: ingest(key, 'oversized', oversized) },
    { weight: 8, arbitrary: packed(key) },
    { weight: 8, arbitrary: absurdHeaders(key) },
    { weight: 5, arbitrary: wrongKeys(key) },
    { weight: 30, arbitrary: reading(key) },
    { weight: 4, arbitrary: notHttp(key) },
  )
}

const MEDIA_TYPES = [
  'application/json',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
  'application/x-ndjson',
  'application/cloudevents+json; charset=utf-16',
  'text/html',
  'application/json;'.repeat(50),
  '',
]

function ingest(key: string, kind: string, bodies: fc.Arbitrary<Buffer>): fc.Arbitrary<HostileRequest> {
  return fc
    .record({ body: bodies, type: mostly('application/json', fc.constantFrom(...MEDIA_TYPES)) })
    .map((drawn) => ({
      kind,
      method: 'POST',
      target: '/api/v1/events',
      headers: [
        ['Authorization', `Bearer ${key}`],
        ['Content-Type', drawn.type],
      ],
      body: drawn.body,
    }))
}

const odd = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '\u0000',
  '\ud800',
  '\u202e',
  '\ufeff',
  '\u2028',
  "=cmd|' /C calc'!A0",
  '@SUM(1+1)*cmd',
  '+1+1',
  '-1',
  '\t=1',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg/onload=alert(1)>',
  "' OR '1'='1",
  '; DROP TABLE app; --',
  '../../etc/passwd',
  '%00',
  '#{7*7}',
  '{{7*7}}',
  'a'.repeat(5_000),
  '💥'.repeat(200),
)
const text = fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 60 }), fc.constant(MARKER))
const anyJson = fc.oneof(fc.jsonValue({ maxDepth: 3 }), text, fc.constantFrom(null, 1e308, -0, [], {}))

/** An event that is nearly right, so that what is odd gets far. */
function event(parts: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Buffer> {
  return fc
    .record({
      specversion: fc.constant('1.0'),
      id: fc.oneof(fc.uuid(), text),
      source: fc.constantFrom('/hostile', MARKER),
      type: fc.constantFrom('request', 'prompt', 'unheard.of'),
      ...parts,
    })
    .map((value) => Buffer.from(JSON.stringify(value)))
}

const brokenJson = fc
  .record({
    value: fc.jsonValue({ maxDepth: 4 }),
    at: fc.nat(),
    how: fc.constantFrom('cut', 'comma', 'quote', 'twice'),
  })
  .map(({ value, at, how }) => {
    const whole = JSON.stringify({ specversion: '1.0', id: MARKER, source: '/h', type: 'request', data: value })
    const place = at % (whole.length + 1)
    if (how === 'cut') return Buffer.from(whole.slice(0, place))
    if (how === 'twice') return Buffer.from(whole + whole)
    return Buffer.from(whole.slice(0, place) + (how === 'comma' ? ',' : '"') + whole.slice(place))
  })

const deepJson = fc
  .record({ depth: fc.integer({ min: 50, max: 20_000 }), open: fc.constantFrom('[', '{"a":') })
  .map(({ depth, open }) => {
    const close = open === '[' ? ']' : '}'
    const data = `${open.repeat(depth)}1${close.repeat(depth)}`
    return Buffer.from(`{"specversion":"1.0","id":"deep","source":"/h","type":"prompt","data":{"tokens":${data}}}`)
  })

const hugeNumbers = fc
  .constantFrom(
    '1e999999999',
    '-1e-999999999',
    '9'.repeat(4_000),
    `0.${'0'.repeat(4_000)}1`,
    '1e400',
    '-0.0',
    'NaN',
    'Infinity',
    '0x10',
    '1_000',
    '"1e999999"',
    `"${'9'.repeat(60)}"`,
    '123456789012345678901234567890.123456789012345678901234567890',
  )
  .map((number) =>
    Buffer.from(
      `{"specversion":"1.0","id":"n${number.length}","source":"/h","type":"prompt","data":{"tokens":${number},"model":"m"}}`,
    ),
  )

const prototypeKeys = fc
  .record({
    name: fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'length'),
    value: anyJson,
    at: fc.nat(2),
  })
  .map(({ name, value, at }) => {
    const member = `${JSON.stringify(name)}:${JSON.stringify(value) ?? 'null'}`
    const polluted = `{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},${member},"tokens":1}`
    const attributes = '"specversion":"1.0","id":"p","source":"/h","type":"prompt"'
    if (at === 0) return Buffer.from(`{${attributes},"data":${polluted}}`)
    return Buffer.from(at === 1 ? `{${attributes},${member},"data":{"tokens":1}}` : `[{"__proto__":{${attributes}}}]`)
  })

const oddText = event({
  subject: text,
  environment: text,
  installation: text,
  data: fc.record({ model: text, tokens: text }),
})

const wrongTypes = event({
  id: anyJson,
  source: anyJson,
  type: anyJson,
  time: anyJson,
  subject: anyJson,
  environment: anyJson,
  data: anyJson,
  app: anyJson,
})

const BIG = Buffer.from(
  `{"specversion":"1.0","id":"big","source":"/h","type":"request","data":{"x":"${'x'.repeat(11 * MEGABYTE)}"}}`,
)
const MANY = Buffer.from(`[${Array(10_001).fill('{}').join(',')}]`)
const LONG = Buffer.from(`{"specversion":"1.0","id":"${'i'.repeat(70_000)}","source":"/h","type":"request"}`)
const oversized = fc.constantFrom(BIG, MANY, LONG, Buffer.from(`${'{}\n'.repeat(20_000)}`))

const ONE = Buffer.from('{"specversion":"1.0","id":"gz","source":"/h","type":"request"}')
const GZIPS: readonly (readonly [string, Buffer])[] = [
  ['truncated gzip', gzipSync(ONE).subarray(0, 30)],
  ['truncated gzip', gzipSync(ONE).subarray(0, -4)],
  ['not gzip', ONE],
  ['not gzip', Buffer.alloc(0)],
  ['gzip with a wrong checksum', Buffer.concat([gzipSync(ONE).subarray(0, -8), Buffer.alloc(8)])],
  ['gzip bomb', gzipSync(Buffer.alloc(200 * MEGABYTE, 32))],
  ['gzip bomb', gzipSync(gzipSync(Buffer.alloc(100 * MEGABYTE)))],
  ['two gzips in one', Buffer.concat([gzipSync(ONE), gzipSync(ONE)])],
]

function packed(key: string): fc.Arbitrary<HostileRequest> {
  const coding = mostly('gzip', fc.constantFrom('br', 'gzip, gzip', 'GZIP', 'deflate', 'x'.repeat(300)))
  return fc.record({ gzip: fc.constantFrom(...GZIPS), coding }).map(({ gzip: [kind, body], coding }) => ({
    kind,
    method: 'POST',
    target: '/api/v1/events',
    headers: [
      ['Authorization', `Bearer ${key}`],
      ['Content-Type', 'application/json'],
      ['Content-Encoding', coding],
    ],
    body,
  }))
}

/** Visible ASCII and bytes above: what a header may hold, and what no client would send. */
const headerText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 80 }),
  fc.constantFrom('%00', '%c0%a0', '%ff', '__proto__', `"${MARKER}"`, '*'.repeat(3_000), '=1+1', '<b>', ',,,', '0x1F'),
)

function absurdHeaders(key: string): fc.Arbitrary<HostileRequest> {
  const name = fc.constantFrom(
    'ce-id',
    'ce-source',
    'ce-type',
    'ce-specversion',
    'ce-time',
    'ce-__proto__',
    'ce-constructor',
    'ce-',
    'Prefer',
    'X-Request-Id',
    'Content-Type',
    'Accept',
    'Cookie',
    'Range',
    'traceparent',
    'X-Forwarded-For',
    'Expect',
  )
  return fc
    .record({
      more: fc.array(fc.tuple(name, headerText), { maxLength: 12 }),
      count: mostly(1, fc.constantFrom(30, 200)),
      method: fc.constantFrom('POST', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'HEAD'),
    })
    .map(({ more, count, method }) => ({
      kind: 'absurd headers',
      method,
      target: '/api/v1/events',
      headers: [['Authorization', `Bearer ${key}`], ...Array.from({ length: count }, () => more).flat()],
      body: method === 'HEAD' ? Buffer.alloc(0) : ONE,
    }))
}

function wrongKeys(key: string): fc.Arbitrary<HostileRequest> {
  const wrong = fc.oneof(
    headerText.map((word) => `Bearer ${word}`),
    fc.constantFrom(
      `Basic ${key}`,
      `Bearer  ${key} x`,
      `${key}`,
      `Bearer ${key.slice(0, -1)}`,
      `Bearer ${key.toUpperCase()}`,
      'Bearer',
    ),
  )
  return fc.record({ wrong, body: wrongTypes }).map(({ wrong: authorization, body }) => ({
    kind: 'wrong key',
    method: 'POST',
    target: '/api/v1/events',
    headers: [
      ['Authorization', authorization],
      ['Content-Type', 'application/json'],
    ],
    body,
  }))
}

/** A path, a query and perhaps a body for what is read with a key. */
function reading(key: string): fc.Arbitrary<HostileRequest> {
  const part = fc.oneof(
    fc.constantFrom(
      'tokens_total',
      'requests',
      'events',
      'nothing',
      '__proto__',
      'constructor',
      '%00',
      '%ff',
      '..',
      '%2e%2e',
      '%2F',
      "'",
      '*',
    ),
    text.map((word) => encodeURIComponent(word.toWellFormed()).slice(0, 2_000)),
  )
  const path = fc.oneof(
    fc.constantFrom(
      '/api/v1/meters',
      '/api/v1/events',
      '/api/v1/meters/tokens_total/query',
      '/api/v1/statements',
      '/api/v1/ledger/heads',
    ),
    part.map((one) => `/api/v1/meters/${one}/query`),
    fc.tuple(part, part).map(([source, id]) => `/api/v1/events/${source}/${id}`),
    fc.tuple(part, part).map(([one, two]) => `/api/v1/statements/${one}/${two}`),
    fc.tuple(part, part).map(([one, two]) => `/api/v1/${one}/${two}`),
    fc.constantFrom(
      '/api/v2/events',
      '/api/v1//events',
      '/api/v1/meters/../../v1/meters',
      'http://other.test/api/v1/meters',
    ),
  )
  const name = fc.constantFrom(
    'from',
    'to',
    'windowSize',
    'windowTimeZone',
    'subject',
    'groupBy',
    'filterGroupBy[model]',
    'filterGroupBy[__proto__]',
    'cursor',
    'limit',
    'app',
    '__proto__',
    'constructor',
  )
  const value = fc.oneof(
    text.map((word) => encodeURIComponent(word.toWellFormed()).slice(0, 2_000)),
    fc.constantFrom(
      '2026-01-01T00:00:00Z',
      '9999-12-31T23:59:59Z',
      '-271821-04-20T00:00:00Z',
      'MINUTE',
      'DAY',
      'Europe/Berlin',
      'model',
      '%',
      '%zz',
      '-1',
      '1e9',
    ),
  )
  const query = fc
    .array(fc.tuple(name, value), { maxLength: 8 })
    .map((pairs) => pairs.map((pair) => pair.join('=')).join('&'))
  return fc
    .record({
      path,
      query,
      method: mostly('GET', fc.constantFrom('POST', 'PUT', 'DELETE', 'QUERY')),
      accept: fc.constantFrom('application/json', 'text/csv', '*/*', ',;q=', 'text/csv;q=1e9'),
      body: fc.oneof(
        anyJson.map((json) => Buffer.from(JSON.stringify(json) ?? 'null')),
        brokenJson,
      ),
    })
    .map(({ path: at, query: asked, method, accept, body }) => ({
      kind: 'reading',
      method,
      target: asked === '' ? at : `${at}?${asked}`,
      headers: [
        ['Authorization', `Bearer ${key}`],
        ['Accept', accept],
        ...(method === 'GET' ? [] : [['Content-Type', 'application/json'] as const]),
      ],
      body: method === 'GET' ? Buffer.alloc(0) : body,
    }))
}

/** What no client sends: requests that are no HTTP, or contradict themselves. */
function notHttp(key: string): fc.Arbitrary<HostileRequest> {
  const base = { kind: 'not HTTP', method: 'POST', target: '/api/v1/events', body: ONE }
  const authorization = ['Authorization', `Bearer ${key}`] as const
  return fc.constantFrom<HostileRequest>(
    { ...base, method: 'GET\t', headers: [authorization] },
    { ...base, method: '💥', headers: [authorization] },
    { ...base, target: '/api/v1/\u0000events', headers: [authorization] },
    { ...base, headers: [authorization, ['Bad Header', 'x']] },
    { ...base, headers: [authorization, ['X-Line', 'a\rb']] },
    { ...base, headers: [authorization, ['X-Long', 'y'.repeat(20_000)]] },
    { ...base, headers: [authorization, ['Content-Length', '-1']] },
    { ...base, headers: [authorization, ['Content-Length', '5'], ['Content-Length', '6']] },
    { ...base, headers: [authorization, ['Content-Length', '5'], ['Transfer-Encoding', 'chunked']] },
    {
      ...base,
      headers: [authorization, ['Transfer-Encoding', 'chunked']],
      body: Buffer.from('zz\r\nhello\r\n0\r\n\r\n'),
    },
    { ...base, headers: [authorization, ['Transfer-Encoding', 'gzip']] },
    { ...base, target: '*', headers: [authorization] },
    {
      ...base,
      target: `/api/v1/meters/${'a'.repeat(15_000)}`,
      method: 'GET',
      body: Buffer.alloc(0),
      headers: [authorization],
    },
  )
}

function mostly<T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other })
}
