import { deflateSync, gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { chunked } from '../testing/raw-http.ts'
import {
  BATCH,
  batch,
  binary,
  event,
  lines,
  refused,
  STRUCTURED,
  type Step,
  structured,
  taken,
  type Vector,
} from '../testing/vector.ts'

const E = event()
const E2 = event({ id: 'e2' })
const GZIP: [string, string] = ['Content-Encoding', 'gzip']
const BODY_BYTES = 10 * 1024 * 1024
const EVENT_BYTES = 65_536

const packed = (body: string | Uint8Array, coding = 'gzip'): Step['send'] =>
  structured(gzipSync(body), ['Content-Encoding', coding])
const damaged = (change: (packed: Buffer) => Buffer): Step =>
  refused(structured(change(Buffer.from(gzipSync(E))), GZIP), '', 'encoding')
const bom = (text: string) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)])
const BOM = '\ufeff'

/** An event of exactly so many bytes. */
function sized(bytes: number, id = 'e1'): string {
  const empty = event({ id, data: { fill: '' } })
  return event({ id, data: { fill: 'x'.repeat(bytes - empty.length) } })
}
/** A batch of exactly so many bytes, of events within their own limit. */
function sizedBatch(bytes: number): string {
  const events = Array.from({ length: 200 }, (_, i) => sized(50_000, `e${i}`))
  const text = `[${events.join(',')}`
  return `${text}${' '.repeat(bytes - text.length - 1)}]`
}

