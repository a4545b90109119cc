import type { RawRequest } from '../testing/raw-http.ts'
import { binary, event, eventOf, eventWith, structured, type Vector } from '../testing/vector.ts'

/** Requests in order, and what becomes of the event of each: by its identity and content, the first one standing. */
export type IdentityVector = Pick<Vector, 'id' | 'name'> & {
  sends: readonly (RawRequest & { as?: 'app' | 'otherApp'; yearsLater?: number })[]
  verdicts: readonly ('counted' | 'duplicate' | 'conflict')[]
}

const E = structured(event())
const same = ['counted', 'duplicate'] as const
const different = ['counted', 'counted'] as const
const pair = (first: string, second: string) => [structured(first), structured(second)]
const change = (members: Record<string, unknown>) => structured(event(members))

/** G: which events are the same. */
export const IDENTITY_VECTORS: IdentityVector[] = [
  { id: 'G1', name: 'the same again', sends: [E, E], verdicts: same },
  {
    id: 'G2',
    name: 'other member order, white space and escapes',
    sends: [
      E,
      structured(
        '{ "data" : {"method" : "\\u0047ET"}, "time":"2026-07-01T12:00:00Z", "type":"request","source":"/svc",\n"id":"\\u00651","specversion":"1.0" }',
      ),
    ],
    verdicts: same,
  },
  { id: 'G3', name: 'another time only', sends: [E, change({ time: '2026-07-02T12:00:00Z' })], verdicts: same },
  { id: 'G4', name: 'no time, sent twice', sends: pair(event({}, 'time'), event({}, 'time')), verdicts: same },
  {
    id: 'G5',
    name: 'forms of a number',
    sends: ['{"n":1}', '{"n":1.0}', '{"n":1e0}', '{"n":10E-1}'].map((data) => structured(eventOf(data))),
    verdicts: ['counted', 'duplicate', 'duplicate', 'duplicate'],
  },
  {
    id: 'G6',
    name: 'another mode, the same event',
    sends: [binary({ 'ce-time': '2026-07-01T12:00:00Z', 'ce-subject': 'a%20b' }), change({ id: 'b1', subject: 'a b' })],
    verdicts: same,
  },
  { id: 'G7', name: 'null and absent', sends: [E, change({ subject: null })], verdicts: same },
  { id: 'G8', name: 'data null and no data', sends: pair(event({}, 'data'), event({ data: null })), verdicts: same },
  {
    id: 'G9',
    name: 'other data',
    sends: [E, change({ data: { method: 'PUT' } }), E, structured(eventOf('{"method":12345678901234567890}'))],
    verdicts: ['counted', 'conflict', 'duplicate', 'conflict'],
  },
  {
    id: 'G10',
    name: 'another value of an extension that is not ours',
    sends: [change({ traceparent: '00-1' }), change({ traceparent: '00-2' }), change({ environment: 'staging' })],
    verdicts: ['counted', 'duplicate', 'conflict'],
  },
  { id: 'G11', name: 'the same id, another source', sends: [E, change({ source: '/other' })], verdicts: different },
  {
    id: 'G12',
    name: 'source and id that read alike when glued',
    sends: [change({ source: 'a', id: 'bc' }), change({ source: 'ab', id: 'c' })],
    verdicts: different,
  },
  {
    id: 'G13',
    name: 'the same source and id from two apps',
    sends: [E, { ...E, as: 'otherApp' }],
    verdicts: different,
  },
  {
    id: 'G14',
    name: 'case, normal form and a trailing slash make another event',
    sends: [
      change({ id: 'caf\u00e9' }),
      change({ id: 'cafe\u0301' }),
      change({ id: 'CAF\u00c9' }),
      change({ source: '/svc/' }),
      structured(eventWith('"source":"/SVC"', 'source')),
    ],
    verdicts: ['counted', 'counted', 'counted', 'counted', 'counted'],
  },
  { id: 'G15', name: 'a year later', sends: [E, { ...E, yearsLater: 1 }], verdicts: same },
  {
    id: 'G16',
    name: '1,000 parallel sends',
    sends: Array.from({ length: 1_000 }, () => E),
    verdicts: ['counted', ...Array.from({ length: 999 }, () => 'duplicate' as const)],
  },
]
