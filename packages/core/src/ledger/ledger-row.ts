import type { LedgerEntry } from './ledger-entry.ts'

/** The number of the entry format, as the store keeps it beside the text. */
const FORMAT_VERSION = '1'

/**
 * What a store keeps of an entry beside its text, so that it can be asked for. Copies: the text is what counts. Every value as text in
 * the form the entry has, or null.
 */
export interface LedgerColumns {
  formatVersion: string
  kind: string
  appId: string | null
  environment: string | null
  exempt: string | null
  capabilityKey: string | null
  windowStart: string | null
  windowEnd: string | null
  periodStart: string | null
  billedInStart: string | null
  quantity: string | null
  amount: string | null
  currency: string | null
  adjusts: string | null
  reason: string | null
  /** Of usage: the position up to which the entry is true. Of a seal or an archive: what it covers. */
  journalShard: string | null
  journalFirst: string | null
  journalLast: string | null
  postedAt: string
}

/** An entry at its place, as it is read back from a store or a file. Hashes as 64 hex digits, or whatever was found there. */
export interface ChainRow<Columns> {
  sequence: bigint
  canonical: string
  previousHash: string
  hash: string
  /** Null where only the text is kept, as in an exported file. */
  columns: Columns | null
}

export type LedgerRow = ChainRow<LedgerColumns>

/** The columns of an entry: the store writes what this says, verification compares what it finds with it. */
export function columnsOf(entry: LedgerEntry): LedgerColumns {
  const isUsage = entry.kind === 'usage' || entry.kind === 'adjustment'
  const usage = isUsage ? entry : null
  const adjustment = entry.kind === 'adjustment' ? entry : null
  // Those of the platform's own chain, which belong to no month.
  const journal = entry.kind === 'journal_seal' || entry.kind === 'journal_archive' ? entry : null
  const months = entry.kind === 'journal_seal' || entry.kind === 'journal_archive' ? null : entry
  return {
    formatVersion: FORMAT_VERSION,
    kind: entry.kind,
    appId: usage?.app ?? null,
    environment: usage?.environment ?? null,
    exempt: usage === null ? null : String(usage.exempt),
    capabilityKey: usage?.capability ?? null,
    windowStart: usage?.window.start ?? null,
    windowEnd: usage?.window.end ?? null,
    periodStart: months?.period.start ?? null,
    billedInStart: months?.billedIn.start ?? null,
    quantity: usage?.quantity ?? null,
    amount: 'amount' in entry ? entry.amount : null,
    currency: 'currency' in entry ? entry.currency : null,
    adjusts: adjustment?.adjusts ?? null,
    reason: adjustment?.reason ?? null,
    journalShard: usage?.journal.shard.toString() ?? journal?.shard.toString() ?? null,
    journalFirst: journal?.first ?? null,
    journalLast: usage?.journal.through ?? journal?.last ?? null,
    postedAt: entry.postedAt,
  }
}
