import fs from 'node:fs'
import { compareDecimals, type Instant, parseInstant } from '@meterbook/core/kernel'
import type { ListedPrice } from '@meterbook/core/rating'
import { z } from 'zod'
import { UsageFault } from '../command.ts'

/** The id under which a draft stands in for the books of a space. */
export const DRAFT_BOOK = 'draft'

const CAPABILITIES_MAX = 10_000
const VERSIONS_MAX = 1_000
const FOUND_CHARACTERS_MAX = 100
const FAULTS_TOLD_MAX = 10

const NotNegative = z.string().refine(isDecimal, { error: 'expected a plain decimal of 0 or more, as text' })
const Positive = z.string().refine((text) => isDecimal(text) && compareDecimals(text, '0') > 0, {
  error: 'expected a plain decimal above 0, as text',
})
const InstantText = z.string().transform((text, context): Instant => {
  const instant = parseInstant(text)
  if (instant.ok) return instant.value
  context.addIssue({ code: 'custom', message: 'expected an RFC 3339 instant, such as 2026-10-01T00:00:00Z' })
  return z.NEVER
})

const Tiers = z.strictObject({
  mode: z.enum(['graduated', 'volume'], { error: 'expected "graduated" or "volume"' }),
  tiers: z
    .array(z.strictObject({ upTo: Positive.nullable(), price: NotNegative, flat: NotNegative.default('0') }))
    .min(1)
    .max(VERSIONS_MAX)
    .refine(doAscend, { error: 'expected tiers that ascend by upTo, the last of them and no other with null' }),
})

const Version = z.strictObject({
  effectiveFrom: InstantText,
  allowance: NotNegative,
  price: NotNegative,
  per: Positive,
  packaging: z.enum(['exact', 'package'], { error: 'expected "exact" or "package"' }).default('exact'),
  tiers: Tiers.nullable().default(null),
})

/** A price list in draft, in the form in which price books are written: members beside `capabilities` are somebody's notes. */
const PriceDraft = z.object({
  capabilities: z
    .array(
      z.strictObject({
        key: z.string().min(1),
        name: z.string().optional(),
        unit: z.string().optional(),
        shape: z.string().optional(),
        versions: z
          .array(Version)
          .min(1)
          .max(VERSIONS_MAX)
          .refine((versions) => areDistinct(versions.map(({ effectiveFrom }) => effectiveFrom)), {
            error: 'expected versions that each begin at another instant',
          }),
      }),
    )
    .min(1)
    .max(CAPABILITIES_MAX)
    .refine((capabilities) => areDistinct(capabilities.map(({ key }) => key)), {
      error: 'expected each capability once',
    }),
})

/** Draft prices by capability, and the unit that the draft says they are for, if it says so. */
export type DraftPrices = Map<string, { unit: string | undefined; prices: ListedPrice[] }>

/** Reads a draft from a file. UsageFault for one that is none: each place that is wrong, what was expected there and what was found. */
export function readDraftPrices(file: string): DraftPrices {
  const parsed = PriceDraft.safeParse(readJson(file))
  if (!parsed.success) throw new UsageFault(`${file} is no price list:\n${faultsOf(parsed.error, readJson(file))}`)
  return new Map(
    parsed.data.capabilities.map(({ key, unit, versions }) => [
      key,
      {
        unit,
        prices: versions.map((version, index): ListedPrice => {
          return { bookId: DRAFT_BOOK, capabilityKey: key, version: index + 1, ...version }
        }),
      },
    ]),
  )
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw new UsageFault(`expected JSON in ${file}, found something else`)
    throw new UsageFault(`expected a price list in ${file}, found none that can be read (${code})`)
  }
}

function faultsOf({ issues }: z.ZodError, document: unknown): string {
  const lines = issues.slice(0, FAULTS_TOLD_MAX).map((issue) => {
    const place = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
    return `  ${place.replace(/^\./, '') || 'the file'}: ${expectedBy(issue)}, found ${foundAt(issue, document)}`
  })
  return [...lines, ...(issues.length > lines.length ? [`  and ${issues.length - lines.length} more`] : [])].join('\n')
}

function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `expected ${issue.expected === 'string' ? 'a text' : issue.expected}`
  if (issue.code === 'too_small') return `expected at least ${issue.minimum}`
  if (issue.code === 'too_big') return `expected at most ${issue.maximum}`
  return issue.code === 'unrecognized_keys' ? 'expected no members but the known ones' : issue.message
}

function foundAt(issue: z.core.$ZodIssue, document: unknown): string {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => JSON.stringify(key)).join(', ')
  const value = issue.path.reduce<unknown>(
    (within, key) => (typeof within === 'object' && within !== null ? Reflect.get(within, key) : undefined),
    document,
  )
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > FOUND_CHARACTERS_MAX ? `${text.slice(0, FOUND_CHARACTERS_MAX)}…` : text
}

/** As many digits as rating keeps. */
function isDecimal(text: string): boolean {
  return /^\d{1,60}(?:\.\d{1,30})?$/.test(text)
}

function doAscend(tiers: readonly { upTo: string | null }[]): boolean {
  return tiers.every(({ upTo }, index) => {
    const before = tiers[index - 1]?.upTo
    if (upTo === null) return index === tiers.length - 1
    return index < tiers.length - 1 && (before == null || compareDecimals(before, upTo) < 0)
  })
}

function areDistinct(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length
}
