import { z } from 'zod'
import { canonicalJson, formatInstant, type Instant, type JsonValue, type Sha256 } from '../kernel/index.ts'
import type { ChainHead } from './chain-fault.ts'
import { entryHash } from './seal-entry.ts'
import { type ChainForm, type ChainVerifier, createVerifier } from './verify-chain.ts'

/** The version of the audit log's hash: part of what is hashed, so that no row of it can be taken for one of the ledger. */
const AUDIT_HASH_FORMAT = 'meterbook/audit/1'
/** The format of an entry's text. Whoever changes a member, its meaning or its form raises the number. */
const AUDIT_ENTRY_FORMAT = 'meterbook/audit-entry/1'
/** What stands for the space in a place of this chain: there is one log, of all spaces. */
export const AUDIT_CHAIN = 'audit'

const Name = z.string().min(1).max(500)
const Json = z.unknown()

/** What an admin did: to what, what it was before and after, why, and in which request. Absent and null are different texts of `before` and `after`. */
export const AuditEntry = z.strictObject({
  format: z.literal(AUDIT_ENTRY_FORMAT),
  recordedAt: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{0,5}[1-9])?Z$/),
  /** The id of a person; null: the platform by itself, or its operator at the command line. */
  actorId: Name.nullable(),
  act: z.string().min(1).max(100),
  targetType: z.string().min(1).max(100),
  targetId: Name,
  spaceId: z.uuid().nullable(),
  reason: z.string().max(2_000).nullable(),
  requestId: Name.nullable(),
  before: Json.optional(),
  after: Json.optional(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** What a store keeps of an entry beside its text, so that it can be asked for. Copies: the text is what counts. */
export type AuditColumns = Record<
  'recordedAt' | 'actorId' | 'act' | 'targetType' | 'targetId' | 'spaceId' | 'reason' | 'requestId',
  string | null
>

/** What is to be written down, before it has its moment and its place. Texts may hold anything that a request may. */
export type AuditDraft = Omit<AuditEntry, 'format' | 'recordedAt'>

/**
 * The entry that a draft becomes. A NUL or half a surrogate pair, which no column can keep, becomes the replacement character in the texts that
 * are columns: what stands in the column has to be what stands in the text. Throws ZodError for one that is not in the format.
 */
export function auditEntryOf(draft: AuditDraft, recordedAt: Instant): AuditEntry {
  const { before, after, ...texts } = draft
  const kept = Object.entries(texts).map(([name, text]) => [name, text === null ? null : keepable(text)])
  return AuditEntry.parse({
    ...Object.fromEntries(kept),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    format: AUDIT_ENTRY_FORMAT,
    recordedAt: formatInstant(recordedAt),
  })
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

function keepable(text: string): string {
  return text.replaceAll('\0', '\ufffd').replace(LONE_SURROGATE, '\ufffd')
}

/** The text and the hash of an entry after a head: the ledger's chain with a format of its own. */
export function sealAuditEntry(input: { head: ChainHead; entry: AuditEntry; sha256: Sha256 }): {
  canonical: string
  hash: string
} {
  const { head, entry, sha256 } = input
  const canonical = canonicalJson(entry as JsonValue)
  const place = { spaceId: AUDIT_CHAIN, sequence: head.sequence + 1n, previousHash: head.hash }
  return { canonical, hash: entryHash({ ...place, hashFormat: AUDIT_HASH_FORMAT, canonical, sha256 }) }
}

/** The columns of an entry: the store writes what this says, verification compares what it finds with it. */
export function auditColumnsOf(entry: AuditEntry): AuditColumns {
  const { recordedAt, actorId, act, targetType, targetId, spaceId, reason, requestId } = entry
  return { recordedAt, actorId, act, targetType, targetId, spaceId, reason, requestId }
}

const AUDIT: ChainForm<AuditEntry, AuditColumns> = {
  hashFormat: AUDIT_HASH_FORMAT,
  schema: AuditEntry,
  columnsOf: auditColumnsOf,
}

/** Verifies the audit log, row by row, and names the first fault: the ledger's verifier, told what an entry of this chain is. */
export function createAuditVerifier(input: {
  head: ChainHead | null
  held?: readonly ChainHead[]
  sha256: Sha256
}): ChainVerifier<AuditColumns> {
  return createVerifier({ ...input, spaceId: AUDIT_CHAIN, form: AUDIT })
}
