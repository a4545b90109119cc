import { ExactNumber, type JsonValue } from './json-value.ts'

/**
 * One text for one JSON value: members sorted by UTF-16 code unit, no white space, strings with the fewest escapes,
 * numbers by value (1, 1.0 and 1e0 are equal, so are 0 and -0). Linear in the length of the text: 1e999999999 is never
 * expanded.
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') return canonicalDouble(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (value instanceof ExactNumber) return canonicalNumberText(value.text)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const keys = ascending(Object.keys(value))
  let text = '{'
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    text += i === 0 ? quoteName(key) : `,${quoteName(key)}`
    text += canonicalJson(value[key] as JsonValue)
  }
  return `${text}}`
}

/** Few and nearly sorted is the rule: then inserting each in its place costs less than the platform's sort, which copies them first. */
const INSERTED_MAX = 24

function ascending(keys: string[]): string[] {
  if (keys.length > INSERTED_MAX) return keys.sort()
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] as string
    let at = i
    for (; at > 0 && (keys[at - 1] as string) > key; at--) keys[at] = keys[at - 1] as string
    keys[at] = key
  }
  return keys
}

const quotedNames = new Map<string, string>()
const QUOTED_NAMES_MAX = 4_096

/** `"name":`. The same few names come again and again; whoever sends ever new ones starts the memory over. */
function quoteName(name: string): string {
  const known = quotedNames.get(name)
  if (known !== undefined) return known
  const quoted = `${quote(name)}:`
  if (quotedNames.size >= QUOTED_NAMES_MAX) quotedNames.clear()
  // Only ASCII ones: whoever is found here need not be looked at again.
  if (name.length <= QUOTED_NAME_LENGTH_MAX && utf8Length(name) === name.length) quotedNames.set(name, quoted)
  return quoted
}

const QUOTED_NAME_LENGTH_MAX = 64

/** As JSON.stringify, but at a third of its cost for the many texts in which nothing needs an escape. */
function quote(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c > 0x7e) isAsciiSoFar = false
    if (c < 32 || c === 34 || c === 92 || c >= 0xd800) {
      isAsciiSoFar = false // what follows is not looked at
      return JSON.stringify(text)
    }
  }
  return `"${text}"`
}

/**
 * canonicalJson of a value in which every string and name is known to be printable ASCII without a quote or a backslash: then all of
 * them stand for themselves, and need not be looked at.
 */
export function canonicalPrintableJson(value: JsonValue): string {
  if (typeof value === 'string') return `"${value}"`
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return canonicalJson(value)
  if (Array.isArray(value)) return `[${value.map(canonicalPrintableJson).join(',')}]`
  const keys = ascending(Object.keys(value))
  let text = '{'
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    text += i === 0 ? quoteName(key) : `,${quoteName(key)}`
    text += canonicalPrintableJson(value[key] as JsonValue)
  }
  return `${text}}`
}

/** Whether every character that canonicalJson wrote since this was set was ASCII: it looks at each of them anyway. */
let isAsciiSoFar = true

/** `canonicalPart(canonicalJson(value))`, without counting the bytes of what was seen to be ASCII. */
export function canonicalJsonPart(value: JsonValue): string {
  return canonicalJsonAndPart(value).part
}

/** The canonical text, and the same as one part of a tuple: for whoever keeps the one and hashes the other. */
export function canonicalJsonAndPart(value: JsonValue): { text: string; part: string } {
  isAsciiSoFar = true
  const text = canonicalJson(value)
  return { text, part: isAsciiSoFar ? `${text.length}:${text},` : canonicalPart(text) }
}

/**
 * Texts joined so that no two lists collide: each as `<length in UTF-8 bytes>:<text>,`, an absent one as `-,`.
 * A separator alone cannot do this: ("a-b","c") and ("a","b-c") would be one.
 */
export function canonicalTuple(parts: readonly (string | null)[]): string {
  let text = ''
  for (const part of parts) text += canonicalPart(part)
  return text
}

/** One part of such a list. */
export function canonicalPart(part: string | null): string {
  return part === null ? '-,' : `${utf8Length(part)}:${part},`
}

/** Bytes of a text in UTF-8. An unpaired surrogate counts as the three bytes of the replacement character. */
export function utf8Length(text: string): number {
  const { length } = text
  let bytes = length
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i)
    if (c < 0x80) continue
    if (c < 0x800) bytes += 1
    else if (c >= 0xd800 && c <= 0xdbff && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      bytes += 2
      i++
    } else bytes += 2
  }
  return bytes
}

/**
 * A number text by value. A text whose value a double prints back is written as the double prints it; any other as
 * digits and exponent. Both forms denote their value exactly, so equal texts mean equal values.
 */
export function canonicalNumberText(text: string): string {
  const double = Number(text)
  const exact = digitsAndExponent(text)
  if (Number.isFinite(double) && digitsAndExponent(String(double)) === exact) return canonicalDouble(double)
  return exact
}

/** True if a double gives back the decimal value of this JSON number text when printed, so that it may stand for it. */
export function isHeldByDouble(text: string): boolean {
  const double = Number(text)
  return Number.isFinite(double) && digitsAndExponent(String(double)) === digitsAndExponent(text)
}

function canonicalDouble(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError('expected a finite number: JSON has no other')
  return value === 0 ? '0' : String(value)
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** `-12.50e3` → `-125e2`: sign, digits without outer zeros, exponent of the last digit. Zero is `0`. */
function digitsAndExponent(text: string): string {
  const match = NUMBER.exec(text)
  if (match === null) throw new RangeError('expected the text of a JSON number')
  const [, sign = '', integer = '', fraction = '', exponent = '0'] = match
  const all = integer + fraction
  let start = 0
  while (start < all.length && all.charCodeAt(start) === 48) start++
  if (start === all.length) return '0'
  let end = all.length
  while (all.charCodeAt(end - 1) === 48) end--
  const shift = BigInt(exponent.replace('+', '')) - BigInt(fraction.length) + BigInt(all.length - end)
  return `${sign}${all.slice(start, end)}e${shift}`
}
