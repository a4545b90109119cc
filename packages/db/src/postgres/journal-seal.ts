import { hash } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import type { Instant } from '@meterbook/core/kernel'
import {
  type EntryDraft,
  type FoundBatch,
  merkleLeaf,
  merkleRoot,
  PLATFORM_SPACE_ID,
  type SealedBatch,
} from '@meterbook/core/ledger'
import { JOURNAL_CODEC } from './journal-writer.ts'
import { appendEntries, lockHead } from './ledger-store.ts'
import { anyMicrosOf, instantTextOf } from './ledger-store-times.ts'
import { inTransaction, type Pool, type PoolClient } from './pool.ts'

/** Batches under one root: a proof has at most ten hashes, and a row that was touched is known to one in a thousand. */
const SEAL_BATCHES_MAX = 1_024
/** Of one transaction, for whose length others wait to append to the platform's chain. */
const SEALS_MAX = 16
/** Far above what the door takes: what unpacks to more was not written by us. */
const BODY_BYTES_MAX = 32 * 1024 * 1024
/** Bodies of one page, as stored; a single one may be larger. */
const PAGE_BYTES_MAX = 16 * 1024 * 1024

/**
 * Seals the batches of a shard's journal up to a number into the platform's chain: those that no seal covers yet, in runs of at most
 * SEAL_BATCHES_MAX, the last one as short as it is. Asked again, or by two at once, each batch is sealed once. Returns the last number sealed.
 * Throws if a batch is missing: journal numbers have no gaps.
 */
export async function sealJournal(
  pool: Pool,
  input: { shard: number; through: bigint; postedAt: Instant },
): Promise<bigint> {
  for (;;) {
    const { sealed, isMore } = await inTransaction(pool, (client) => sealSome(client, input))
    if (!isMore) return sealed
  }
}

async function sealSome(
  client: PoolClient,
  input: { shard: number; through: bigint; postedAt: Instant },
): Promise<{ sealed: bigint; isMore: boolean }> {
  const { shard, through, postedAt } = input
  await lockHead(client, PLATFORM_SPACE_ID)
  let sealed = await readSealedThrough(client, shard)
  const drafts: EntryDraft[] = []
  while (sealed < through && drafts.length < SEALS_MAX) {
    const first = sealed + 1n
    const last = first + BigInt(SEAL_BATCHES_MAX) - 1n < through ? first + BigInt(SEAL_BATCHES_MAX) - 1n : through
    drafts.push(draftOf({ shard, first, last, batches: await readSealedBatches(client, { shard, first, last }) }))
    sealed = last
  }
  if (drafts.length > 0) await appendEntries(client, { spaceId: PLATFORM_SPACE_ID, drafts, postedAt })
  return { sealed, isMore: sealed < through }
}

function draftOf(input: { shard: number; first: bigint; last: bigint; batches: readonly SealedBatch[] }): EntryDraft {
  const { shard, first, last, batches } = input
  const expected = last - first + 1n
  if (BigInt(batches.length) !== expected) {
    throw new Error(`journal shard ${shard}: expected ${expected} batches ${first} to ${last}, found ${batches.length}`)
  }
  const root = merkleRoot(
    batches.map((batch) => merkleLeaf(batch, sha256)),
    sha256,
  )
  return { kind: 'journal_seal', shard, first: `${first}`, last: `${last}`, batches: `${expected}`, root }
}

/** The last batch of a shard that a seal covers; 0 if none does. */
export async function readSealedThrough(db: Pool | PoolClient, shard: number): Promise<bigint> {
  const { rows } = await db.query<{ last: string }>({
    name: 'journal-sealed-through',
    text: `SELECT journal_last AS last FROM ledger_entry WHERE kind = 'journal_seal' AND journal_shard = $1 ORDER BY journal_first DESC LIMIT 1`,
    values: [shard],
  })
  return BigInt(rows[0]?.last ?? 0)
}

/** What a shard's journal and its seals say of their extent, for whoever compares them. */
export interface JournalExtent {
  shard: number
  /** The lowest number there is, even below 1; null: no batch. */
  lowest: bigint | null
  /** The highest one. */
  highest: bigint | null
  /** The last number that was given out. */
  through: bigint
}

