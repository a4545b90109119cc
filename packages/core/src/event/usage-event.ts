import { z } from 'zod'
import { type Instant, isJsonObject, type JsonObject } from '../kernel/index.ts'

/** The environment of an event that names none. */
export const ENVIRONMENT_DEFAULT = 'production'
/** The installation of test events: exempt in every app and at all times, and only keys for tests may name it. */
export const TEST_INSTALLATION = 'meterbook-test'

/**
 * One usage event as the house holds it, whichever way it came. The verbatim text is in the journal; this is its meaning.
 * `time`: microseconds since 1970, null when the sender gave none (the time of receipt then stands in for it).
 * `app`: what a platform service wrote, an app's id or slug; who pays is decided by the credential, never by this alone.
 * `data`: numbers that a double would change are kept as ExactNumber.
 */
export const UsageEvent = z.object({
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string().nullable(),
  time: z.custom<Instant>((value) => typeof value === 'bigint').nullable(),
  environment: z.string(),
  installation: z.string().nullable(),
  app: z.string().nullable(),
  data: z.custom<JsonObject>(isJsonObject).nullable(),
  /** Attributes that are neither CloudEvents' nor ours, kept as sent. */
  extensions: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()])),
})
export type UsageEvent = z.infer<typeof UsageEvent>

/** Why an event was not taken. `field`: an attribute's name, or a JSON pointer below one, or empty for the event as a whole. */
export const EventError = z.object({
  field: z.string(),
  code: z.enum([
    'required',
    'empty',
    'type',
    'format',
    'range',
    'character',
    'name',
    'duplicate',
    'json',
    'structure',
    'exclusive',
    'depth',
    'size',
    'version',
    'encoding',
    'forbidden',
  ]),
  message: z.string(),
})
export type EventError = z.infer<typeof EventError>
export type EventErrorCode = EventError['code']
