import { hash } from 'node:crypto'
import type { Instant } from '@meterbook/core/kernel'
import {
  type ChainHead,
  canonicalEntry,
  columnsOf,
  EntryDraft,
  entryHash,
  entryOf,
  type LedgerColumns,
  NO_HASH,
  PLATFORM_SPACE_ID,
} from '@meterbook/core/ledger'
import pg from 'pg'
import type { Pool, PoolClient } from './pool.ts'

/** Rows of one insert: some 2 MB of texts. */
const INSERT_ROWS_MAX = 1_000

/** What was appended: entries [first, last] and the hash of the last. Without drafts `first` is one more than `last`: nothing was. */
export interface AppendedEntries {
  first: bigint
  last: bigint
  hash: string
}

/**
 * Appends entries to the chain of a space, all or none. The head's row is locked first, so that a chain has one writer at a time and no two
 * entries follow the same one. On a pool it is a transaction of its own; on a client it is part of the caller's, which then also has to see to
 * it that nothing is posted twice. Throws ZodError for a draft that is not in the format, RangeError for a seal outside the platform's chain.
 */
export async function appendEntries(
  db: Pool | PoolClient | pg.Client,
  input: { spaceId: string; drafts: readonly EntryDraft[]; postedAt: Instant },
): Promise<AppendedEntries> {
  const { spaceId, postedAt } = input
  // Before the lock: others wait for no text of ours.
  const rows = input.drafts.map((draft) => {
    const entry = entryOf(EntryDraft.parse(draft), postedAt)
    if ((entry.kind === 'journal_seal') !== (spaceId === PLATFORM_SPACE_ID)) {
      throw new RangeError(
        `expected seals and nothing else in the platform's chain, found ${entry.kind} for ${spaceId}`,
      )
    }
    return { canonical: canonicalEntry(entry), columns: columnsOf(entry) }
  })
  if (!(db instanceof pg.Pool)) return append(db, { spaceId, rows })
  const client = await db.connect()
  try {
    await client.query('BEGIN')
    const appended = await append(client, { spaceId, rows })
    await client.query('COMMIT')
    return appended
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

interface PreparedRow {
  canonical: string
  columns: LedgerColumns
}

async function append(
  client: PoolClient | pg.Client,
  { spaceId, rows }: { spaceId: string; rows: readonly PreparedRow[] },
): Promise<AppendedEntries> {
  const head = await lockHead(client, spaceId)
  const first = head.sequence + 1n
  let last = head
  for (let at = 0; at < rows.length; at += INSERT_ROWS_MAX) {
    last = await insert(client, { spaceId, head: last, rows: rows.slice(at, at + INSERT_ROWS_MAX) })
  }
  if (rows.length > 0) {
    await client.query({
      name: 'ledger-head-move',
      text: `UPDATE ledger_head SET sequence = $2, hash = decode($3, 'hex') WHERE space_id = $1`,
      values: [spaceId, last.sequence.toString(), last.hash],
    })
  }
  return { first, last: last.sequence, hash: last.hash }
}

/** The end of a chain; from here to the end of the transaction nobody else appends to it. */
export async function lockHead(client: PoolClient | pg.Client, spaceId: string): Promise<ChainHead> {
  const known = await selectHead(client, spaceId)
  if (known !== null) return known
  await client.query(
    `INSERT INTO ledger_head (space_id, sequence, hash) VALUES ($1, 0, decode($2, 'hex')) ON CONFLICT DO NOTHING`,
    [spaceId, NO_HASH],
  )
  const made = await selectHead(client, spaceId)
  if (made === null) throw new Error(`expected the ledger of ${spaceId} to have a head, found none`)
  return made
}

async function selectHead(client: PoolClient | pg.Client, spaceId: string): Promise<ChainHead | null> {
  const { rows } = await client.query<{ sequence: string; hash: string }>({
    name: 'ledger-head-lock',
    text: `SELECT sequence, encode(hash, 'hex') AS hash FROM ledger_head WHERE space_id = $1 FOR UPDATE`,
    values: [spaceId],
  })
  const [row] = rows
  return row === undefined ? null : { sequence: BigInt(row.sequence), hash: row.hash }
}

async function insert(
  client: PoolClient | pg.Client,
  input: { spaceId: string; head: ChainHead; rows: readonly PreparedRow[] },
): Promise<ChainHead> {
  const { spaceId, rows } = input
  const hashes: string[] = [input.head.hash]
  let { sequence } = input.head
  for (const { canonical } of rows) {
    const previousHash = hashes.at(-1) as string
    sequence += 1n
    hashes.push(entryHash({ spaceId, sequence, previousHash, canonical, sha256 }))
  }
  await client.query({
    name: 'ledger-append',
    text: APPEND,
    values: [
      spaceId,
      input.head.sequence.toString(),
      Buffer.from(hashes.join(''), 'hex'),
      rows.map(({ canonical }) => canonical),
      ...COLUMNS.map(([name]) => rows.map(({ columns }) => columns[name])),
    ],
  })
  return { sequence, hash: hashes.at(-1) as string }
}

const sha256 = (text: string): string => hash('sha256', text, 'hex')

/** Which column of the table keeps which part of an entry, and its type. */
export const COLUMNS: readonly (readonly [name: keyof LedgerColumns, column: string, type: string])[] = [
  ['formatVersion', 'format_version', 'smallint'],
  ['kind', 'kind', 'text'],
  ['appId', 'app_id', 'uuid'],
  ['environment', 'environment', 'text'],
  ['exempt', 'exempt', 'boolean'],
  ['capabilityKey', 'capability_key', 'text'],
  ['windowStart', 'window_start', 'timestamptz'],
  ['windowEnd', 'window_end', 'timestamptz'],
  ['periodStart', 'period_start', 'timestamptz'],
  ['billedInStart', 'billed_in_start', 'timestamptz'],
  ['quantity', 'quantity', 'numeric'],
  ['amount', 'amount', 'numeric'],
  ['currency', 'currency', 'text'],
  ['adjusts', 'adjusts', 'bigint'],
  ['reason', 'reason', 'text'],
  ['journalShard', 'journal_shard', 'smallint'],
  ['journalFirst', 'journal_first', 'bigint'],
  ['journalLast', 'journal_last', 'bigint'],
  ['postedAt', 'posted_at', 'timestamptz'],
]

const NAMES = COLUMNS.map(([, column]) => column).join(', ')
/**
 * Hashes travel as one binary value, the last one before the chunk first, and are cut apart here: an array of bytea would travel as twice its size
 * in hex. Row n of the chunk has hash n and, as its previous one, hash n - 1.
 */
const APPEND = `INSERT INTO ledger_entry (space_id, sequence, previous_hash, hash, canonical, ${NAMES})
  SELECT $1::uuid, $2::bigint + position, substring($3::bytea FROM (position::int - 1) * 32 + 1 FOR 32),
    substring($3::bytea FROM position::int * 32 + 1 FOR 32), canonical, ${NAMES}
  FROM unnest($4::text[], ${COLUMNS.map(([, , type], at) => `$${at + 5}::${type}[]`).join(', ')})
    WITH ORDINALITY AS input (canonical, ${NAMES}, position)`
