import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { type ChainHead, LedgerEntry } from '@meterbook/core/ledger'
import type { Pool, PoolClient } from './pool.ts'

/** An entry as it was posted, at its place. */
export interface StoredEntry {
  spaceId: string
  sequence: bigint
  /** 64 hex digits each. */
  previousHash: string
  hash: string
  entry: LedgerEntry
}

/** Which entries of a space; what is absent does not narrow. Instants are starts, in microseconds. */
export interface EntryFilter {
  kinds?: readonly LedgerEntry['kind'][]
  appId?: string
  capabilityKey?: string
  /** The month of the usage. */
  periodStart?: Instant
  /** The month whose statement carries it. */
  billedInStart?: Instant
  windowStart?: Instant
  environment?: string
  isExempt?: boolean
  /** Of usage: the shard of its app. Of a seal: the shard it covers. */
  journalShard?: number
}

/** The most that one page has. */
const PAGE_MAX = 5_000

/**
 * A page of a space's entries in the order of the chain: those after a sequence, and up to another one if there is a `through`. By account, by
 * account-window or by statement as the filter says. The next page begins after the last entry of this one.
 */
export async function readEntries(
  db: Pool | PoolClient,
  input: { spaceId: string; filter?: EntryFilter; after?: bigint; through?: bigint; limit: number },
): Promise<StoredEntry[]> {
  const { spaceId, filter = {} } = input
  const values: unknown[] = [spaceId, (input.after ?? 0n).toString(), Math.min(input.limit, PAGE_MAX)]
  const conditions = ['space_id = $1', 'sequence > $2']
  const narrow = (condition: (parameter: string) => string, value: unknown): void => {
    if (value === undefined) return
    values.push(value)
    conditions.push(condition(`$${values.length}`))
  }
  const instant = (value: Instant | undefined) => (value === undefined ? undefined : formatInstant(value))
  narrow((parameter) => `sequence <= ${parameter}`, input.through?.toString())
  narrow((parameter) => `kind = ANY(${parameter}::text[])`, filter.kinds)
  narrow((parameter) => `app_id = ${parameter}::uuid`, filter.appId)
  narrow((parameter) => `capability_key = ${parameter}`, filter.capabilityKey)
  narrow((parameter) => `period_start = ${parameter}::timestamptz`, instant(filter.periodStart))
  narrow((parameter) => `billed_in_start = ${parameter}::timestamptz`, instant(filter.billedInStart))
  narrow((parameter) => `window_start = ${parameter}::timestamptz`, instant(filter.windowStart))
  narrow((parameter) => `environment = ${parameter}`, filter.environment)
  narrow((parameter) => `exempt = ${parameter}::boolean`, filter.isExempt)
  narrow((parameter) => `journal_shard = ${parameter}::smallint`, filter.journalShard)
  const { rows } = await db.query<EntryRow>(
    `SELECT ${ENTRY} FROM ledger_entry WHERE ${conditions.join(' AND ')} ORDER BY sequence LIMIT $3`,
    values,
  )
  return rows.map((row) => entryOf(spaceId, row))
}

/** One entry of a space, or null. */
export async function findEntry(
  db: Pool | PoolClient,
  { spaceId, sequence }: { spaceId: string; sequence: bigint },
): Promise<StoredEntry | null> {
  const [found] = await readEntries(db, { spaceId, after: sequence - 1n, through: sequence, limit: 1 })
  return found ?? null
}

interface EntryRow {
  sequence: string
  previous_hash: string
  hash: string
  canonical: string
}

const ENTRY = `sequence, encode(previous_hash, 'hex') AS previous_hash, encode(hash, 'hex') AS hash, canonical`

function entryOf(spaceId: string, row: EntryRow): StoredEntry {
  return {
    spaceId,
    sequence: BigInt(row.sequence),
    previousHash: row.previous_hash,
    hash: row.hash,
    entry: LedgerEntry.parse(JSON.parse(row.canonical)),
  }
}

/** The end of a space's chain: what others may hold against us. */
export interface StoredHead extends ChainHead {
  spaceId: string
}

/** The heads of the chains that were begun, or of those asked for; by space. */
export async function readHeads(
  db: Pool | PoolClient,
  input: { spaceIds?: readonly string[] } = {},
): Promise<StoredHead[]> {
  const { rows } = await db.query<{ space_id: string; sequence: string; hash: string }>({
    name: 'ledger-heads',
    text: `SELECT space_id, sequence, encode(hash, 'hex') AS hash FROM ledger_head
      WHERE $1::uuid[] IS NULL OR space_id = ANY($1::uuid[]) ORDER BY space_id`,
    values: [input.spaceIds ?? null],
  })
  return rows.map((row) => ({ spaceId: row.space_id, sequence: BigInt(row.sequence), hash: row.hash }))
}

/** The space of that slug or id, or null. */
export async function findLedgerSpace(
  db: Pool | PoolClient,
  slugOrId: string,
): Promise<{ id: string; slug: string } | null> {
  const { rows } = await db.query<{ id: string; slug: string }>(
    'SELECT id, slug FROM developer_space WHERE slug = $1 OR id::text = $1 ORDER BY slug = $1 DESC LIMIT 1',
    [slugOrId],
  )
  return rows[0] ?? null
}
