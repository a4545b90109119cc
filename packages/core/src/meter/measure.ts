import { jsonPathOf, type MeterVersionFacts, type ValueRule } from '../catalogue/index.ts'
import {
  Decimal,
  decimalOf,
  formatDecimal,
  type JsonObject,
  type JsonValue,
  QUANTITY_SCALE,
  toScaled,
} from '../kernel/index.ts'
import { dataCheckOf } from './data-schema.ts'
import { textOf } from './dimensions.ts'
import { memberAt } from './member-at.ts'

/**
 * Raised whenever the same event and meter version would give other records than before. A group of the projection is finished
 * by the version that opened it, or computed again as a whole.
 */
export const MEASURE_VERSION = 1

/** `quantity` in the base measure, times 10^30; `uniqueValue` is the text that UNIQUE_COUNT counts, else empty. */
export type Measurement = { ok: true; quantity: bigint; uniqueValue: string } | MeasureFault
export interface MeasureFault {
  ok: false
  code:
    | 'value_missing'
    | 'value_null'
    | 'value_not_a_number'
    | 'value_out_of_range'
    | 'subject_missing'
    | 'data_invalid'
  /** What was expected and what was found; no payload beyond the first characters of the offending value. */
  detail: string
}
export type Measure = (event: { data: JsonObject | null; subject: string | null }) => Measurement

const ONE = 10n ** BigInt(QUANTITY_SCALE)
/**
 * Largest quantity of one event. The column holds 46 digits before the point, but the database adds without looking: a handful of such
 * events would wrap a sum around to a small or negative number. At 30 digits it takes 10^16 of them, or a level held for centuries.
 */
const QUANTITY_DIGITS_MAX = 30
const QUANTITY_END = 10n ** BigInt(QUANTITY_SCALE + QUANTITY_DIGITS_MAX)
const FOUND_CHARACTERS_MAX = 40
/** Digits that Decimal keeps: a product or a sum that could need more is out of range instead of rounded. */
const EXACT_DIGITS_MAX = 200

/** Compiles a meter version into the function that measures one event. */
export function measureOf(version: MeterVersionFacts): Measure {
  const { dataSchema } = version
  return dataSchema ? checkedBy(dataSchema, measureFitting(version)) : measureFitting(version)
}

/** Data that breaks the version's schema is held before anything of it is read. */
function checkedBy(dataSchema: Record<string, unknown>, measure: Measure): Measure {
  const check = dataCheckOf(dataSchema)
  return (event) => {
    const found = check(event.data)
    return found === null ? measure(event) : fault('data_invalid', found)
  }
}

function measureFitting(version: MeterVersionFacts): Measure {
  const evaluation = evaluationOf(version)
  if (!version.subjectRequired) return ({ data }) => evaluation(data)
  return ({ data, subject }) =>
    subject === null
      ? fault('subject_missing', 'expected a subject: this meter measures each subject by itself')
      : evaluation(data)
}

function evaluationOf(version: MeterVersionFacts): (data: JsonObject | null) => Measurement {
  if (version.aggregation === 'COUNT') return () => ({ ok: true, quantity: ONE, uniqueValue: '' })
  const rule = version.value ?? { constant: '1' }
  if (version.aggregation === 'UNIQUE_COUNT') return uniqueText(rule)
  const evaluate = compile(rule)
  return (data) => {
    const result = evaluate(data)
    if (isFault(result)) return result
    // Safe integers, the common case, never become text.
    if (typeof result === 'number') return { ok: true, quantity: BigInt(result) * ONE, uniqueValue: '' }
    const scaled = toScaled(formatDecimal(result), QUANTITY_SCALE)
    if (scaled.ok && -QUANTITY_END < scaled.value && scaled.value < QUANTITY_END) {
      return { ok: true, quantity: scaled.value, uniqueValue: '' }
    }
    return fault(
      'value_out_of_range',
      `expected at most ${QUANTITY_DIGITS_MAX} digits before the point and ${QUANTITY_SCALE} after it`,
    )
  }
}

function uniqueText(rule: ValueRule): (data: JsonObject | null) => Measurement {
  const path = 'path' in rule ? (jsonPathOf(rule.path) ?? []) : []
  const name = 'path' in rule ? rule.path : 'a path'
  return (data) => {
    const member = memberAt(data, path)
    if (member === undefined) return fault('value_missing', `expected a value at ${name}, found none`)
    if (member === null) return fault('value_null', `expected a value at ${name}, found null`)
    const text = textOf(member)
    if (text === null) return fault('value_not_a_number', `expected one value at ${name}, found ${kindOf(member)}`)
    // The empty text stands for "no value" in a usage record, so it would be called counted and count nobody.
    if (text === '') return fault('value_missing', `expected a value at ${name}, found the empty text`)
    return { ok: true, quantity: ONE, uniqueValue: text }
  }
}

