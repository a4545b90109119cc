import { describe, expect, test } from 'vitest'
import type { MeterVersionFacts } from '../catalogue/index.ts'
import { type JsonObject, readTrustedArray } from '../kernel/index.ts'
import { schemaFault } from './data-schema.ts'
import { measureOf } from './measure.ts'

const SCHEMA = {
  type: 'object',
  required: ['tokens'],
  properties: { tokens: { type: 'integer', minimum: 0 }, model: { enum: ['small', 'large'] } },
  additionalProperties: false,
}

function measured(dataSchema: Record<string, unknown>, json: string) {
  const version: MeterVersionFacts = {
    ...{ version: 1, from: 0n, eventType: 'prompt', aggregation: 'SUM', value: { path: '$.tokens' }, divisor: '1' },
    ...{ groupBy: {}, subjectRequired: false, dataSchema },
  }
  const data = readTrustedArray(`[${json}]`)[0] as JsonObject | null
  const result = measureOf(version)({ data, subject: null })
  return result.ok ? result.quantity / 10n ** 30n : `${result.code} ${result.detail}`
}

describe('the schema of a meter version', () => {
  test('holds what breaks it, and names the place, before anything of it is counted', () => {
    const at = 'data_invalid expected data that fits the schema at'
    expect(measured(SCHEMA, '{"tokens":5}')).toBe(5n)
    expect(measured(SCHEMA, '{}')).toBe(`${at} /tokens: is required and missing`)
    expect(measured(SCHEMA, '{"tokens":-1}')).toBe(`${at} /tokens: must be >= 0`)
    expect(measured(SCHEMA, '{"tokens":1,"model":"huge"}')).toMatch(`${at} /model: must be equal to one of`)
    expect(measured(SCHEMA, '{"tokens":1,"a/b":1}')).toMatch(`${at} /a~1b: must NOT have additional properties`)
    expect(measured(SCHEMA, 'null')).toBe(`${at} /: must be object`)
  })

  test('lets a number of any length through unchanged', () => {
    expect(measured(SCHEMA, '{"tokens":12345678901234567890}')).toBe(12345678901234567890n)
  })

  test('sees own members only: constructor and __proto__ are names like any other', () => {
    const required = { type: 'object', required: ['constructor'] }
    expect(measured(required, '{"tokens":1}')).toMatch('/constructor: is required')
    const own = { type: 'object', required: ['__proto__'] }
    expect(measured(own, '{"__proto__":1,"tokens":2}')).toBe(2n)
    expect(measured(own, '{"tokens":2}')).toMatch('/__proto__: is required')
  })

  test('is refused where it is none, where a keyword is misspelt, and where it would have to be fetched', () => {
    expect(schemaFault(SCHEMA)).toBeNull()
    expect(schemaFault({ $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' })).toBeNull()
    expect(schemaFault({ type: 'objekt' })).toMatch('type')
    // stored by whatever way, it must hold events, not stop their shard
    expect(measured({ type: 'objekt' }, '{"tokens":1}')).toMatch('data_invalid expected a schema')
    expect(schemaFault({ type: 'object', requird: ['a'] })).toMatch('requird')
    expect(schemaFault({ $ref: 'https://elsewhere.example/schema.json' })).toMatch("can't resolve reference")
    expect(schemaFault({ type: 'string', format: 'date-time' })).toBeNull()
    expect(schemaFault({ type: 'string', pattern: '(' })).toMatch(/regular expression/i)
  })
})
