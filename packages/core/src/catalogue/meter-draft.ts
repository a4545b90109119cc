import { z } from 'zod'
import { Aggregation, PercentileText } from './catalogue-document.ts'
import { InstantText } from './instant-text.ts'
import { JsonPathText } from './json-path.ts'
import { ValueRule } from './value-rule.ts'

export const DIMENSIONS_MAX = 20
const SCHEMA_CHARACTERS_MAX = 65_536

/** What the catalogue calls a capability or a price book: in addresses, files and statements. */
export const CatalogueKey = z
  .string()
  .regex(/^[a-z][a-z0-9]*([._-][a-z0-9]+)*$/, {
    error: 'expected lower-case letters and digits, joined by . _ or -, such as functions.duration',
  })
  .max(100, { error: 'expected at most 100 characters' })

export const MeterSlug = z
  .string()
  .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, {
    error: 'expected lower-case letters and digits, joined by _, such as tokens_total',
  })
  .max(63, { error: 'expected at most 63 characters' })

/** As many digits as the catalogue keeps: 20 before the point, 18 after it. */
export const PositiveDecimal = z.string().regex(/^(?!0+(\.0*)?$)(0|[1-9]\d{0,19})(\.\d{1,18})?$/, {
  error: 'expected a plain decimal above 0, such as 1024 or 0.5, with at most 18 digits after the point',
})

/** A line that people read: no control characters, which would break a table or a log line. */
function lineOf(max: number) {
  return (
    z
      .string()
      .trim()
      .min(1, { error: 'expected a text, found none' })
      .max(max, { error: `expected at most ${max} characters` })
      // biome-ignore lint/suspicious/noControlCharactersInRegex: to find them is what it is for
      .refine((text) => text.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(text), {
        error: 'expected one line of text without control characters',
      })
  )
}

/** What a price is for. `unit` in the singular; `shape`: how its quantity comes about, in a few words. */
export const CapabilityDraft = z.strictObject({
  key: CatalogueKey,
  name: lineOf(200),
  unit: lineOf(60),
  shape: lineOf(200),
})
export type CapabilityDraft = z.infer<typeof CapabilityDraft>

/** JSON Schema as data; that it is one is for whoever compiles it to say. */
const SchemaDocument = z
  .record(z.string(), z.unknown())
  .refine((schema) => JSON.stringify(schema).length <= SCHEMA_CHARACTERS_MAX, {
    error: `expected a JSON Schema of at most ${SCHEMA_CHARACTERS_MAX} characters`,
  })

/**
 * One version of a meter as somebody writes it: in a form, as JSON, or in a file. Everything that has a usual answer may be left out. What
 * it gives is complete.
 */
export const MeterVersionDraft = z
  .strictObject({
    effectiveFrom: InstantText,
    eventType: lineOf(1_000),
    aggregation: Aggregation,
    percentile: PercentileText.nullable().default(null),
    value: ValueRule.nullable().default(null),
    divisor: PositiveDecimal.default('1'),
    groupBy: z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, {
          error: 'expected a dimension named by letters, digits and _, such as model',
        }),
        JsonPathText,
      )
      .refine((groupBy) => Object.keys(groupBy).length <= DIMENSIONS_MAX, {
        error: `expected at most ${DIMENSIONS_MAX} dimensions`,
      })
      .default({}),
    subjectRequired: z.boolean().default(false),
    dataSchema: SchemaDocument.nullable().default(null),
  })
  .superRefine((version, context) => {
    const say = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    const { aggregation, value, percentile } = version
    if (aggregation === 'COUNT' && value !== null) say('value', 'expected no value: COUNT counts each event as one')
    if (aggregation !== 'COUNT' && value === null)
      say('value', `expected where ${aggregation} finds its value, found nothing`)
    if (aggregation === 'UNIQUE_COUNT' && value !== null && !('path' in value)) {
      say('value', 'expected a single JSON path: UNIQUE_COUNT counts the different texts at one place')
    }
    if (aggregation === 'PERCENTILE' && percentile === null)
      say('percentile', 'expected which percentile, such as 0.95')
    if (aggregation !== 'PERCENTILE' && percentile !== null)
      say('percentile', 'expected none: only PERCENTILE takes one')
    if (aggregation === 'TIME_WEIGHTED' && !version.subjectRequired) {
      say('subjectRequired', 'expected true: TIME_WEIGHTED integrates the level of each subject by itself')
    }
  })
export type MeterVersionDraft = z.infer<typeof MeterVersionDraft>

/** A new meter with its first version. */
export const MeterDraft = z.strictObject({
  slug: MeterSlug,
  name: lineOf(200),
  description: lineOf(2_000).nullable().default(null),
  capabilityKey: CatalogueKey,
  version: MeterVersionDraft,
})
export type MeterDraft = z.infer<typeof MeterDraft>
