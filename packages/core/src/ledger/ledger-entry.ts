import { z } from 'zod'

/** The format of an entry's text. Whoever changes a member, its meaning or its form raises the number. */
export const ENTRY_FORMAT = 'meterbook/entry/1'

/** The chain of the platform itself, in which the journal is sealed. No developer space has this id. */
export const PLATFORM_SPACE_ID = '00000000-0000-0000-0000-000000000000'

/** Forms that have one text for one value, so that equal entries are equal texts: no trailing zeros, no sign of zero, no exponent. */
const DecimalText = z
  .string()
  .max(200)
  .regex(/^(?:0|-?[1-9]\d*|-?(?:0|[1-9]\d*)\.\d*[1-9])$/, { error: 'expected a plain decimal without trailing zeros' })
const InstantText = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{0,5}[1-9])?Z$/, {
  error: 'expected an RFC 3339 instant in UTC without trailing zeros',
})
const SequenceText = z.string().regex(/^[1-9]\d*$/, { error: 'expected a number from 1 on, as text' })
const JournalNumberText = z.string().regex(/^(?:0|[1-9]\d*)$/, { error: 'expected a journal number, as text' })
const HashText = z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected 64 lower-case hex digits' })
/** What an entry names: an app, an environment, a meter, a right. */
export const EntryName = z.string().min(1).max(500)
const Name = EntryName
export const EntryCurrency = z.string().regex(/^[A-Z]{3}$/, { error: 'expected an ISO 4217 code' })
const Currency = EntryCurrency
/** Half-open: [start, end). */
const Window = z.strictObject({ start: InstantText, end: InstantText })

/**
 * One share of an amount: what one tier of one price version took. `version` is the instant from which that version is in force; null,
 * with `priceBook`, `unitPrice` and `per`, where the usage has no price (tier `unpriced`). In an entry a part is a difference and may be negative.
 */
const EntryPart = z.strictObject({
  /** The id of the price book; one account may have been under several. */
  priceBook: Name.nullable(),
  version: InstantText.nullable(),
  tier: Name,
  quantity: DecimalText,
  units: DecimalText,
  unitPrice: DecimalText.nullable(),
  per: DecimalText.nullable(),
  amount: DecimalText,
})

/** What one meter version measured, in its base; `divisor` turns it into the unit. A difference, as the parts are. */
const MeasuredBase = z.strictObject({
  meter: Name,
  version: z.int().min(1),
  base: DecimalText,
  divisor: DecimalText,
})

/** `period`: the month of the usage. `billedIn`: the month whose statement carries the entry; another one where `period` is closed. */
const Months = { period: Window, billedIn: Window }

const UsageMembers = {
  ...Months,
  app: Name,
  environment: Name,
  exempt: z.boolean(),
  capability: Name,
  unit: Name,
  window: Window,
  quantity: DecimalText,
  amount: DecimalText,
  currency: Currency,
  /** The price book in force in the window; null where there was none. */
  priceBook: Name.nullable(),
  parts: z.array(EntryPart),
  measured: z.array(MeasuredBase),
  entitlements: z.array(Name),
  /** The entry is true of the journal up to this batch of the app's shard. */
  journal: z.strictObject({ shard: z.int().min(0), through: JournalNumberText }),
  /** The account's quantity in the period, before this entry and with it. */
  cumulative: z.strictObject({ before: DecimalText, after: DecimalText }),
}

export const ADJUSTMENT_REASONS = ['late_usage', 'cancelled', 'amended', 'reattributed', 'repriced', 'mixed'] as const

const UsageDraft = z.strictObject({ kind: z.literal('usage'), ...UsageMembers })
const AdjustmentDraft = z.strictObject({
  kind: z.literal('adjustment'),
  ...UsageMembers,
  /** The sequence of the first entry of the same app, environment, capability and window. */
  adjusts: SequenceText,
  reason: z.enum(ADJUSTMENT_REASONS),
  /** Ids of the corrections it comes from, where they are known. */
  acts: z.array(Name).optional(),
})
const StatementDraft = z.strictObject({
  kind: z.literal('statement'),
  ...Months,
  statement: Name,
  /** SHA-256 of the statement's lines. */
  lines: HashText,
  exactTotal: DecimalText,
  total: DecimalText,
  currency: Currency,
})
const LumpMembers = {
  ...Months,
  amount: DecimalText,
  currency: Currency,
  text: z.string().max(2_000),
  statement: Name.optional(),
  /** The id of the billing term that asks for it. */
  term: Name.optional(),
}
const RoundingDraft = z.strictObject({ kind: z.literal('rounding'), ...LumpMembers })
const DiscountDraft = z.strictObject({ kind: z.literal('discount'), ...LumpMembers })
const CreditDraft = z.strictObject({ kind: z.literal('credit'), ...LumpMembers })
const MinimumDraft = z.strictObject({ kind: z.literal('minimum'), ...LumpMembers })
/** The platform's chain only: the root over the batches [first, last] of a shard. */
const JournalSealDraft = z.strictObject({
  kind: z.literal('journal_seal'),
  shard: z.int().min(0),
  first: SequenceText,
  last: SequenceText,
  batches: SequenceText,
  root: HashText,
})

/** The platform's chain only: the batches [first, last] of a shard, whole seals of them, were written to a file of an archive. */
const JournalArchiveDraft = z.strictObject({
  kind: z.literal('journal_archive'),
  shard: z.int().min(0),
  first: SequenceText,
  last: SequenceText,
  batches: SequenceText,
  /** Its name within the archive. */
  file: Name,
  bytes: SequenceText,
  /** SHA-256 of the file. */
  digest: HashText,
})

/** What is to be posted, before it has its place in a chain. Decimals, instants and sequences are texts of one form each. */
export const EntryDraft = z.discriminatedUnion('kind', [
  UsageDraft,
  AdjustmentDraft,
  StatementDraft,
  RoundingDraft,
  DiscountDraft,
  CreditDraft,
  MinimumDraft,
  JournalSealDraft,
  JournalArchiveDraft,
])
export type EntryDraft = z.infer<typeof EntryDraft>
export type EntryPart = z.infer<typeof EntryPart>

const Posted = { format: z.literal(ENTRY_FORMAT), postedAt: InstantText }

/** What was posted: the draft with its format and the moment of posting. Its canonical text is what the chain hashes. */
export const LedgerEntry = z.discriminatedUnion('kind', [
  UsageDraft.extend(Posted),
  AdjustmentDraft.extend(Posted),
  StatementDraft.extend(Posted),
  RoundingDraft.extend(Posted),
  DiscountDraft.extend(Posted),
  CreditDraft.extend(Posted),
  MinimumDraft.extend(Posted),
  JournalSealDraft.extend(Posted),
  JournalArchiveDraft.extend(Posted),
])
export type LedgerEntry = z.infer<typeof LedgerEntry>
