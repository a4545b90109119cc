import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ExactNumber } from '../kernel/index.ts'
import { contentDigest, eventIdentity } from './identity.ts'
import { identifyJournalBody, readJournalBody, writeJournalBody } from './journal-body.ts'
import { readEvents } from './read-events.ts'

const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !/[\p{Cc}\p{Cs}]/u.test(value))
const numbers = fc.constantFrom('1', '1.50', '12345678901234567890', '1e400', '-0', '1e3', '0.1')
const events = fc
  .record(
    {
      id: text,
      source: fc.constantFrom('/svc', 'urn:x:y', 'https://a.example/b?c#d'),
      type: text,
      subject: fc.option(text),
      time: fc.option(
        fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString()),
      ),
      environment: fc.option(text),
      installation: text,
      app: text,
      extra: fc.oneof(text, fc.boolean(), fc.integer()),
      datacontenttype: fc.constant('application/json'),
    },
    { requiredKeys: ['id', 'source', 'type'] },
  )
  .chain((event) =>
    fc
      .oneof(
        fc.constant(''),
        fc.constant(',"data":null'),
        fc.constant(',"data_base64":"eyJ0b2tlbnMiOjV9","datacontenttype":"application/json"'),
        fc.tuple(fc.dictionary(text, numbers)).map(([data]) => {
          const members = Object.entries(data).map(([name, number]) => `${JSON.stringify(name)}:${number}`)
          return `,"data":{${members.join(',')}}`
        }),
      )
      .map((data) => {
        const { datacontenttype: _type, ...rest } = event
        return `${JSON.stringify({ specversion: '1.0', ...(data.includes('contenttype') ? rest : event) }).slice(0, -1)}${data}}`
      }),
  )

describe('a journal body', () => {
  test('read back without checks means what it meant when it was checked at the door', () => {
    fc.assert(
      fc.property(fc.array(events, { minLength: 1, maxLength: 5 }), (texts) => {
        const taken = readEvents('batch', `[${texts.join(' , ')}]`)
        if (!taken.ok) throw new Error(taken.code)
        const meant = taken.events.map((event) => (event.ok ? event.event : event.errors))
        const verbatim = taken.events.map((event) => event.text)
        expect(verbatim).toEqual(texts)
        expect(readJournalBody(writeJournalBody(verbatim))).toEqual(meant)
        expect(readJournalBody(taken.arrayText ?? '')).toEqual(meant)
      }),
      { numRuns: 300 },
    )
  })

  test('identified as it is read gives each event the identity and digest that it has by itself', () => {
    const platform = (input: string) => hash('sha256', input)
    const ascii = fc.string({ unit: 'grapheme-ascii', minLength: 1 })
    const asciiEvents = fc
      .record({
        id: ascii,
        type: ascii,
        subject: fc.option(ascii),
        data: fc.dictionary(ascii, fc.jsonValue({ maxDepth: 2 })),
      })
      .map((event) => JSON.stringify({ specversion: '1.0', source: '/svc', ...event }))
    const base64 =
      '{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"application/json","data_base64":"eyLDqSI6IsOpIn0="}'
    fc.assert(
      fc.property(
        fc.array(fc.oneof(events, asciiEvents, fc.constant(base64))),
        fc.constantFrom('app', 'äpp'),
        (texts, app) => {
          const body = writeJournalBody(texts)
          expect(identifyJournalBody({ body, app, sha256: platform })).toEqual(
            readJournalBody(body).map((event) => ({
              event,
              identity: eventIdentity({ app, source: event.source, id: event.id }, platform),
              digest: contentDigest({ ...event, app }, platform),
            })),
          )
        },
      ),
      { numRuns: 500 },
    )
  })

  test('keeps the digits that a double would lose', () => {
    const [event] = readJournalBody(
      '[{"id":"1","source":"/","type":"t","data":{"n":12345678901234567890,"m":{"k":0.1}}}]',
    )
    expect(event?.data).toEqual({ n: new ExactNumber('12345678901234567890'), m: { k: 0.1 } })
  })

  test('that is none is an error and not an empty list', () => {
    expect(() => readJournalBody('{"id":"1"}')).toThrow()
    expect(() => readJournalBody('[{"id":')).toThrow()
    expect(() => readJournalBody('[{"id":"1","source":"/","type":"t","time":"yesterday"}]')).toThrow()
    expect(readJournalBody('[]')).toEqual([])
  })
})