/** F: encodings and limits. */
export const LIMIT_VECTORS: Vector[] = [
  {
    id: 'F1',
    name: 'a byte order mark',
    steps: [taken(structured(bom(E)), { id: 'e1' }), refused(structured(bom(BOM + E)), '', 'json')],
  },
  {
    id: 'F2',
    name: 'a byte order mark on lines',
    steps: [
      { send: lines(bom(`${E}\n${E2}`)), status: 204, stored: 2 },
      {
        send: lines(`${E}\n${BOM}${E2}`),
        status: 200,
        stored: 1,
        receipt: ({ events }) => expect(events[1]?.validationErrors?.[0]?.code).toBe('json'),
      },
    ],
  },
  {
    id: 'F3',
    name: 'UTF-16',
    steps: [
      refused(structured(Buffer.from(E, 'utf16le')), '', 'json'),
      refused(structured(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(E, 'utf16le')])), '', 'encoding'),
    ],
  },
  {
    id: 'F4',
    name: 'overlong bytes in the body',
    steps: [refused(structured(Buffer.from(event({ id: 'À¯' }), 'latin1')), '', 'encoding')],
  },
  {
    id: 'F5',
    name: 'a single FF byte',
    steps: [refused(structured(Buffer.from(event({ id: 'ÿ' }), 'latin1')), '', 'encoding')],
  },
  { id: 'F6', name: 'gzip', steps: [taken(packed(E), { id: 'e1' })] },
  { id: 'F7', name: 'gzip spelled otherwise', steps: [taken(packed(E, 'GZIP')), taken(packed(E, 'x-gzip'))] },
  {
    id: 'F8',
    name: 'identity, an empty header',
    steps: [taken(structured(E, ['Content-Encoding', 'identity'])), taken(structured(E, ['Content-Encoding', '']))],
  },
  {
    id: 'F9',
    name: 'other codings',
    steps: ['br', 'deflate', 'zstd', 'gzip, gzip'].map((coding) => ({
      send: structured(deflateSync(E), ['Content-Encoding', coding]),
      status: 415,
      headers: { 'accept-encoding': 'gzip' },
    })),
  },
  { id: 'F10', name: 'says gzip, is plain', steps: [refused(structured(E, GZIP), '', 'encoding')] },
  { id: 'F11', name: 'is gzip, says nothing', steps: [refused(structured(gzipSync(E)), '', 'encoding')] },
  {
    id: 'F12',
    name: 'gzip cut off',
    steps: [damaged((gz) => gz.subarray(0, -1)), damaged((gz) => gz.subarray(0, -8))],
  },
  {
    id: 'F13',
    name: 'a wrong checksum',
    steps: [
      damaged((gz) => {
        gz[gz.length - 8] = (gz[gz.length - 8] ?? 0) ^ 0xff
        return gz
      }),
    ],
  },
  { id: 'F14', name: 'trailing garbage', steps: [damaged((gz) => Buffer.concat([gz, Buffer.from('xyz')]))] },
  {
    id: 'F15',
    name: 'trailing zeros',
    steps: [taken(structured(Buffer.concat([gzipSync(E), Buffer.alloc(512)]), GZIP))],
  },
  {
    id: 'F16',
    name: 'two members',
    steps: [{ send: batch(Buffer.concat([gzipSync(`[${E}`), gzipSync(`,${E2}]`)]), GZIP), status: 204, stored: 2 }],
  },
  {
    id: 'F17',
    name: 'two members, two documents',
    steps: [refused(batch(Buffer.concat([gzipSync(`[${E}]`), gzipSync(`[${E2}]`)]), GZIP), '', 'json')],
  },
  { id: 'F18', name: 'an empty gzip body', steps: [refused(structured('', GZIP), '', 'encoding')] },
  {
    id: 'F19',
    name: 'a bomb',
    steps: [refused(structured(gzipSync(Buffer.alloc(4 * BODY_BYTES)), GZIP), '', 'size', 413)],
  },
  {
    id: 'F20',
    name: '10 MB unpacked and one byte more',
    steps: [
      { send: batch(gzipSync(sizedBatch(BODY_BYTES)), GZIP), status: 204, stored: 200 },
      refused(batch(gzipSync(sizedBatch(BODY_BYTES + 1)), GZIP), '', 'size', 413),
      { send: batch(sizedBatch(BODY_BYTES)), status: 204, stored: 200 },
    ],
  },
  {
    id: 'F21',
    name: 'an event of 65,536 bytes and one more',
    steps: [
      taken(structured(sized(EVENT_BYTES))),
      refused(structured(sized(EVENT_BYTES + 1)), '', 'size', 413),
      refused(structured(event({ data: { fill: 'é'.repeat(EVENT_BYTES / 2) } })), '', 'size', 413),
      refused(binary({}, `{"fill":"${'x'.repeat(EVENT_BYTES)}"}`), '', 'size', 413),
      taken(binary({}, `{"fill":"${'x'.repeat(EVENT_BYTES - 200)}"}`)),
    ],
  },
  {
    id: 'F22',
    name: 'one of three events too large',
    steps: [
      {
        send: batch(`[${E},${sized(EVENT_BYTES + 1)},${E2}]`),
        status: 200,
        stored: 2,
        receipt: ({ events }) =>
          expect(events[1]).toMatchObject({ verdict: 'refused', validationErrors: [{ code: 'size' }] }),
      },
    ],
  },
  {
    id: 'F23',
    name: 'a declared length too large is refused before reading',
    steps: [
      {
        ...refused(
          {
            headers: [
              ['Content-Type', BATCH],
              ['Content-Length', '20000000'],
            ],
            sendOnly: 0,
          },
          '',
          'size',
          413,
        ),
        headers: { connection: 'close' },
      },
    ],
  },
  {
    id: 'F24',
    name: 'chunked and over 10 MB',
    steps: [
      {
        ...refused(
          {
            headers: [
              ['Content-Type', BATCH],
              ['Transfer-Encoding', 'chunked'],
            ],
            body: chunked(Buffer.alloc(BODY_BYTES + 65_536, ' '), 65_536),
          },
          '',
          'size',
          413,
        ),
        headers: { connection: 'close' },
      },
      {
        send: {
          headers: [
            ['Content-Type', BATCH],
            ['Transfer-Encoding', 'chunked'],
          ],
          body: chunked(Buffer.from(`[${E},${E2}]`), 7),
        },
        status: 204,
        stored: 2,
      },
    ],
  },
  {
    id: 'F25',
    name: 'Expect: 100-continue with a bad key',
    steps: [
      {
        send: {
          headers: [
            ['Content-Type', STRUCTURED],
            ['Content-Length', '5000'],
            ['Expect', '100-continue'],
          ],
          sendOnly: 0,
        },
        as: 'nobody',
        status: 401,
        also: ({ interim }) => expect(interim).toEqual([]),
      },
      {
        send: {
          headers: [
            ['Content-Type', BATCH],
            ['Content-Length', '20000000'],
            ['Expect', '100-continue'],
          ],
          sendOnly: 0,
        },
        status: 413,
        also: ({ interim }) => expect(interim).toEqual([]),
      },
      {
        ...taken(structured(E, ['Expect', '100-continue'])),
        also: ({ interim }) => expect(interim).toEqual([100]),
      },
    ],
  },
  {
    id: 'F26',
    name: "headers above the server's limit",
    steps: [{ send: binary({ 'ce-long': 'x'.repeat(20_000) }), status: 431, isParserAnswer: true }],
  },
  {
    id: 'F27',
    name: "above the key's quota",
    steps: [
      {
        send: structured(E),
        as: (rig) => rig.scarceKey(),
        status: 204,
        headers: { ratelimit: /"events";r=0;t=\d+/, 'ratelimit-policy': /"events";q=1;w=60/ },
      },
      {
        send: structured(E),
        as: (rig) => rig.scarceKey(),
        status: 429,
        headers: {
          'retry-after': /^[1-9]\d*$/,
          ratelimit: /"events";r=0;t=\d+/,
          'ratelimit-policy': /"events";q=1;w=60/,
        },
      },
    ],
  },
  {
    id: 'F28',
    name: 'the store down, and back',
    steps: [
      {
        send: structured(E),
        before: (rig) => rig.door.shut(),
        after: (rig) => rig.door.open(),
        status: 503,
        headers: { 'retry-after': /^[1-9]\d*$/ },
      },
      taken(structured(E), { id: 'e1' }),
    ],
  },
  {
    id: 'F29',
    name: 'the client gone in the middle',
    steps: [
      { send: { ...structured(E), sendOnly: 20, hangUp: true }, status: 0, stored: 0 },
      {
        send: {
          headers: [
            ['Content-Type', STRUCTURED],
            ['Transfer-Encoding', 'chunked'],
          ],
          body: chunked(Buffer.from(E), 1000),
          sendOnly: 30,
          hangUp: true,
        },
        status: 0,
        stored: 0,
      },
    ],
  },
  {
    id: 'F30',
    name: 'every error is exactly application/problem+json',
    steps: [
      { send: structured('{'), status: 400 },
      { send: structured(E), as: 'nobody', status: 401 },
      { send: structured(event({ app: 'other' })), status: 403 },
      { send: { ...structured(E), method: 'PUT' }, status: 405 },
      { send: structured(sized(EVENT_BYTES + 1)), status: 413 },
      { send: { headers: [], body: E }, status: 415 },
    ],
  },
]
