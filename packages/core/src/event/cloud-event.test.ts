import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { CloudEvent } from './cloud-event.ts'
import { readEvents } from './read-events.ts'

const BASE = '"specversion":"1.0","id":"e1","source":"/svc","type":"request"'
const errorsOf = (text: string) => {
  const result = readEvents('structured', text)
  if (!result.ok) return [result.code]
  const [event] = result.events
  return event?.ok === false ? event.errors.map(({ field, code }) => `${field} ${code}`) : []
}

describe('an event', () => {
  test('hears of all its faults at once, each once', () => {
    expect(
      errorsOf('{"specversion":1.5,"id":"","source":"/a b","Bad":1,"n":2.5,"data":{"x":"\\ud800"}}').toSorted(),
    ).toEqual(
      [
        '/data/x character',
        'Bad name',
        'id empty',
        'n type',
        'source format',
        'specversion type',
        'type required',
      ].toSorted(),
    )
  })

  test('of nothing but faults costs no more than a good one', () => {
    const names = Array.from({ length: 5_000 }, (_, i) => `"N${i}":1`).join(',')
    expect(errorsOf(`{${BASE},${names}}`)).toHaveLength(10)
  })

  test('tells a fault without repeating what was sent', () => {
    const result = readEvents('structured', `{${BASE},"subject":"s3cret\\u0000","data":"s3cret","time":"s3cret"}`)
    expect(JSON.stringify(result.ok && result.events.map((event) => event.ok || event.errors))).not.toContain('s3cret')
    const broken = readEvents('structured', `{${BASE},"data":{"a":s3cret}}`)
    expect(JSON.stringify(broken)).not.toContain('s3cret')
  })

  test('has one schema, from which its public description can be made', () => {
    const schema = z.toJSONSchema(CloudEvent, { io: 'input' })
    expect(schema.required).toEqual(['specversion', 'id', 'source', 'type'])
    expect(Object.keys(schema.properties ?? {})).toContain('installation')
  })
})
