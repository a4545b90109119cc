import {
  canonicalJson,
  canonicalJsonAndPart,
  canonicalPart,
  canonicalTuple,
  formatInstant,
  type Instant,
  type JsonValue,
  type Sha256,
} from '../kernel/index.ts'
import { ENTRY_FORMAT, type EntryDraft, type LedgerEntry } from './ledger-entry.ts'

/** The version of the hash: part of what is hashed, so that no two ways of hashing can be taken for each other. */
const HASH_FORMAT = 'meterbook/ledger/1'

/** What stands for the hash before the first entry of a chain. */
export const NO_HASH = '0'.repeat(64)

/** The entry that a draft becomes when it is posted. */
export function entryOf(draft: EntryDraft, postedAt: Instant): LedgerEntry {
  return entriesOf([draft], postedAt)[0] as LedgerEntry
}

/** The same of many that are posted together. */
export function entriesOf(drafts: readonly EntryDraft[], postedAt: Instant): LedgerEntry[] {
  const posted = { format: ENTRY_FORMAT, postedAt: formatInstant(postedAt) }
  return drafts.map((draft) => ({ ...draft, ...posted }) as LedgerEntry)
}

/** The one text of an entry: canonical JSON. A member that is absent and one that is undefined are the same. */
export function canonicalEntry(entry: LedgerEntry): string {
  return canonicalJson(membersOf(entry))
}

function membersOf(entry: LedgerEntry): JsonValue {
  // Hardly any has a member that is undefined: the others are not copied.
  if (!Object.values(entry).includes(undefined as never)) return entry as JsonValue
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)) as JsonValue
}

/** An entry's place in its chain. */
export interface EntryPlace {
  /** The version of the hash; the ledger's where none is said. */
  hashFormat?: string
  /** Or what else the chain is of. */
  spaceId: string
  /** From 1 on. */
  sequence: bigint
  /** 64 hex digits; NO_HASH for the first. */
  previousHash: string
}

/** SHA-256 over the version of the hash, the place and the text: with any of them changed it is another. 64 lower-case hex digits. */
export function entryHash(input: EntryPlace & { canonical: string; sha256: Sha256 }): string {
  return hashOf(input, canonicalPart(input.canonical), input.sha256)
}

/** `part`: the entry's text as the last part of what is hashed. */
function hashOf(place: EntryPlace, part: string, sha256: Sha256): string {
  const { hashFormat = HASH_FORMAT, spaceId, sequence, previousHash } = place
  return sha256(canonicalTuple([hashFormat, spaceId, sequence.toString(), previousHash]) + part)
}

/** The text and the hash of an entry at a place. The only implementation of the chain: whoever posts and whoever verifies calls it. */
export function sealEntry(input: EntryPlace & { entry: LedgerEntry; sha256: Sha256 }): {
  canonical: string
  hash: string
} {
  // Written once, and its bytes counted while it is: posting spends most of its time here.
  const { text: canonical, part } = canonicalJsonAndPart(membersOf(input.entry))
  return { canonical, hash: hashOf(input, part, input.sha256) }
}
