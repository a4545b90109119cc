import { type JournalSeal, PLATFORM_SPACE_ID } from '@meterbook/core/ledger'
import { type ArchiveDraft, type Pool, readEntries } from '@meterbook/db/postgres'

const PAGE = 500

/** A shard's seals that cover batches from `first` on, up to `last` if it is given, in the order of what they cover. */
export async function listSeals(
  pool: Pool,
  { shard, first, last }: { shard: number; first: bigint; last?: bigint },
): Promise<JournalSeal[]> {
  const seals: JournalSeal[] = []
  for await (const entry of entriesOf(pool, { kind: 'journal_seal', shard })) {
    if (entry.kind !== 'journal_seal' || BigInt(entry.first) < first) continue
    if (last === undefined || BigInt(entry.last) <= last) seals.push(entry)
  }
  return seals
}

/** What the ledger says of a file of the archive, and when it was written. */
export type ArchivedFile = ArchiveDraft & { postedAt: string }

/** Every file of the archive that the ledger knows, in the order in which they were written; of one shard, or of all. */
export async function listArchivedFiles(pool: Pool, { shard }: { shard?: number }): Promise<ArchivedFile[]> {
  const files: ArchivedFile[] = []
  const asked = shard === undefined ? { kind: 'journal_archive' as const } : { kind: 'journal_archive' as const, shard }
  for await (const entry of entriesOf(pool, asked)) if (entry.kind === 'journal_archive') files.push(entry)
  return files
}

async function* entriesOf(pool: Pool, { kind, shard }: { kind: 'journal_seal' | 'journal_archive'; shard?: number }) {
  let after = 0n
  for (;;) {
    const filter = { kinds: [kind], ...(shard !== undefined && { journalShard: shard }) }
    const page = await readEntries(pool, { spaceId: PLATFORM_SPACE_ID, filter, after, limit: PAGE })
    for (const { entry } of page) yield entry
    if (page.length < PAGE) return
    after = page.at(-1)?.sequence ?? after
  }
}