/** Every shard that has a journal head, a batch, or a seal; ascending. */
export async function readJournalExtents(db: Pool | PoolClient): Promise<JournalExtent[]> {
  const { rows } = await db.query<{ shard: number; lowest: string | null; highest: string | null; through: string }>(
    `WITH RECURSIVE shards AS (
        (SELECT shard FROM journal_batch ORDER BY shard LIMIT 1)
        UNION ALL
        SELECT (SELECT b.shard FROM journal_batch b WHERE b.shard > s.shard ORDER BY b.shard LIMIT 1) FROM shards s WHERE s.shard IS NOT NULL
      ), known AS (
        SELECT shard FROM shards WHERE shard IS NOT NULL UNION SELECT shard FROM journal_head
        UNION SELECT journal_shard FROM ledger_entry WHERE kind = 'journal_seal' AND journal_shard IS NOT NULL
      )
      SELECT k.shard, (SELECT min(number) FROM journal_batch b WHERE b.shard = k.shard) AS lowest,
        (SELECT max(number) FROM journal_batch b WHERE b.shard = k.shard) AS highest, coalesce(h.next - 1, 0) AS through
      FROM known k LEFT JOIN journal_head h USING (shard) ORDER BY k.shard`,
  )
  return rows.map(({ shard, lowest, highest, through }) => ({
    shard,
    lowest: lowest === null ? null : BigInt(lowest),
    highest: highest === null ? null : BigInt(highest),
    through: BigInt(through),
  }))
}

/** The batches [first, last] that there are, without their bodies, ascending: the leaves of a seal. */
export async function readSealedBatches(
  client: Pool | PoolClient,
  input: { shard: number; first: bigint; last: bigint },
): Promise<SealedBatch[]> {
  const { rows } = await client.query<BatchRow>({
    name: 'journal-seal-heads',
    text: `SELECT ${HEAD} FROM journal_batch WHERE shard = $1 AND number BETWEEN $2 AND $3 ORDER BY number`,
    values: [input.shard, input.first.toString(), input.last.toString()],
  })
  return rows.map((row) => batchOf(row, input.shard))
}

/**
 * The batches [first, last] that there are, with what their bodies really hash to, in pages of bounded size, ascending by number: for whoever compares the
 * journal with its seals. `last` null: to the end.
 */
export async function* readFoundBatches(
  db: Pool | PoolClient,
  input: { shard: number; first: bigint; last: bigint | null },
): AsyncGenerator<FoundBatch[], void> {
  let after = input.first - 1n
  while (input.last === null || after < input.last) {
    const { rows }: { rows: (BatchRow & { codec: number; body: Buffer })[] } = await db.query({
      name: 'journal-seal-found',
      text: `SELECT ${HEAD}, codec, body FROM (
          SELECT *, sum(octet_length(body)) OVER (ORDER BY number) - octet_length(body) AS bytes_before
          FROM (SELECT * FROM journal_batch WHERE shard = $1 AND number > $2 AND number <= $3 ORDER BY number LIMIT $4) batches
        ) page WHERE bytes_before < $5 ORDER BY number`,
      values: [input.shard, after.toString(), input.last?.toString() ?? LAST_NUMBER, SEAL_BATCHES_MAX, PAGE_BYTES_MAX],
    })
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows.map((row) => ({ ...batchOf(row, input.shard), bodyDigest: bodyDigest(row) }))
    after = BigInt(last.number)
  }
}

const LAST_NUMBER = (2n ** 63n - 1n).toString()

interface BatchRow {
  number: string
  kind: number
  app_id: string
  key_id: string | null
  received_at: string
  event_count: number
  digest: string
}

const HEAD = `number, kind, app_id, key_id, ${anyMicrosOf('received_at')} AS received_at, event_count, encode(digest, 'hex') AS digest`

function batchOf(row: BatchRow, shard: number): SealedBatch {
  return {
    shard,
    number: BigInt(row.number),
    kind: row.kind === 0 ? 'events' : 'act',
    appId: row.app_id,
    keyId: row.key_id,
    receivedAt: instantTextOf(row.received_at),
    eventCount: row.event_count,
    digest: row.digest,
  }
}

function bodyDigest({ codec, body }: { codec: number; body: Buffer }): string | null {
  if (codec === JOURNAL_CODEC.plain) return hash('sha256', body, 'hex')
  try {
    return hash('sha256', zstdDecompressSync(body, { maxOutputLength: BODY_BYTES_MAX }), 'hex')
  } catch {
    // Whatever its codec says, it is no body that we wrote: the caller names it.
    return null
  }
}

const sha256 = (text: string): string => hash('sha256', text, 'hex')
