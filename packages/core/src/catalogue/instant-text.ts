import { z } from 'zod'
import { type Instant, parseInstant } from '../kernel/index.ts'

/** A moment as text in RFC 3339, read to the microsecond. */
export const InstantText = z.string().transform((text, context): Instant => {
  const instant = parseInstant(text)
  if (instant.ok) return instant.value
  context.addIssue({
    code: 'custom',
    message: `expected an RFC 3339 instant such as 2026-07-01T00:00:00Z, found "${text.slice(0, 40)}"`,
  })
  return z.NEVER
})
