import { hash } from 'node:crypto'
import type { Instant } from '@meterbook/core/kernel'
import {
  type ChainHead,
  columnsOf,
  EntryDraft,
  entriesOf,
  type LedgerColumns,
  type LedgerEntry,
  NO_HASH,
  PLATFORM_SPACE_ID,
  sealEntry,
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
 * it that nothing is posted twice. Throws ZodError for a draft that is not in the format, RangeError for a seal or an archive outside the platform's chain.
 * `areInFormat`: core made them in the format just now (decidePostings), so they are not looked at again.
 */
export async function appendEntries(
  db: Pool | PoolClient | pg.Client,
  input: { spaceId: string; drafts: readonly EntryDraft[]; postedAt: Instant; areInFormat?: boolean },
): Promise<AppendedEntries> {
  const { spaceId, postedAt, areInFormat = false } = input
  const drafts = areInFormat ? input.drafts : input.drafts.map((draft) => EntryDraft.parse(draft))
  for (const { kind } of drafts) {
    if ((kind === 'journal_seal' || kind === 'journal_archive') === (spaceId === PLATFORM_SPACE_ID)) continue
    throw new RangeError(
      `expected seals, archives and nothing else in the platform's chain, found ${kind} for ${spaceId}`,
    )
  }
  const entries = entriesOf(drafts, postedAt)
  if (!(db instanceof pg.Pool)) return append(db, { spaceId, entries })
  const client = await db.connect()
  try {
    await client.query('BEGIN')
    const appended = await append(client, { spaceId, entries })
    await client.query('COMMIT')
    return appended
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

async function append(
  client: PoolClient | pg.Client,
  { spaceId, entries }: { spaceId: string; entries: readonly LedgerEntry[] },
): Promise<AppendedEntries> {
  const head = await lockHead(client, spaceId)
  let last = head
  let inserted: Promise<unknown> = Promise.resolve()
  for (let at = 0; at < entries.length; at += INSERT_ROWS_MAX) {
    const chunk = chain({ spaceId, head: last, entries: entries.slice(at, at + INSERT_ROWS_MAX) })
    last = chunk.last
    // While Postgres writes one chunk the next one is hashed.
    await inserted
    inserted = client.query({ name: 'ledger-append', text: APPEND, values: chunk.values })
    inserted.catch(() => undefined) // awaited below; until then it must not end the process
  }
  await inserted
  if (entries.length > 0) {
    await client.query({
      name: 'ledger-head-move',
      text: `UPDATE ledger_head SET sequence = $2, hash = decode($3, 'hex') WHERE space_id = $1`,
      values: [spaceId, last.sequence.toString(), last.hash],
    })
  }
  return { first: head.sequence + 1n, last: last.sequence, hash: last.hash }
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

/** Entries at their places after a head: the parameters that insert them, and the head that they make. */
function chain(input: { spaceId: string; head: ChainHead; entries: readonly LedgerEntry[] }): {
  values: unknown[]
  last: ChainHead
} {
  const { spaceId, head, entries } = input
  const hashes = [head.hash]
  const texts: string[] = []
  for (const [at, entry] of entries.entries()) {
    const place = { spaceId, sequence: head.sequence + BigInt(at + 1), previousHash: hashes[at] as string }
    const { canonical, hash: sealed } = sealEntry({ ...place, entry, sha256 })
    texts.push(canonical)
    hashes.push(sealed)
  }
  const columns = entries.map(columnsOf)
  const values = [
    spaceId,
    head.sequence.toString(),
    Buffer.from(hashes.join(''), 'hex'),
    texts.join('\n'),
    ...COLUMNS.map(([name]) => columns.map((each) => each[name])),
  ]
  return { values, last: { sequence: head.sequence + BigInt(entries.length), hash: hashes.at(-1) as string } }
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
 * in hex. Row n of the chunk has hash n and, as its previous one, hash n - 1. Texts travel as one, too: an array would have every quote of them
 * escaped, and read back. A line break is none of theirs: JSON has it escaped.
 */
const APPEND = `INSERT INTO ledger_entry (space_id, sequence, previous_hash, hash, canonical, ${NAMES})
  SELECT $1::uuid, $2::bigint + position, substring($3::bytea FROM (position::int - 1) * 32 + 1 FOR 32),
    substring($3::bytea FROM position::int * 32 + 1 FOR 32), canonical, ${NAMES}
  FROM unnest(string_to_array($4::text, E'\\n'), ${COLUMNS.map(([, , type], at) => `$${at + 5}::${type}[]`).join(', ')})
    WITH ORDINALITY AS input (canonical, ${NAMES}, position)`
