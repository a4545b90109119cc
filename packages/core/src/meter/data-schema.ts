import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { ExactNumber, type JsonObject, type JsonValue } from '../kernel/index.ts'

const MESSAGE_CHARACTERS_MAX = 200

/** What is wrong with the data of an event, with the path of it; null where it fits. */
export type DataCheck = (data: JsonObject | null) => string | null

/**
 * Compiles the JSON Schema (2020-12, or draft-07 where it says so) that a meter version's data must fit. What is no schema, or refers to another
 * document (nothing is ever fetched), fits nothing: the events are held and say so, where to throw would stop all of their shard. A number that a
 * double would change is checked as the nearest double.
 */
export function dataCheckOf(schema: Record<string, unknown>): DataCheck {
  const fault = schemaFault(schema)
  if (fault !== null) return () => `expected a schema to check the data by, found one that is none: ${fault}`
  const validate = compile(schema)
  return (data) => {
    if (validate(plainOf(data))) return null
    const [error] = validate.errors ?? []
    return error === undefined ? 'expected data that fits the schema' : wordsOf(error)
  }
}

/** Why this is no JSON Schema that events can be checked by; null if it is one. */
export function schemaFault(schema: Record<string, unknown>): string | null {
  try {
    compile(schema)
    return null
  } catch (error) {
    return (error as Error).message.slice(0, MESSAGE_CHARACTERS_MAX)
  }
}

function compile(schema: Record<string, unknown>): ValidateFunction {
  const Dialect = String(schema.$schema ?? '').includes('draft-07') ? Ajv : Ajv2020
  // strict: a keyword that is misspelt checks nothing, and would never be missed. ownProperties: `constructor` is no member of {}.
  const ajv = new Dialect({
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    ownProperties: true,
    logger: false,
  })
  formats.default(ajv)
  return ajv.compile(schema)
}

function wordsOf(error: ErrorObject): string {
  const { missingProperty, additionalProperty, unevaluatedProperty } = error.params as Record<
    string,
    string | undefined
  >
  const member = missingProperty ?? additionalProperty ?? unevaluatedProperty
  const place = `${error.instancePath}${member === undefined ? '' : `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`}`
  const found = missingProperty === undefined ? (error.message ?? 'does not fit') : 'is required and missing'
  return `expected data that fits the schema at ${place || '/'}: ${found}`.slice(0, MESSAGE_CHARACTERS_MAX)
}

/** Ajv knows numbers only as doubles. */
function plainOf(value: JsonValue): unknown {
  if (value instanceof ExactNumber) return Number(value.text)
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(plainOf)
  const plain: Record<string, unknown> = Object.create(null)
  for (const [name, member] of Object.entries(value)) plain[name] = plainOf(member)
  return plain
}