/** A safe integer as a number, anything else as a Decimal. */
type Value = number | Decimal
type Evaluate = (data: JsonObject | null) => Value | MeasureFault

function compile(rule: ValueRule): Evaluate {
  if ('constant' in rule) {
    const constant = valueFromText(rule.constant)
    return () => constant
  }
  if ('product' in rule) return fold(rule.product.map(compile), multiply)
  if ('sum' in rule) return fold(rule.sum.map(compile), add)
  if ('min' in rule) return fold(rule.min.map(compile), (a, b) => (compare(a, b) <= 0 ? a : b))
  if ('max' in rule) return fold(rule.max.map(compile), (a, b) => (compare(a, b) >= 0 ? a : b))
  if ('when' in rule) return compileWhen(rule)
  return compilePath(rule)
}

function compileWhen(rule: Extract<ValueRule, { when: unknown }>): Evaluate {
  const path = jsonPathOf(rule.when.path) ?? []
  const values = new Set(rule.when.in)
  const then = compile(rule.then)
  const otherwise = compile(rule.otherwise)
  return (data) => {
    const text = textOf(memberAt(data, path))
    return text !== null && values.has(text) ? then(data) : otherwise(data)
  }
}

function compilePath(rule: Extract<ValueRule, { path: string }>): Evaluate {
  const path = jsonPathOf(rule.path) ?? []
  const otherwise: Evaluate | null = rule.orElse
    ? compile(rule.orElse)
    : rule.default === undefined
      ? null
      : compile({ constant: rule.default })
  const zero = rule.zeroAs === undefined ? 0 : valueFromText(rule.zeroAs)
  return (data) => {
    const member = memberAt(data, path)
    if (member === undefined || member === null) {
      if (otherwise) return otherwise(data)
      return member === null
        ? fault('value_null', `expected a number at ${rule.path}, found null`)
        : fault('value_missing', `expected a number at ${rule.path}, found ${data === null ? 'no data' : 'none'}`)
    }
    if (typeof member === 'number' && Number.isSafeInteger(member)) return member === 0 ? zero : member
    const decimal = decimalOf(member)
    if (decimal.ok) return decimal.value.isZero() ? zero : decimal.value
    if (decimal.code === 'range') return fault('value_out_of_range', `expected a number within bounds at ${rule.path}`)
    return fault('value_not_a_number', `expected a number at ${rule.path}, found ${kindOf(member)}`)
  }
}

function fold(parts: Evaluate[], combine: (a: Value, b: Value) => Value | MeasureFault): Evaluate {
  return (data) => {
    let result: Value | null = null
    for (const part of parts) {
      const next = part(data)
      if (isFault(next)) return next
      const combined: Value | MeasureFault = result === null ? next : combine(result, next)
      if (isFault(combined)) return combined
      result = combined
    }
    return result ?? 0
  }
}

function multiply(a: Value, b: Value): Value | MeasureFault {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b
    if (Number.isSafeInteger(product)) return product === 0 ? 0 : product
  }
  const left = new Decimal(a)
  const right = new Decimal(b)
  if (left.precision(true) + right.precision(true) > EXACT_DIGITS_MAX) {
    return fault('value_out_of_range', `expected a product of at most ${EXACT_DIGITS_MAX} digits`)
  }
  return left.times(right)
}

function add(a: Value, b: Value): Value | MeasureFault {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    if (Number.isSafeInteger(sum)) return sum === 0 ? 0 : sum
  }
  const [left, right] = [new Decimal(a), new Decimal(b)]
  // From the first digit of the greater to the last of the finer, and one for the carry: beyond that Decimal would round.
  const digits = Math.max(left.e, right.e, 0) + 2 + Math.max(left.decimalPlaces(), right.decimalPlaces())
  if (digits > EXACT_DIGITS_MAX) {
    return fault('value_out_of_range', `expected a sum of at most ${EXACT_DIGITS_MAX} digits`)
  }
  return left.plus(right)
}

function compare(a: Value, b: Value): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : new Decimal(a).comparedTo(b)
}

function valueFromText(text: string): Value {
  const number = Number(text)
  return Number.isSafeInteger(number) && String(number) === text ? number : new Decimal(text)
}

function fault(code: MeasureFault['code'], detail: string): MeasureFault {
  return { ok: false, code, detail }
}

function isFault(value: Value | MeasureFault): value is MeasureFault {
  return typeof value === 'object' && 'ok' in value
}

function kindOf(value: JsonValue): string {
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, FOUND_CHARACTERS_MAX))}`
  if (typeof value === 'boolean') return String(value)
  return Array.isArray(value) ? 'an array' : 'an object'
}
