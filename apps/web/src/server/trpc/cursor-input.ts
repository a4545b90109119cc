import { z } from 'zod'
import { readCursor } from '../events/event-cursor.ts'

/** A cursor as an earlier answer gave it. */
export const CursorInput = z
  .string()
  .max(200)
  .transform((text, context) => {
    const cursor = readCursor(text)
    if (cursor !== null) return cursor
    context.addIssue({ code: 'custom', message: 'expected a cursor as an earlier answer gave it' })
    return z.NEVER
  })
