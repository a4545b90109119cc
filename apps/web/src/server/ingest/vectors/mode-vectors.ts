import { expect } from 'vitest'
import {
  BATCH,
  batch,
  binary,
  event,
  JSON_TYPE,
  LINES,
  refused,
  STRUCTURED,
  type Step,
  structured,
  taken,
  typed,
  type Vector,
} from '../testing/vector.ts'

const E = event()
const unsupported = (contentType: string, body = E): Step => ({
  send: typed(contentType, body),
  status: 415,
  headers: { accept: /cloudevents\+json/ },
})
const subject = (value: string, expected: string): Step =>
  taken(binary({ 'ce-subject': value }), { id: 'b1', subject: expected })
const noSubject = (value: string, code: string): Step => refused(binary({ 'ce-subject': value }), 'subject', code)
/** UTF-8 bytes as a header carries them: one Latin-1 character each. */
const bytes = (text: string) => Buffer.from(text).toString('latin1')

/** A: how a request carries its events. */
export const MODE_VECTORS: Vector[] = [
  { id: 'A1', name: 'structured', steps: [taken(structured(E), { id: 'e1', source: '/svc', type: 'request' })] },
  { id: 'A2', name: 'structured, with a charset', steps: [taken(typed(`${STRUCTURED}; charset=utf-8`, E))] },
  {
    id: 'A3',
    name: 'charset spelled otherwise',
    steps: [taken(typed('Application/CloudEvents+JSON;Charset="UTF-8"', E))],
  },
  { id: 'A4', name: 'a foreign charset', steps: [unsupported(`${STRUCTURED}; charset=iso-8859-1`)] },
  { id: 'A5', name: 'an unknown parameter', steps: [taken(typed(`${STRUCTURED}; profile=x`, E))] },
  { id: 'A6', name: 'no format suffix', steps: [unsupported('application/cloudevents')] },
  { id: 'A7', name: 'another format', steps: [unsupported('application/cloudevents+avro')] },
  { id: 'A8', name: 'another batch format', steps: [unsupported('application/cloudevents-batch+xml')] },
  { id: 'A9', name: 'structured type, array body', steps: [refused(structured(`[${E}]`), '', 'structure')] },
  { id: 'A10', name: 'batch type, object body', steps: [refused(batch(E), '', 'structure')] },
  { id: 'A11', name: 'plain JSON, one event', steps: [taken(typed(JSON_TYPE, E), { id: 'e1' })] },
  { id: 'A12', name: 'plain JSON, an array', steps: [taken(typed(JSON_TYPE, `[${E}]`), { id: 'e1' })] },
  { id: 'A13', name: "curl's default type", steps: [unsupported('application/x-www-form-urlencoded')] },
  { id: 'A14', name: 'no content type', steps: [{ send: { headers: [], body: E }, status: 415 }] },
  {
    id: 'A15',
    name: 'binary',
    steps: [
      {
        ...taken(binary(), { id: 'b1', data: { method: 'GET' } }),
        also: (_answer, stored) => expect(stored[0]?.body).toContain('"datacontenttype":"application/json"'),
      },
    ],
  },
  {
    id: 'A16',
    name: 'header names in any case',
    steps: [taken(binary({ 'ce-id': null, 'CE-ID': 'b1', 'ce-source': null, 'Ce-Source': '/svc' }), { id: 'b1' })],
  },
  {
    id: 'A17',
    name: 'headers beside a structured body',
    steps: [taken(structured(E, ['ce-id', 'other']), { id: 'e1' })],
  },
  { id: 'A18', name: 'one ce- header missing', steps: [refused(binary({ 'ce-type': null }), 'type', 'required')] },
  {
    id: 'A19',
    name: 'binary without a body',
    steps: [taken(binary({ 'Content-Type': null }, ''), { id: 'b1', data: null })],
  },
  {
    id: 'A20',
    name: 'binary, a body without a type',
    steps: [{ send: binary({ 'Content-Type': null }, '{"a":1}'), status: 415 }],
  },
  {
    id: 'A21',
    name: 'ce-datacontenttype',
    steps: [refused(binary({ 'ce-datacontenttype': JSON_TYPE }), 'datacontenttype', 'name')],
  },
  {
    id: 'A22',
    name: 'a header twice',
    steps: [
      refused(
        {
          ...binary({ 'ce-id': null }),
          headers: [...binary({ 'ce-id': null }).headers, ['ce-id', '1'], ['ce-id', '2']],
        },
        'id',
        'duplicate',
      ),
    ],
  },
  { id: 'A23', name: 'an empty header', steps: [noSubject('', 'empty')] },
  { id: 'A24', name: 'a header without a name', steps: [refused(binary({ 'ce-': 'x' }), '', 'name')] },
  { id: 'A25', name: 'a dash in the name', steps: [refused(binary({ 'ce-my-ext': '1' }), 'my-ext', 'name')] },
  { id: 'A26', name: 'an underscore header', steps: [taken(binary({ ce_subject: 'x' }), { subject: null })] },
  { id: 'A27', name: 'percent-encoded', steps: [subject('Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀')] },
  { id: 'A28', name: 'lower-case hex', steps: [subject('%e2%82%ac', '€')] },
  { id: 'A29', name: 'needless encoding', steps: [subject('%41%42', 'AB')] },
  {
    id: 'A30',
    name: 'needless encoding of time and version',
    steps: [
      taken(binary({ 'ce-time': '2026-07-01T12%3A00%3A00Z', 'ce-specversion': '%31.0' }), {
        time: '2026-07-01T12:00:00Z',
      }),
    ],
  },
  { id: 'A31', name: 'one round of decoding only', steps: [subject('%2525', '%25')] },
  { id: 'A32', name: 'plus is plus', steps: [subject('a+b', 'a+b')] },
  { id: 'A33', name: 'quoted', steps: [subject('"a b"', 'a b')] },
  { id: 'A34', name: 'quoted with escapes', steps: [subject('"say \\"hi\\" \\\\ ok"', 'say "hi" \\ ok')] },
  { id: 'A35', name: 'quoted, then percent', steps: [subject('"Euro%20%E2%82%AC"', 'Euro €')] },
  { id: 'A36', name: 'a quoted version', steps: [taken(binary({ 'ce-specversion': '"1.0"' }))] },
  { id: 'A37', name: 'empty quoted', steps: [noSubject('""', 'empty')] },
  { id: 'A38', name: 'a quote never closed', steps: [subject('"abc', '"abc')] },
  { id: 'A39', name: 'quotes inside', steps: [subject('a"b"c', 'a"b"c')] },
  { id: 'A40', name: 'a stray percent', steps: [subject('100%', '100%')] },
  { id: 'A41', name: 'percent and no hex', steps: [subject('%zz', '%zz')] },
  { id: 'A42', name: 'overlong UTF-8', steps: [noSubject('%C0%A0', 'encoding')] },
  { id: 'A43', name: 'an encoded surrogate', steps: [noSubject('%ED%A0%80', 'encoding')] },
  { id: 'A44', name: 'beyond Unicode', steps: [noSubject('%F4%90%80%80', 'encoding')] },
  { id: 'A45', name: 'a sequence cut off', steps: [noSubject('%E2%82', 'encoding')] },
  {
    id: 'A46',
    name: 'encoded controls',
    steps: [noSubject('a%0Ab', 'character'), noSubject('a%00b', 'character'), noSubject('a%C2%85b', 'character')],
  },
  { id: 'A47', name: 'an encoded noncharacter', steps: [noSubject('%EF%BF%BF', 'character')] },
  { id: 'A48', name: 'raw bytes above 7F', steps: [noSubject(bytes('é'), 'encoding'), noSubject('é', 'encoding')] },
  { id: 'A49', name: 'outer white space', steps: [taken(binary({ 'ce-id': '   7   ' }), { id: '7' })] },
  { id: 'A50', name: 'encoded white space is kept', steps: [taken(binary({ 'ce-id': '%207%20' }), { id: ' 7 ' })] },
  {
    id: 'A51',
    name: 'a source with an escape',
    steps: [
      refused(binary({ 'ce-source': '/a%20b' }), 'source', 'format'),
      taken(binary({ 'ce-source': '/a%2520b' }), { source: '/a%20b' }),
    ],
  },
  { id: 'A52', name: 'a comment is not a comment', steps: [subject('x (note)', 'x (note)')] },
  {
    id: 'A53',
    name: 'binary, a JSON suffix type',
    steps: [taken(binary({ 'Content-Type': 'application/vnd.acme+json' }), { data: { method: 'GET' } })],
  },
  {
    id: 'A54',
    name: 'binary, text/plain',
    steps: [{ send: binary({ 'Content-Type': 'text/plain' }, 'hello'), status: 415 }],
  },
  {
    id: 'A55',
    name: 'binary, a body that is not JSON',
    steps: [
      refused(binary({}, 'hello'), 'data', 'json'),
      refused(binary({}, '{"a":1},"id":"smuggled"'), 'data', 'json'),
    ],
  },
  {
    id: 'A56',
    name: 'binary with the NDJSON type',
    steps: [refused(binary({ 'Content-Type': LINES }), '', 'structure')],
  },
  {
    id: 'A57',
    name: 'a wrong method',
    steps: ['PUT', 'DELETE', 'PATCH'].map((method) => ({
      send: { ...structured(E), method },
      status: 405,
      headers: { allow: 'GET, POST' },
    })),
  },
  {
    id: 'A58',
    name: 'no key, an unknown key, a key without the right',
    steps: [
      { send: structured(E), as: 'nobody', status: 401, headers: { 'www-authenticate': 'Bearer' } },
      {
        send: structured(E),
        as: async (rig) => `${rig.app.key.slice(0, -4)}AAAA`,
        status: 401,
        headers: { 'www-authenticate': /^Bearer/ },
      },
      { send: structured(E), as: async () => 'not a key at all', status: 401 },
      { send: structured(E), as: (rig) => rig.insertKey({ scopes: ['usage:read'] }), status: 403 },
      { send: { ...structured(E), path: '/api/v1/events?access_token=x' }, as: 'nobody', status: 401 },
    ],
  },
  {
    id: 'A59',
    name: 'the key is asked for before the body',
    steps: [
      {
        send: {
          headers: [
            ['Content-Type', BATCH],
            ['Content-Length', '50000000'],
          ],
          sendOnly: 0,
        },
        as: 'nobody',
        status: 401,
      },
      {
        send: {
          headers: [
            ['Content-Type', BATCH],
            ['Content-Length', '5000'],
          ],
          sendOnly: 0,
        },
        as: 'nobody',
        status: 401,
      },
    ],
  },
]
