import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type JsonObject, readJsonElements } from '../kernel/index.ts'
import { readCloudEvent } from './cloud-event.ts'
import { readPrintableEvent } from './printable-event.ts'

const EVENT = {
  specversion: '1.0',
  id: 'e1',
  source: '/svc',
  type: 'request',
  time: '2026-07-01T12:00:00.5Z',
  data: { n: 1 },
}

const texts = fc.oneof(
  fc.string({ unit: 'grapheme-ascii' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    '1.0',
    '/a b',
    'http://[::1]/',
    'a:b',
    '2026-02-30T00:00:00Z',
    '2026-07-01T12:00:00+05:45',
    'application/json',
  ),
)
const values = fc.oneof(texts, fc.constantFrom(null, true, 1, 1.5, [], {}), fc.jsonValue({ maxDepth: 2 }))
const names = fc.constantFrom(
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'dataschema',
  'data_base64',
  'environment',
  'installation',
  'app',
  'data',
  'traceparent',
  '__proto__',
  'Bad-Name',
  'constructor',
)
/** A good event with a few members replaced, added or taken away. */
const events = fc
  .tuple(fc.array(fc.tuple(names, fc.option(values)), { maxLength: 4 }), fc.boolean())
  .map(([changes, isGoodFirst]) => {
    const members = Object.entries(EVENT).map(([name, value]) => [name, JSON.stringify(value)] as [string, string])
    for (const [name, value] of changes) {
      const at = members.findIndex(([known]) => known === name)
      const text: [string, string] = [name, JSON.stringify(value) ?? 'null']
      if (at < 0) members.push(text)
      else if (value === null && isGoodFirst) members.splice(at, 1)
      else members[at] = text
    }
    return `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`
  })

test('an event read quickly is the event that is read carefully', () => {
  let quick = 0
  fc.assert(
    fc.property(events, (text) => {
      const result = readJsonElements({ text, spread: false, depthMax: 33 })
      const element = result.ok ? result.elements[0] : undefined
      if (!element?.isPrintable) return
      const event = readPrintableEvent(element.parsed)
      if (event === null) return
      quick++
      expect(event).toEqual(readCloudEvent(element.parsed))
    }),
    { numRuns: 3_000 },
  )
  expect(quick).toBeGreaterThan(300)
})

test('the common event takes the quick way', () => {
  const common: JsonObject[] = [
    EVENT,
    { ...EVENT, subject: 'customer-7', environment: 'staging', installation: 'site', app: 'a' },
    { ...EVENT, subject: null, time: null, data: null },
  ]
  for (const value of common) expect(readPrintableEvent({ ok: true, value, issues: [] })).toMatchObject({ ok: true })
})
