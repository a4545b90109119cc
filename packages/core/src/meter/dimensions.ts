import { jsonPathOf } from '../catalogue/index.ts'
import {
  canonicalNumberText,
  ExactNumber,
  formatDecimal,
  type JsonObject,
  type JsonValue,
  parseDecimal,
} from '../kernel/index.ts'
import { memberAt } from './member-at.ts'

/**
 * The group-by values of an event: every dimension of the meter version, as text. Missing, an object or an array: the empty text;
 * JSON null: `null`; numbers by value, so that 1 and 1.0 are one group.
 */
export function dimensionsOf(groupBy: Record<string, string>): (data: JsonObject | null) => [string, string][] {
  const dimensions = Object.entries(groupBy).map(([name, path]) => ({ name, path: jsonPathOf(path) ?? [] }))
  return (data) => dimensions.map(({ name, path }) => [name, textOf(memberAt(data, path)) ?? ''])
}

/** A scalar as text; null for what has no text of its own (missing, object, array). */
export function textOf(value: JsonValue | undefined): string | null {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : numberText(String(value))
  if (value instanceof ExactNumber) return numberText(value.text)
  if (value === null) return 'null'
  return typeof value === 'boolean' ? String(value) : null
}

/** Plain digits, as a person writes an id: only what is beyond all bounds keeps its exponent. One text for one value. */
function numberText(text: string): string {
  const decimal = parseDecimal(text)
  return decimal.ok ? formatDecimal(decimal.value) : canonicalNumberText(text)
}
