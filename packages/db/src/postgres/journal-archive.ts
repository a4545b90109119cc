import { hash } from 'node:crypto'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { type EntryDraft, PLATFORM_SPACE_ID, type SealedBatch } from '@meterbook/core/ledger'
import { readBatches } from './journal-reader.ts'
import { packBody } from './journal-writer.ts'
import { appendEntries, lockHead } from './ledger-store.ts'
import { inTransaction, type Pool, type PoolClient } from './pool.ts'

export type ArchiveDraft = Extract<EntryDraft, { kind: 'journal_archive' }>

/** The last batch of a shard that a file of an archive holds, as the ledger says; 0 if none does. */
export async function readArchivedThrough(db: Pool | PoolClient, shard: number): Promise<bigint> {
  const { rows } = await db.query<{ last: string | null }>(
    `SELECT max(journal_last) AS last FROM ledger_entry WHERE space_id = $1 AND kind = 'journal_archive' AND journal_shard = $2`,
    [PLATFORM_SPACE_ID, shard],
  )
  return BigInt(rows[0]?.last ?? 0)
}

/** Posts that a file was archived. False, and nothing is posted, if another has archived those batches meanwhile. */
export async function postArchived(
  pool: Pool,
  { draft, postedAt }: { draft: ArchiveDraft; postedAt: Instant },
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    await lockHead(client, PLATFORM_SPACE_ID)
    if ((await readArchivedThrough(client, draft.shard)) !== BigInt(draft.first) - 1n) return false
    await appendEntries(client, { spaceId: PLATFORM_SPACE_ID, drafts: [draft], postedAt })
    return true
  })
}

/** Batches of one read: each has up to 10 MB. */
const PAGE_BATCHES = 64n

/** The batches [first, last] with their bodies and digests, in order, a few at a time. Throws as readBatches does. */
export async function* readBatchPages(
  pool: Pool,
  { shard, first, last }: { shard: number; first: bigint; last: bigint },
): AsyncGenerator<(SealedBatch & { body: string })[], void> {
  for (let from = first; from <= last; from += PAGE_BATCHES) {
    const to = from + PAGE_BATCHES - 1n < last ? from + PAGE_BATCHES - 1n : last
    const batches = await readBatches(pool, { shard, first: from, last: to })
    yield batches.map(({ receivedAt, ...batch }) => ({
      ...{ ...batch, shard, receivedAt: formatInstant(receivedAt) },
      digest: hash('sha256', batch.body, 'hex'),
    }))
  }
}

/** What is missing of the batches [first, last] of a shard: their numbers, ascending. */
export async function listMissingBatches(
  pool: Pool,
  { shard, first, last }: { shard: number; first: bigint; last: bigint },
): Promise<bigint[]> {
  const { rows } = await pool.query<{ number: string }>(
    `SELECT wanted.number FROM generate_series($2::bigint, $3::bigint) AS wanted (number)
     WHERE NOT EXISTS (SELECT FROM journal_batch b WHERE b.shard = $1 AND b.number = wanted.number) ORDER BY 1`,
    [shard, first.toString(), last.toString()],
  )
  return rows.map(({ number }) => BigInt(number))
}

/** Puts batches back that the journal has lost. Those that are there are left alone. The caller has compared them with their seals. */
export async function restoreBatches(
  pool: Pool,
  { shard, batches }: { shard: number; batches: readonly (SealedBatch & { body: string })[] },
): Promise<number> {
  let restored = 0
  for (const batch of batches) {
    const { digest, codec, stored } = packBody(Buffer.from(batch.body, 'utf8'))
    const result = await pool.query(
      `INSERT INTO journal_batch (shard, number, kind, received_at, key_id, app_id, event_count, codec, digest, body)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, decode($9, 'hex'), $10) ON CONFLICT DO NOTHING`,
      [
        ...[shard, batch.number.toString(), batch.kind === 'events' ? 0 : 1, batch.receivedAt],
        ...[batch.keyId, batch.appId, batch.eventCount, codec, digest, stored],
      ],
    )
    restored += result.rowCount ?? 0
  }
  return restored
}
