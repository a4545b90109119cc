import { type Instant, instantFromMs, parseInstant } from '@meterbook/core/kernel'
import { earlier, windowStart } from '@meterbook/core/window'
import { z } from 'zod'
import { dayNames } from './day-names.ts'
import type { MeterDefinition } from './meter-directory.ts'
import { readQuery, refusalOf, Zone } from './query-parts.ts'

const LIMIT_MAX = 1_000
const HOUR_MICROS = 3_600_000_000n
const DAY_MICROS = 86_400_000_000n
const DAYS_DEFAULT = 30n
export const USAGE_DAYS_MAX = 400

const Day = z
  .string()
  .refine((text) => /^\d{4}-\d{2}-\d{2}$/.test(text) || parseInstant(text).ok, {
    error: 'expected a day such as 2026-07-01 or an RFC 3339 instant',
  })
  .meta({ examples: ['2026-07-01', '2026-07-01T00:00:00Z'] })

const Names = z.array(z.string().max(100)).max(100).optional()

/** Where the last page ended: the key of its last row, so that what arrives meanwhile moves nothing. */
const Place = z.tuple([z.string().regex(/^\d{1,19}$/), z.string(), z.string(), z.string(), z.string()])
export type RowPlace = z.infer<typeof Place>

const Cursor = z.string().transform((text, context) => {
  try {
    return Place.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    context.addIssue({ code: 'custom', message: 'expected a cursor as an earlier answer gave it' })
    return z.NEVER
  }
})

/** The question of `GET /api/v1/usage`; parameters it does not know are ignored. */
export const UsageQuery = z.object({
  app: z.string().min(1).max(100).optional().meta({ description: 'One app, by id or slug.' }),
  space: z.string().min(1).max(100).optional().meta({ description: 'What this developer space pays for, by slug.' }),
  from: Day.optional().meta({
    description:
      'The first day, or an instant; inclusive. A day begins at its midnight in the zone. Default: 30 days ago.',
  }),
  to: Day.optional().meta({ description: 'The day, or instant, before which it ends. Default: the end of today.' }),
  windowTimeZone: Zone.default('UTC').meta({ description: 'The zone whose days are meant.', examples: ['UTC'] }),
  capability: Names.meta({ description: 'Any of these capabilities, by key; may be repeated.' }),
  meter: Names.meta({ description: 'Any of these meters, by slug; may be repeated.' }),
  environment: Names.meta({ description: 'Any of these environments; may be repeated.' }),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_MAX),
  cursor: Cursor.optional().meta({ description: 'From `next` of an earlier answer, or its `Link` header.' }),
})

export interface UsageQuestion {
  app: string | undefined
  space: string | undefined
  /** [from, to), in microseconds since the epoch */
  from: Instant
  to: Instant
  zone: string
  environments: string[] | undefined
  limit: number
  cursor: RowPlace | undefined
  isWanted(meter: Pick<MeterDefinition, 'slug' | 'capability'>): boolean
}

/** Reads the question from an address. Throws ApiProblem 400. */
export function readUsageQuestion(url: URL, now: Instant): UsageQuestion {
  const query = readQuery(UsageQuery, url, ['capability', 'meter', 'environment'])
  const { app, space, windowTimeZone: zone, capability, meter, environment, limit, cursor } = query
  const today = windowStart(now, 'day', zone)
  // a day and a half on, whatever the clocks do that night, lies in the next day
  const to =
    query.to === undefined ? windowStart(today + (3n * DAY_MICROS) / 2n, 'day', zone) : instantOf(query.to, zone)
  const before = windowStart(earlier(to, today) - DAYS_DEFAULT * DAY_MICROS, 'day', zone)
  const from = query.from === undefined ? before : instantOf(query.from, zone)
  if (from === to) throw refusalOf('from', 'from and to cannot be equal')
  if (from > to) throw refusalOf('from', 'from must be before to')
  if (to - from > BigInt(USAGE_DAYS_MAX) * DAY_MICROS)
    throw refusalOf('from', `expected at most ${USAGE_DAYS_MAX} days, found more`)
  return {
    ...{ app, space, from, to, zone, environments: environment, limit, cursor },
    isWanted: ({ slug, capability: key }) => (capability?.includes(key) ?? true) && (meter?.includes(slug) ?? true),
  }
}

/** Midnight of a day in the zone, or the instant itself. Throws ApiProblem 400 for a day that does not exist. */
function instantOf(text: string, zone: string): Instant {
  const isDay = text.length === 10
  const parsed = parseInstant(isDay ? `${text}T12:00:00Z` : text)
  if (!parsed.ok) throw refusalOf('from', `expected a day that exists, found ${text}`)
  if (!isDay) return parsed.value
  return midnightOf(text, zone)
}

/** A day begins up to fourteen hours before or after its midnight in UTC: it is looked for by its name. */
function midnightOf(day: string, zone: string): Instant {
  const dayOf = dayNames(zone)
  const noon = instantFromMs(Date.parse(`${day}T12:00:00Z`))
  for (const hours of [0n, -12n, 12n, -24n, 24n]) {
    const start = windowStart(noon + hours * HOUR_MICROS, 'day', zone)
    if (dayOf(start) === day) return start
  }
  throw refusalOf('from', `expected a day that exists in ${zone}, found ${day}`)
}
