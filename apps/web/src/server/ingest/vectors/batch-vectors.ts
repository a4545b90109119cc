import type { EventReceipt } from '@meterbook/core/event'
import { expect } from 'vitest'
import {
  batch,
  event,
  JSON_TYPE,
  lines,
  receiptWanted,
  refused,
  type Step,
  structured,
  typed,
  type Vector,
} from '../testing/vector.ts'

const E = event()
const E2 = event({ id: 'e2' })
const E3 = event({ id: 'e3' })
const noId = event({}, 'id')

/** Verdict of each event of a receipt, with its codes where it was refused. */
const verdicts = ({ events }: EventReceipt) =>
  events.map(({ verdict, validationErrors }) =>
    [verdict, ...(validationErrors ?? []).map(({ field, code }) => `${field} ${code}`)].join(': '),
  )
const mixed = (send: Step['send'], expected: string[]): Step => ({
  send,
  status: 200,
  stored: expected.filter((verdict) => verdict === 'taken').length,
  receipt: (receipt) => expect(verdicts(receipt)).toEqual(expected),
})
const all = (send: Step['send'], stored: number): Step => ({ send, status: 204, stored })
const indexes = (body: string) =>
  (JSON.parse(body) as { extensions: { validationErrors: { index: number }[] } }).extensions.validationErrors.map(
    ({ index }) => index,
  )

/** E: batches and lines. */
export const BATCH_VECTORS: Vector[] = [
  {
    id: 'E1',
    name: 'two events',
    steps: [
      all(batch(`[${E},${E2}]`), 2),
      {
        send: batch(`[${E}, ${E2}]`, receiptWanted),
        status: 200,
        stored: 2,
        headers: { 'preference-applied': 'return=representation', 'content-type': 'application/json' },
        receipt: (receipt) => {
          expect(receipt).toMatchObject({ taken: 2, refused: 0, receivedAt: '2026-07-01T12:00:00Z' })
          expect(receipt.journal).toEqual([
            {
              shard: 0,
              number: expect.stringMatching(/^[1-9]\d*$/),
              digest: expect.stringMatching(/^[0-9a-f]{64}$/),
              events: 2,
            },
          ])
          expect(receipt.events).toEqual([
            { index: 0, verdict: 'taken', journal: 0, position: 0 },
            { index: 1, verdict: 'taken', journal: 0, position: 1 },
          ])
        },
        also: (_answer, stored) => expect(stored[0]?.body).toBe(`[${E}, ${E2}]`),
      },
    ],
  },
  {
    id: 'E2',
    name: 'an empty batch',
    steps: [
      all(batch('[]'), 0),
      {
        send: batch(' [ ] ', receiptWanted),
        status: 200,
        stored: 0,
        receipt: ({ events }) => expect(events).toEqual([]),
      },
    ],
  },
  { id: 'E3', name: 'an empty array as plain JSON', steps: [all(typed(JSON_TYPE, '[]'), 0)] },
  {
    id: 'E4',
    name: 'one bad event does not spoil the others',
    steps: [
      {
        ...mixed(batch(`[${E},${noId},${E3}]`), ['taken', 'refused: id required', 'taken']),
        also: (_answer, stored) => expect(stored[0]?.body).toBe(`[${E},${E3}]`),
      },
    ],
  },
  {
    id: 'E5',
    name: 'nothing but bad events',
    steps: [
      {
        send: batch(`[${noId},5,null]`),
        status: 400,
        errors: [
          ['id', 'required'],
          ['', 'structure'],
        ],
        also: ({ body }) => expect(indexes(body)).toEqual([0, 1, 2]),
      },
    ],
  },
  {
    id: 'E6',
    name: 'what is not an object',
    steps: [
      mixed(batch(`[${E}, 5, "x", null, []]`), ['taken', ...Array.from({ length: 4 }, () => 'refused:  structure')]),
    ],
  },
  { id: 'E7', name: 'a nested array', steps: [refused(batch(`[[${E}]]`), '', 'structure')] },
  {
    id: 'E8',
    name: 'mixed versions',
    steps: [
      mixed(batch(`[${E},${event({ id: 'e2', specversion: '0.3' })}]`), ['taken', 'refused: specversion version']),
    ],
  },
  {
    id: 'E9',
    name: 'different data content types',
    steps: [
      all(
        batch(
          `[${[null, JSON_TYPE, 'application/vnd.acme+json'].map((datacontenttype) => event({ datacontenttype })).join(',')}]`,
        ),
        3,
      ),
    ],
  },
  { id: 'E10', name: 'the same event twice in one batch: both are taken', steps: [all(batch(`[${E},${E}]`), 2)] },
  {
    id: 'E11',
    name: 'the same id with other content in one batch: both are taken',
    steps: [all(batch(`[${E},${event({ data: { method: 'PUT' } })}]`), 2)],
  },
  {
    id: 'E12',
    name: '10,000 events and one more',
    steps: [
      all(batch(`[${Array.from({ length: 10_000 }, () => E).join(',')}]`), 10_000),
      refused(batch(`[${Array.from({ length: 10_001 }, () => E).join(',')}]`), '', 'size', 413),
      all(lines(Array.from({ length: 10_000 }, () => E).join('\n')), 10_000),
      refused(lines(Array.from({ length: 10_001 }, () => E).join('\n')), '', 'size', 413),
    ],
  },
  { id: 'E13', name: 'lines', steps: [all(lines(`${E}\n${E2}\n`), 2)] },
  { id: 'E14', name: 'no line feed at the end, CRLF', steps: [all(lines(`${E}\r\n${E2}`), 2)] },
  {
    id: 'E15',
    name: 'blank lines are skipped',
    steps: [
      {
        send: {
          ...lines(`\n\n${E}\n   \n\n${E2}\n\n`),
          headers: [['Content-Type', 'application/x-ndjson'], receiptWanted],
        },
        status: 200,
        stored: 2,
        receipt: ({ events }) =>
          expect(events.map(({ index, line }) => [index, line])).toEqual([
            [0, 3],
            [1, 6],
          ]),
      },
    ],
  },
  { id: 'E16', name: 'only blank lines, an empty body', steps: [all(lines('\n\n'), 0), all(lines(''), 0)] },
  {
    id: 'E17',
    name: 'one broken line',
    steps: [mixed(lines(`${E}\n{"id":\n${E2}`), ['taken', 'refused:  json', 'taken'])],
  },
  {
    id: 'E18',
    name: 'a pretty-printed event',
    steps: [refused(lines(JSON.stringify(JSON.parse(E), null, 2)), '', 'json')],
  },
  { id: 'E19', name: 'an array on a line', steps: [refused(lines(`[${E}]`), '', 'structure')] },
  { id: 'E20', name: 'U+2028 inside a string', steps: [all(lines(event({ data: { text: 'a\u2028b' } })), 1)] },
  {
    id: 'E21',
    name: 'an empty body with a JSON type',
    steps: [refused(typed(JSON_TYPE, ''), '', 'json'), refused(structured(''), '', 'json')],
  },
  { id: 'E22', name: 'two arrays', steps: [refused(batch(`[${E}][${E2}]`), '', 'json')] },
]
