import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { z } from 'zod'
import { CatalogueDocument, type StoredCatalogue } from '../catalogue/index.ts'
import { formatInstant, type Instant, parseInstant, type Sha256 } from '../kernel/index.ts'
import { entryLine, type LedgerRow, type MerkleProof, type SealedBatch } from '../ledger/index.ts'
import type { BookSubscription, ListedPrice } from '../rating/index.ts'
import { README } from './readme.ts'

const EVIDENCE_FORMAT = 'meterbook/evidence/1'
/** What it may unpack to: far above what is packed, far below what hurts. */
const UNPACKED_BYTES_MAX = 1024 ** 3

const NumberText = z.string().regex(/^[1-9]\d*$/)
const InstantText = z.string().transform((text, context): Instant => {
  const instant = parseInstant(text)
  if (instant.ok) return instant.value
  context.addIssue({ code: 'custom', message: 'expected an RFC 3339 instant' })
  return z.NEVER
})
const Place = z.strictObject({ batch: NumberText, pos: z.int().min(0) })

const Manifest = z.strictObject({
  format: z.literal(EVIDENCE_FORMAT),
  space: z.strictObject({ id: z.string(), slug: z.string() }),
  /** The entries that are explained, ascending. */
  sequences: z.array(NumberText).min(1),
  /** SHA-256 of each other file. */
  files: z.record(z.string(), z.string()),
})

const Batch = z.strictObject({
  shard: z.int().min(0),
  number: NumberText,
  kind: z.enum(['events', 'act']),
  appId: z.string(),
  keyId: z.string().nullable(),
  receivedAt: z.string(),
  eventCount: z.int(),
  digest: z.string(),
  /** The platform's entry under whose root it is, and the way there. */
  seal: NumberText,
  proof: z.strictObject({ index: z.int(), size: z.int(), path: z.array(z.string()) }),
})

const Price = z.strictObject({
  bookId: z.string(),
  capabilityKey: z.string(),
  version: z.int(),
  effectiveFrom: InstantText,
  allowance: z.string(),
  price: z.string(),
  per: z.string(),
  packaging: z.enum(['exact', 'package']),
  tiers: z
    .strictObject({
      mode: z.enum(['graduated', 'volume']),
      tiers: z.array(z.strictObject({ upTo: z.string().nullable(), price: z.string(), flat: z.string() })),
    })
    .nullable(),
})

const Charge = z.strictObject({
  /** The events that make up each entry: where each was taken, under which revision it was measured, and the act that put its content or its place; `content`: the earlier act that gave the content that this act left. */
  entries: z.array(
    z.strictObject({
      sequence: NumberText,
      counted: z.array(Place.extend({ revision: NumberText, act: Place.nullable(), content: Place.optional() })),
    }),
  ),
  batches: z.array(Batch),
  prices: z.array(Price),
  subscriptions: z.array(z.strictObject({ bookId: z.string(), from: InstantText, to: InstantText.nullable() })),
  billingZone: z.string(),
})
type Charge = z.infer<typeof Charge>
/** An event that counts in an entry. */
export type CountedEvent = Charge['entries'][number]['counted'][number]

const Row = z.strictObject({ sequence: NumberText, previousHash: z.string(), hash: z.string(), canonical: z.string() })

export interface EvidenceParts {
  space: { id: string; slug: string }
  /** What is to be explained, ascending by sequence, and the events that make up each. */
  entries: readonly {
    sequence: bigint
    counted: readonly {
      batch: bigint
      pos: number
      revision: bigint
      act: { batch: bigint; pos: number } | null
      content?: { batch: bigint; pos: number }
    }[]
  }[]
  /** From the accounts' first entry of the period, or earlier, to the head. */
  ledger: readonly LedgerRow[]
  /** The platform's chain, from the first seal that is needed to its head. */
  platform: readonly LedgerRow[]
  batches: readonly { head: SealedBatch; body: string; seal: bigint; proof: MerkleProof }[]
  catalogues: readonly StoredCatalogue[]
  prices: readonly ListedPrice[]
  subscriptions: readonly BookSubscription[]
  billingZone: string
}

/** One file (zip) of all that a charge follows from. The same parts give the same bytes. */
export function packEvidence(parts: EvidenceParts, sha256: Sha256): Uint8Array {
  const texts: Record<string, string> = {
    'README.txt': README,
    'ledger.jsonl': parts.ledger.map(entryLine).join(''),
    'platform.jsonl': parts.platform.map(entryLine).join(''),
    'charge.json': `${JSON.stringify(chargeOf(parts), textOf, 1)}\n`,
  }
  for (const catalogue of parts.catalogues) texts[catalogueFile(catalogue.revision)] = JSON.stringify(catalogue)
  for (const { head, body } of parts.batches) texts[journalFile(head.number)] = body
  const files = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, sha256(text)]))
  const sequences = parts.entries.map(({ sequence }) => sequence)
  texts['manifest.json'] =
    `${JSON.stringify({ format: EVIDENCE_FORMAT, space: parts.space, sequences, files }, textOf, 1)}\n`
  return zipTexts(texts)
}

