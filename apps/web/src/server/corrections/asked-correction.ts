// server/corrections: acts upon events, tried out and then done: what they are aimed at, what they would change, what they did.
// Promises: nothing is aimed at outside the asker's sight; a set is named event by event before it is written; asked twice is done once.
// Does not know: sessions, what a right is called, how an act is worked on.
import { ActName } from '@meterbook/core/event'
import { parseInstant } from '@meterbook/core/kernel'
import { z } from 'zod'

/** Events of one asking; more is refused with the number found, and the asker takes a part of it. */
export const TARGETS_MAX = 50_000
/** Events that are named one by one, with contents of their own or without. */
export const PLACES_MAX = 2_000
const TEXT_MAX = 100_000
/** Characters of all new contents of one asking: as much as the door takes in one request. */
const TEXTS_MAX = 10_000_000

const InstantText = z.string().transform((text, context) => {
  const instant = parseInstant(text)
  if (instant.ok) return instant.value
  context.addIssue({ code: 'custom', message: 'expected an RFC 3339 instant such as 2026-07-01T00:00:00Z' })
  return z.NEVER
})

/** Text that both stores can keep: no NUL, no half of a character. */
function storable(max: number) {
  return z
    .string()
    .max(max)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), { error: 'expected text without NUL characters' })
}

/** Where an event stands: the app by its slug or id, the journal row, and which event of it. */
export const EventPlace = z.object({
  app: z.string().min(1).max(100),
  batch: z
    .string()
    .regex(/^[1-9]\d{0,17}$/)
    .transform((text) => BigInt(text)),
  pos: z.int().min(0).max(1_000_000),
})
export type EventPlace = z.infer<typeof EventPlace>

/** Which events. Everything left out is not asked of them. `from`, `to`: of the events' own time, [from, to). */
export const EventSelection = z.object({
  app: storable(100).min(1).optional(),
  verdicts: z
    .array(z.enum(['counted', 'duplicate', 'conflict', 'quarantined', 'cancelled', 'dismissed']))
    .max(6)
    .optional(),
  reasons: z.array(storable(100)).max(20).optional(),
  types: z.array(storable(1_000)).max(100).optional(),
  subject: storable(1_000).optional(),
  from: InstantText.optional(),
  to: InstantText.optional(),
  text: storable(200).min(1).optional(),
})
export type EventSelection = z.infer<typeof EventSelection>

/**
 * What somebody asks to be done. `places` may bring contents: amend needs one for each, replay takes one for what it edits. A `filter` needs
 * no contents; for reattribute it names one app and a range of time.
 */
export const AskedCorrection = z.object({
  act: ActName,
  on: z.union([
    z.object({
      places: z
        .array(EventPlace.extend({ content: z.string().max(TEXT_MAX).optional() }))
        .min(1)
        .max(PLACES_MAX)
        .refine((places) => places.reduce((sum, { content = '' }) => sum + content.length, 0) <= TEXTS_MAX, {
          error: `expected at most ${TEXTS_MAX} characters of new contents`,
        }),
    }),
    z.object({ filter: EventSelection }),
  ]),
})
export type AskedCorrection = z.infer<typeof AskedCorrection>

/** Chosen by whoever asks: the same id again is the same asking. `expected`: the number of events that the trial showed. */
export const CorrectionConsent = z.object({
  id: z.uuid().transform((id) => id.toLowerCase()),
  reason: storable(1_000).trim().min(1),
  expected: z.int().min(1).optional(),
})
export type CorrectionConsent = z.infer<typeof CorrectionConsent>

/** Why an asking is turned down, in words for the asker. */
export class CorrectionRefused extends Error {
  override name = 'CorrectionRefused'
  readonly code: 'not_found' | 'forbidden' | 'invalid' | 'conflict'

  constructor(code: CorrectionRefused['code'], message: string) {
    super(message)
    this.code = code
  }
}
