// kernel/json: JSON text to values without losing anything, quickly where that is provably safe.
// Promises: no digit, duplicate member or odd character passes unnoticed, at either speed, and nothing sent can hang it.
// Does not know: what an event is, or what any member means.
import { type JsonIssue, type ParsedJson, parseJsonCarefully } from './json-parser.ts'
import { type SurveyedElement, surveyJson } from './json-survey.ts'
import { isJsonObject, type JsonValue } from './json-value.ts'

/**
 * One value of a text and where it stands: `text.slice(start, end)` is it, verbatim. `isPrintable`: known to have nothing but
 * printable ASCII in its strings and names, and no issues.
 */
export type JsonElement = { start: number; end: number; parsed: ParsedJson; isPrintable: boolean }

/** `json`: the text is not JSON, so nothing in it can be used. `count`: it has more elements than were allowed. */
export type JsonElements =
  | { ok: true; isArray: boolean; elements: JsonElement[] }
  | { ok: false; code: 'json'; message: string }
  | { ok: false; code: 'count'; count: number }

/**
 * Reads a text that holds one value, or (`spread`) an array whose elements are wanted singly.
 * @param input.depthMax containers allowed inside one another, counted from each element on (an array that is spread is not counted)
 * @param input.countMax with `spread`: more elements than this are not parsed, and the answer is `count`
 */
export function readJsonElements(input: {
  text: string
  spread: boolean
  depthMax: number
  countMax?: number
}): JsonElements {
  const { text, spread, depthMax, countMax = Number.POSITIVE_INFINITY } = input
  const survey = surveyJson(text, spread)
  if (survey.elements.length > countMax) {
    // The survey alone may be wrong on a text that is not JSON; whichever is wrong, nothing of it is used.
    return { ok: false, code: 'count', count: survey.elements.length }
  }
  // Native parsing of millions of nested arrays would take gigabytes: refuse them by the careful way, which stops early.
  const native = survey.depth > depthMax ? undefined : parseNatively(text)
  if (native === undefined) return readCarefully(input, survey.elements, survey.isArray)
  const values = survey.isArray ? (native.value as JsonValue[]) : [native.value]
  const elements: JsonElement[] = []
  for (let i = 0; i < survey.elements.length; i++) {
    const { start, end, members, isPlain, isPrintable } = survey.elements[i] as SurveyedElement
    const value = values[i] as JsonValue
    const isLossless = isPlain && countMembers(value) === members
    const parsed: ParsedJson = isLossless
      ? { ok: true, value, issues: NO_ISSUES }
      : parseJsonCarefully(text.slice(start, end), depthMax)
    elements.push({ start, end, parsed, isPrintable: isLossless && isPrintable })
  }
  return { ok: true, isArray: survey.isArray, elements }
}

/**
 * The elements of an array that was read with readJsonElements before, so without looking for faults again; numbers are
 * kept as carefully. Throws SyntaxError if the text is not JSON, TypeError if it is not an array.
 */
export function readTrustedArray(text: string): JsonValue[] {
  return readTrustedElements(text).values
}

/** The same; `isPrintable` by index: every string in the element is printable ASCII, and none of it was escaped. */
export function readTrustedElements(text: string): { values: JsonValue[]; isPrintable(index: number): boolean } {
  const values = JSON.parse(text) as JsonValue[]
  const { isArray, elements } = surveyJson(text, true)
  if (!isArray) throw new TypeError('expected a JSON array')
  for (let i = 0; i < elements.length; i++) {
    const { start, end, isPlain } = elements[i] as SurveyedElement
    if (isPlain) continue
    const parsed = parseJsonCarefully(text.slice(start, end), TRUSTED_DEPTH_MAX)
    if (parsed.ok) values[i] = parsed.value
  }
  return { values, isPrintable: (index) => elements[index]?.isPrintable === true }
}

const TRUSTED_DEPTH_MAX = 1000
const NO_ISSUES: JsonIssue[] = []

function parseNatively(text: string): { value: JsonValue } | undefined {
  try {
    return { value: JSON.parse(text) as JsonValue }
  } catch {
    return undefined // the careful parser says what is wrong
  }
}

/** Either the text is no JSON, or something in it is nested too deeply: then only that element is at fault. */
function readCarefully(
  input: { text: string; depthMax: number },
  survey: SurveyedElement[],
  isArray: boolean,
): JsonElements {
  const { text, depthMax } = input
  const whole = parseJsonCarefully(text, depthMax)
  if (!whole.ok) return { ok: false, code: 'json', message: whole.issue.message }
  if (!isArray)
    return { ok: true, isArray, elements: [{ start: 0, end: text.length, parsed: whole, isPrintable: false }] }
  // The text is JSON, so the survey's positions are exact.
  const elements = survey.map(({ start, end }) => ({
    start,
    end,
    parsed: parseJsonCarefully(text.slice(start, end), depthMax),
    isPrintable: false,
  }))
  return { ok: true, isArray, elements }
}

/** Members of all objects in a value. JSON.parse keeps one of two equal members, so fewer than the text has means a duplicate. */
function countMembers(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countMembers(item)
    return count
  }
  if (!isJsonObject(value)) return 0
  for (const key in value) {
    count++
    const member = value[key] as JsonValue
    if (typeof member === 'object') count += countMembers(member)
  }
  return count
}
