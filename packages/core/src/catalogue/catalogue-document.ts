import { z } from 'zod'
import { AGGREGATIONS } from '../kernel/index.ts'
import { InstantText } from './instant-text.ts'
import { JsonPathText } from './json-path.ts'
import { ValueRule } from './value-rule.ts'

/** Half-open: [from, to), null = for ever. */
const Validity = { from: InstantText, to: InstantText.nullable() }

export const Aggregation = z.enum(AGGREGATIONS)
export type Aggregation = z.infer<typeof Aggregation>

/** A fraction of one, above 0: `0.95` is the value that 95 of 100 do not exceed. Five digits, as the catalogue keeps them. */
export const PercentileText = z
  .string()
  .regex(/^(0\.(?!0+$)\d{1,5}|1(\.0{1,5})?)$/, { error: 'expected a fraction above 0 and up to 1, such as 0.95' })

const MeterVersionFacts = z.object({
  version: z.int().min(1),
  from: InstantText,
  eventType: z.string().min(1),
  aggregation: Aggregation,
  /** PERCENTILE only; a snapshot from before it was kept does not have it. */
  percentile: PercentileText.nullable().optional(),
  value: ValueRule.nullable(),
  /** Turns the recorded base measure into the unit: quantity = base ÷ divisor. */
  divisor: z.string(),
  groupBy: z.record(z.string(), JsonPathText),
  subjectRequired: z.boolean(),
  /** JSON Schema that the data must fit, or the event is held; a snapshot from before it was kept does not have it. */
  dataSchema: z.record(z.string(), z.unknown()).nullable().optional(),
})
export type MeterVersionFacts = z.infer<typeof MeterVersionFacts>

const MeterFacts = z.object({
  id: z.string(),
  slug: z.string(),
  capabilityKey: z.string(),
  versions: z.array(MeterVersionFacts).min(1),
})
export type MeterFacts = z.infer<typeof MeterFacts>

/**
 * Everything that attribution and measuring read, at one revision. Kept with each group of the projection, so that the same journal
 * gives the same records again. Instants as RFC 3339 text with microseconds.
 */
export const CatalogueDocument = z.object({
  revision: z.string().regex(/^\d+$/),
  apps: z.array(z.object({ id: z.string(), slug: z.string(), shard: z.int().min(0) })),
  ownerships: z.array(z.object({ appId: z.string(), spaceId: z.string(), ...Validity })),
  installations: z.array(z.object({ appId: z.string(), key: z.string(), exempt: z.boolean(), ...Validity })),
  meters: z.array(MeterFacts),
  subscriptions: z.array(z.object({ id: z.string(), spaceId: z.string(), ...Validity })),
  entitlements: z.array(
    z.object({ id: z.string(), subscriptionId: z.string(), appId: z.string(), capabilityKey: z.string(), ...Validity }),
  ),
})
export type CatalogueDocument = z.infer<typeof CatalogueDocument>
/** The same as it is stored: instants are still text. */
export type StoredCatalogue = z.input<typeof CatalogueDocument>
