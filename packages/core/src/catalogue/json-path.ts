import { z } from 'zod'

const SEGMENT = /\.([A-Za-z_][A-Za-z0-9_-]*)|\[(\d{1,6})\]|\['([^'\\]+)'\]/y
const SEGMENTS_MAX = 32

/**
 * The members that a JSON path names, from the root: `$.a.b[0]['c d']` is ['a', 'b', 0, 'c d']. The plain path only: no wildcard, no
 * filter, so that one event has one value. Null if the text is not such a path.
 */
export function jsonPathOf(text: string): (string | number)[] | null {
  if (!text.startsWith('$') || text.length > 512) return null
  const segments: (string | number)[] = []
  let at = 1
  while (at < text.length) {
    SEGMENT.lastIndex = at
    const match = SEGMENT.exec(text)
    if (!match || segments.length === SEGMENTS_MAX) return null
    segments.push(match[2] === undefined ? (match[1] ?? match[3] ?? '') : Number(match[2]))
    at = SEGMENT.lastIndex
  }
  return segments.length > 0 ? segments : null
}

export const JsonPathText = z
  .string()
  .refine((text) => jsonPathOf(text) !== null, { error: 'expected a JSON path such as $.tokens or $.usage.tokens' })