/** Texts by name as a zip. The same texts give the same bytes: all times are one. */
export function zipTexts(texts: Readonly<Record<string, string>>): Uint8Array {
  const packed = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, strToU8(text)]))
  return zipSync(packed, { mtime: '1980-01-01T12:00:00' })
}

function chargeOf({ entries, batches, prices, subscriptions, billingZone }: EvidenceParts): unknown {
  return {
    entries,
    batches: batches.map(({ head, seal, proof }) => ({ ...head, seal, proof })),
    prices: prices.map((price) => ({ ...price, effectiveFrom: formatInstant(price.effectiveFrom) })),
    subscriptions: subscriptions.map(({ bookId, from, to }) => ({
      bookId,
      from: formatInstant(from),
      to: to === null ? null : formatInstant(to),
    })),
    billingZone,
  }
}

function textOf(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

/** What was read of a bundle: in form, and nothing more is known of it yet. */
export interface EvidenceFiles {
  space: { id: string; slug: string }
  ledger: LedgerRow[]
  platform: LedgerRow[]
  charge: Charge
  bodyOf(number: string): string | null
  catalogueOf(revision: string): CatalogueDocument | null
}

/** What is wrong with a file of the bundle itself. */
export interface FileFault {
  where: string
  expected: string
  found: string
}

/** Reads a bundle. Every file has to be there, and to be the one that was packed. */
export function unpackEvidence(bytes: Uint8Array, sha256: Sha256): EvidenceFiles | FileFault {
  const texts = unzipTexts(bytes)
  if (texts === null) return { where: 'the file', expected: 'a zip of at most 1 GiB', found: 'none that can be read' }
  const manifest = Manifest.safeParse(json(texts.get('manifest.json')))
  if (!manifest.success)
    return { where: 'manifest.json', expected: `a manifest in ${EVIDENCE_FORMAT}`, found: 'another' }
  const { space, sequences, files } = manifest.data
  for (const [where, expected] of Object.entries(files)) {
    const text = texts.get(where)
    if (text === undefined) return { where, expected: 'the file', found: 'none' }
    if (sha256(text) !== expected) return { where, expected: `SHA-256 ${expected}`, found: sha256(text) }
  }
  const charge = Charge.safeParse(json(texts.get('charge.json')))
  if (!charge.success) return { where: 'charge.json', expected: 'the parts of a charge', found: 'another' }
  const explained = charge.data.entries.map(({ sequence }) => sequence)
  if (explained.join() !== sequences.join()) {
    return { where: 'charge.json', expected: `entries ${sequences.join()}`, found: explained.join() }
  }
  const ledger = rowsOf(texts.get('ledger.jsonl'))
  if (ledger === null) return { where: 'ledger.jsonl', expected: 'entries', found: 'another' }
  const platform = rowsOf(texts.get('platform.jsonl'))
  if (platform === null) return { where: 'platform.jsonl', expected: 'entries', found: 'another' }
  return {
    space,
    ledger,
    platform,
    charge: charge.data,
    bodyOf: (number) => texts.get(journalFile(number)) ?? null,
    catalogueOf(revision) {
      const parsed = CatalogueDocument.safeParse(json(texts.get(catalogueFile(revision))))
      return parsed.success ? parsed.data : null
    },
  }
}

/** The texts of a zip by name; null where it is none, or too much. */
export function unzipTexts(bytes: Uint8Array): Map<string, string> | null {
  let unpacked = 0
  try {
    const files = unzipSync(bytes, {
      filter: ({ originalSize }) => {
        unpacked += originalSize
        if (unpacked > UNPACKED_BYTES_MAX) throw new RangeError('too large')
        return true
      },
    })
    return new Map(Object.entries(files).map(([name, content]) => [name, strFromU8(content)]))
  } catch {
    return null
  }
}

function rowsOf(text = ''): LedgerRow[] | null {
  const rows: LedgerRow[] = []
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const row = Row.safeParse(json(line))
    if (!row.success) return null
    rows.push({ ...row.data, sequence: BigInt(row.data.sequence), columns: null })
  }
  return rows
}

function json(text: string | undefined): unknown {
  try {
    return text === undefined ? null : JSON.parse(text)
  } catch {
    return null
  }
}

/** Where the body of a batch is in the zip. */
export function journalFile(number: bigint | string): string {
  return `journal/${number}.json`
}

export function catalogueFile(revision: string): string {
  return `catalogue/${revision}.json`
}
