import { TEST_WRITE_SCOPE, USAGE_READ_SCOPE, USAGE_WRITE_SCOPE } from '@meterbook/core/event'
import { z } from 'zod'

const NAME_LENGTH_MAX = 100
const TYPE_LENGTH_MAX = 200
const LISTED_MAX = 50
const PER_SECOND_MAX = 1_000_000
const DAY_MS = 86_400_000
const LIFE_DAYS_MAX = 3_660
const OVERLAP_DAYS_MAX = 90

/** What a key is for. A key that sends test events sends nothing else, so that nobody mistakes one for the other. */
export const KeyPurpose = z.enum(['send', 'send and read', 'read', 'test'])
export type KeyPurpose = z.infer<typeof KeyPurpose>

export const SCOPES: Record<KeyPurpose, string[]> = {
  send: [USAGE_WRITE_SCOPE],
  'send and read': [USAGE_WRITE_SCOPE, USAGE_READ_SCOPE],
  read: [USAGE_READ_SCOPE],
  test: [TEST_WRITE_SCOPE],
}

const Named = z
  .array(z.string().trim().min(1).max(TYPE_LENGTH_MAX))
  .max(LISTED_MAX)
  .transform((names) => [...new Set(names)])
  .default([])

const PerSecond = z.int().min(1).max(PER_SECOND_MAX).nullable().default(null)

/** A moment to come: RFC 3339 with an offset, at most so many days from now. */
function comingInstant(daysMax: number) {
  return z.iso
    .datetime({ offset: true, error: 'expected a moment such as 2026-12-31T23:59:00Z' })
    .transform((text) => new Date(text))
    .refine((at) => at.getTime() > Date.now(), { error: 'expected a moment to come' })
    .refine((at) => at.getTime() < Date.now() + daysMax * DAY_MS, {
      error: `expected at most ${daysMax} days from now`,
    })
}

const ExpiresAt = comingInstant(LIFE_DAYS_MAX).nullable()

/** What a new key may. Empty lists: anything; null: without an end, without a limit of its own. */
export const KeyTermsInput = z.object({
  name: z.string().trim().min(1).max(NAME_LENGTH_MAX),
  purpose: KeyPurpose,
  eventTypes: Named,
  environments: Named,
  expiresAt: ExpiresAt.default(null),
  eventsPerSecond: PerSecond,
  requestsPerSecond: PerSecond,
})
export type KeyTermsInput = z.output<typeof KeyTermsInput>

/** `overlapUntil`: until then the old one works beside the new one; null: it ends at once. */
export const RotationInput = z.object({
  id: z.uuid(),
  overlapUntil: comingInstant(OVERLAP_DAYS_MAX).nullable(),
  expiresAt: ExpiresAt,
})

export const RevocationInput = z.object({
  id: z.uuid(),
  reason: z.string().trim().max(1_000).default(''),
})
