/** What one pass over a text can prove about one element of it. */
export type SurveyedElement = {
  /** Where the element stands: `text.slice(start, end)`, without the white space around it. */
  start: number
  end: number
  /** Members of all objects in it, counted in the text, so before a parser drops one of two equal ones. */
  members: number
  /** No number that a double might change, no escaped surrogate or NUL, no escape in a name: JSON.parse loses only duplicates. */
  isPlain: boolean
  /** Every character of every string in it is printable ASCII and stands for itself: none is escaped. */
  isPrintable: boolean
}

export type JsonSurvey = {
  /** True if the text is an array and was to be spread. */
  isArray: boolean
  /** The most containers inside one another in any one element. */
  depth: number
  elements: SurveyedElement[]
}

const SPACE = 32
const QUOTE = 34
const COMMA = 44
const DOT = 46
const ZERO = 48
const NINE = 57
const COLON = 58
const OPEN_ARRAY = 91
const BACKSLASH = 92
const CLOSE_ARRAY = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125
const LAST_PRINTABLE = 126

/** A double holds any decimal of 15 digits; beyond two exponent digits it may run out of range. */
const DIGITS_MAX = 15
const EXPONENT_DIGITS_MAX = 2

/**
 * One pass over the bytes of a text, less than a nanosecond each. Exact where the text is JSON; on any other text the
 * answer means nothing, but comes as quickly, and the caller's parser will refuse it.
 * `spread`: if the text is an array, its elements singly; otherwise the text as one element.
 */
export function surveyJson(text: string, spread: boolean): JsonSurvey {
  const { bytes, length } = utf8Of(text)
  const survey = surveyBytes(bytes, length, spread)
  if (length !== text.length) countInCharacters(bytes, survey.elements)
  return survey
}

/**
 * All that JSON is made of is ASCII, and UTF-8 shows it as it is: so bytes will do, and reading one from an array takes a fraction of
 * reading a character of a text. `bytes[length]` is a quote, which ends a string that the text does not end.
 */
function surveyBytes(bytes: Uint8Array, length: number, spread: boolean): JsonSurvey {
  const elements: SurveyedElement[] = []
  let i = 0
  while (i < length && isBlank(bytes[i] as number)) i++
  const base = spread && i < length && bytes[i] === OPEN_ARRAY ? 1 : 0
  let depth = base
  let deepest = base
  if (base === 1) i++
  let start = -1
  let members = 0
  let isPlain = true
  /** Negative once a character in a string was not printable. */
  let odd = 0
  let hasEscape = false // in the string that ended last

  const close = (at: number) => {
    if (start < 0) return
    let end = at
    while (end > start && isBlank(bytes[end - 1] as number)) end--
    elements.push({ start, end, members, isPlain, isPrintable: odd >= 0 })
    start = -1
    members = 0
    isPlain = true
    odd = 0
  }

  for (; i < length; i++) {
    const c = bytes[i] as number
    if (depth === base) {
      if (base === 1 && (c === COMMA || c === CLOSE_ARRAY)) {
        close(i)
        if (c === CLOSE_ARRAY) break
        continue
      }
      if (start < 0 && !isBlank(c)) start = i
    }
    if (c === QUOTE) {
      hasEscape = false
      for (let s = bytes[++i] as number; s !== QUOTE; s = bytes[++i] as number) {
        odd |= (s - SPACE) | (LAST_PRINTABLE - s)
        if (s === BACKSLASH) {
          odd = -1
          i++
          hasEscape = true
          if (isPlain && isOddEscape(bytes, i)) isPlain = false
          if (i >= length) break // a backslash at the very end: no JSON
        }
      }
    } else if (c === COLON) {
      members++
      // Node 24's JSON.parse (V8 13.6) can read a name like "\u0061" or "\n" as a lone backslash, depending on what it
      // parsed before; found by the property test beside this file. Such names go the careful way.
      if (hasEscape) isPlain = false
    } else if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
      depth++
      if (depth > deepest) deepest = depth
    } else if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) {
      depth--
    } else if (c >= ZERO && c <= NINE) {
      const from = i
      let isInteger = true
      let n = c
      do {
        if (n === DOT) isInteger = false
        n = bytes[++i] as number
      } while ((n >= ZERO && n <= NINE) || n === DOT)
      if (i - from > DIGITS_MAX) isPlain = false
      if (n === 101 || n === 69) {
        isInteger = false
        n = bytes[++i] as number
        if (n === 43 || n === 45) n = bytes[++i] as number
        const exponent = i
        while (n >= ZERO && n <= NINE) n = bytes[++i] as number
        if (i - exponent > EXPONENT_DIGITS_MAX) isPlain = false
      }
      if (!isInteger && depth === base + 1) isPlain = false
      i--
    }
  }
  if (base === 0) close(length)
  return { isArray: base === 1, depth: deepest - base, elements }
}

/** Positions in bytes become positions in UTF-16 units, as texts count. */
function countInCharacters(bytes: Uint8Array, elements: SurveyedElement[]): void {
  let at = 0
  let units = 0
  const unitsAt = (end: number) => {
    for (; at < end; at++) {
      const byte = bytes[at] as number
      // A byte that begins a character; one of four bytes is two units.
      if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1
    }
    return units
  }
  for (const element of elements) {
    element.start = unitsAt(element.start)
    element.end = unitsAt(element.end)
  }
}

/** `at` is the byte after a backslash: `ud8..` to `udf..` (half of a pair, or alone) or `u0000`. */
function isOddEscape(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 117) return false
  const first = bytes[at + 1]
  if (first === 100 || first === 68) return (bytes[at + 2] as number) > 55
  for (let digit = 1; digit <= 4; digit++) if (bytes[at + digit] !== ZERO) return false
  return true
}

function isBlank(c: number): boolean {
  return c === 32 || c === 10 || c === 13 || c === 9
}

const encoder = new TextEncoder()
const KEPT_BYTES_MAX = 1 << 22
/** Used again for each text, because it is read at once and then forgotten. Larger texts than most get one of their own. */
let kept = new Uint8Array(1 << 16)

/** A text in UTF-8, with a quote behind its end. Valid until the next call. */
function utf8Of(text: string): { bytes: Uint8Array; length: number } {
  const needed = text.length * 3 + TAIL_BYTES
  const bytes = needed <= kept.length ? kept : new Uint8Array(needed)
  if (needed <= KEPT_BYTES_MAX) kept = bytes
  const length = encoder.encodeInto(text, bytes).written
  bytes.fill(QUOTE, length, length + TAIL_BYTES)
  return { bytes, length }
}

/** What may be looked at behind the end: the rest of an escape, and a quote. */
const TAIL_BYTES = 8
