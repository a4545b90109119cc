import { z } from 'zod'
import {
  Aggregation,
  CatalogueKey,
  JsonPathText,
  MeterSlug,
  MeterVersionDraft,
  PositiveDecimal,
  ValueRule,
} from '../catalogue/index.ts'
import { PriceVersionDraft } from '../rating/index.ts'
import { BillingTermDraft } from '../statement/index.ts'
import {
  AmountText,
  BillingZone,
  CurrencyCode,
  DisplayName,
  EventKey,
  InstantText,
  oneLine,
  Slug,
} from './catalogue-text.ts'

export const CATALOGUE_FORMAT = 'meterbook/catalogue/1'

/** Half-open: from, inclusive, to, exclusive; without `to`: for ever. */
const Validity = {
  from: InstantText.describe('The instant it begins, RFC 3339 with its zone'),
  to: InstantText.optional().describe('The instant it ends, exclusive; left out: for ever'),
}

const IsArchived = z.boolean().default(false).describe('Out of use; nothing is ever deleted')

const CapabilityEntry = z
  .strictObject({
    key: CatalogueKey,
    name: DisplayName,
    unit: oneLine(60).describe('In which quantities are priced; it stays'),
    shape: oneLine(200).describe('How usage of it adds up, in words'),
  })
  .describe('What a price is for')

const MeterVersionEntry = z
  .strictObject({
    from: Validity.from,
    eventType: oneLine(1_000),
    aggregation: Aggregation,
    percentile: z
      .string()
      .regex(/^(0\.(?!0+$)\d{1,5}|1(\.0{1,5})?)$/, { error: 'expected a fraction above 0 and up to 1, such as "0.95"' })
      .optional(),
    value: ValueRule.optional().describe("How the value is read from the event's data; left out: each event counts 1"),
    divisor: PositiveDecimal.default('1').describe(
      "Quantity in the capability's unit = recorded base measure ÷ divisor",
    ),
    groupBy: z.record(oneLine(100), JsonPathText).default({}).describe('Dimensions, each with its JSON path'),
    subjectRequired: z.boolean().default(false),
    dataSchema: z.record(z.string(), z.json()).optional().describe("JSON Schema of the event's data"),
  })
  .superRefine(({ from: effectiveFrom, ...version }, context) => {
    sayAll(MeterVersionDraft.safeParse({ effectiveFrom, ...version }), context)
  })
  .describe('In force from its instant on until the next one begins; never edited: a change is another version')

const MeterEntry = z.strictObject({
  slug: MeterSlug,
  name: DisplayName,
  description: z.string().min(1).max(2_000).optional(),
  capability: CatalogueKey,
  archived: IsArchived,
  versions: z.array(MeterVersionEntry).min(1),
})

const TiersEntry = z.strictObject({
  mode: z.enum(['graduated', 'volume']),
  tiers: z
    .array(z.strictObject({ upTo: PositiveDecimal.nullable(), price: AmountText, flat: AmountText.default('0') }))
    .min(1)
    .max(100),
})

const PriceEntry = z
  .strictObject({
    from: Validity.from,
    allowance: AmountText.default('0').describe('Per app and month, never pooled'),
    price: AmountText.describe('For `per` units beyond the allowance'),
    per: PositiveDecimal.default('1'),
    packaging: z.enum(['exact', 'package']).default('exact'),
    tiers: TiersEntry.optional(),
  })
  .superRefine(({ from: effectiveFrom, ...version }, context) => {
    sayAll(PriceVersionDraft.safeParse({ effectiveFrom, ...version }), context)
  })
  .describe('In force from its instant on until the next one begins; never edited: a change is another version')

const PriceBookEntry = z.strictObject({
  slug: CatalogueKey,
  name: DisplayName,
  currency: CurrencyCode,
  prices: z.array(z.strictObject({ capability: CatalogueKey, versions: z.array(PriceEntry).min(1) })).default([]),
})

const TermEntry = z
  .strictObject({
    kind: z.enum(['discount', 'minimum', 'credit']),
    capability: CatalogueKey.optional().describe('Of which; left out: of the whole statement'),
    percent: z.string().optional().describe('Of what it applies to; or `amount`'),
    amount: z.string().optional().describe('Each month, in the currency of the space; or `percent`'),
    text: oneLine(200).describe('What the statement says'),
    ...Validity,
  })
  .superRefine(({ kind, capability = null, percent = null, amount = null, text }, context) => {
    sayAll(BillingTermDraft.safeParse({ kind, capability, percent, amount, text }), context)
  })
  .describe('What is agreed beside usage; in force at some moment of a month it applies to the whole of it')

const SpaceEntry = z.strictObject({
  slug: Slug,
  name: DisplayName,
  currency: CurrencyCode.default('USD'),
  billingZone: BillingZone.default('UTC'),
  archived: IsArchived,
  subscriptions: z.array(z.strictObject({ priceBook: CatalogueKey, ...Validity })).default([]),
  terms: z.array(TermEntry).default([]),
})

const EntitlementEntry = z
  .strictObject({
    space: Slug.describe('Under whose subscription'),
    subscribedFrom: InstantText.optional().describe(
      'When that subscription began; left out: the one in force at `from`',
    ),
    ...Validity,
    capabilities: z.array(CatalogueKey).min(1),
  })
  .describe('The right of the app to these capabilities')

const AppEntry = z.strictObject({
  slug: Slug,
  name: DisplayName,
  series: z.int().min(1).max(7).describe('The colour of the app on every chart'),
  archived: IsArchived,
  owners: z.array(z.strictObject({ space: Slug, ...Validity })).default([]),
  environments: z.array(z.strictObject({ key: EventKey, name: DisplayName })).default([]),
  installations: z
    .array(z.strictObject({ key: EventKey, name: DisplayName, exempt: z.boolean().default(false), ...Validity }))
    .default([]),
  entitlements: z.array(EntitlementEntry).default([]),
})

/**
 * The catalogue as a file: what it lists is made so, and what it does not list stays as it is. Instants and decimals are texts, so that every
 * microsecond and digit is kept.
 */
export const CatalogueFile = z
  .strictObject({
    format: z.literal(CATALOGUE_FORMAT),
    capabilities: z.array(CapabilityEntry).default([]),
    meters: z.array(MeterEntry).default([]),
    priceBooks: z.array(PriceBookEntry).default([]),
    spaces: z.array(SpaceEntry).default([]),
    apps: z.array(AppEntry).default([]),
  })
  .describe('A catalogue of Meterbook: npm run meterbook -- apply FILE')
export type CatalogueFile = z.infer<typeof CatalogueFile>

/** A version has to be one that a page would take, too: what is wrong with it there is wrong with it here. */
function sayAll(parsed: z.ZodSafeParseResult<unknown>, context: z.RefinementCtx): void {
  for (const { path, message } of parsed.error?.issues ?? []) {
    context.addIssue({ code: 'custom', path: path.filter((part) => part !== 'effectiveFrom'), message })
  }
}

/** The same as JSON Schema, for editors and for whoever writes such files by program. */
export function catalogueFileSchema(): object {
  return z.toJSONSchema(CatalogueFile, { io: 'input', target: 'draft-2020-12' })
}
