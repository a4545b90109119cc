/** What one pass over a text can prove about one element of it. */
export type SurveyedElement = {
  /** Where the element stands: `text.slice(start, end)`, without the white space around it. */
  start: number
  end: number
  /** Members of all objects in it, counted in the text, so before a parser drops one of two equal ones. */
  members: number
  /** No number that a double might change, no escaped surrogate or NUL, no escape in a name: JSON.parse loses only duplicates. */
  isPlain: boolean
}

export type JsonSurvey = {
  /** True if the text is an array and was to be spread. */
  isArray: boolean
  /** The most containers inside one another in any one element. */
  depth: number
  elements: SurveyedElement[]
}

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

/** A double holds any decimal of 15 digits; beyond two exponent digits it may run out of range. */
const DIGITS_MAX = 15
const EXPONENT_DIGITS_MAX = 2

/**
 * One pass over the characters of a text, about a nanosecond each. Exact where the text is JSON; on any other text the
 * answer means nothing, but comes as quickly, and the caller's parser will refuse it.
 * `spread`: if the text is an array, its elements singly; otherwise the text as one element.
 */
export function surveyJson(text: string, spread: boolean): JsonSurvey {
  const length = text.length
  const elements: SurveyedElement[] = []
  let i = 0
  while (i < length && isBlank(text.charCodeAt(i))) i++
  const base = spread && text.charCodeAt(i) === OPEN_ARRAY ? 1 : 0
  let depth = base
  let deepest = base
  if (base === 1) i++
  let start = -1
  let members = 0
  let isPlain = true
  let hasEscape = false // in the string that ended last

  const close = (at: number) => {
    if (start < 0) return
    let end = at
    while (end > start && isBlank(text.charCodeAt(end - 1))) end--
    elements.push({ start, end, members, isPlain })
    start = -1
    members = 0
    isPlain = true
  }

  for (; i < length; i++) {
    const c = text.charCodeAt(i)
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
      for (i++; i < length; i++) {
        const s = text.charCodeAt(i)
        if (s === QUOTE) break
        if (s === BACKSLASH) {
          i++
          hasEscape = true
          if (isPlain && isOddEscape(text, i)) isPlain = false
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
        n = text.charCodeAt(++i)
      } while ((n >= ZERO && n <= NINE) || n === DOT)
      if (i - from > DIGITS_MAX) isPlain = false
      if (n === 101 || n === 69) {
        isInteger = false
        n = text.charCodeAt(++i)
        if (n === 43 || n === 45) n = text.charCodeAt(++i)
        const exponent = i
        while (n >= ZERO && n <= NINE) n = text.charCodeAt(++i)
        if (i - exponent > EXPONENT_DIGITS_MAX) isPlain = false
      }
      if (!isInteger && depth === base + 1) isPlain = false
      i--
    }
  }
  if (base === 0) close(length)
  return { isArray: base === 1, depth: deepest - base, elements }
}

/** `at` is the character after a backslash: `ud8..` to `udf..` (half of a pair, or alone) or `u0000`. */
function isOddEscape(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== 117) return false
  const first = text.charCodeAt(at + 1)
  if (first === 100 || first === 68) return text.charCodeAt(at + 2) > 55
  return first === ZERO && text.startsWith('0000', at + 1)
}

function isBlank(c: number): boolean {
  return c === 32 || c === 10 || c === 13 || c === 9
}
