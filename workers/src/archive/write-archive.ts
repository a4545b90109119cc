// The archive: sealed batches of the journal as Parquet files outside of Postgres, and back.
// Promises: what the ledger says is archived was read back and compared with its seals before it said so; nothing is ever taken out of the journal.
// Does not know: where the files go, how often somebody wants them.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Instant } from '@meterbook/core/kernel'
import type { JournalSeal } from '@meterbook/core/ledger'
import { writeJournalParquet } from '@meterbook/db/clickhouse'
import {
  type ArchiveDraft,
  postArchived,
  readArchivedThrough,
  readBatchPages,
  readJournalExtents,
} from '@meterbook/db/postgres'
import { listSeals } from './archived-seals.ts'
import { type ArchiveDeps, checkFile, digestOf } from './check-archive.ts'

/** Batches of one file: some hundred megabytes at most, if each were a request of 100 events. */
const FILE_BATCHES_MAX = 16_384n
const NUMBER_DIGITS = 12

/**
 * Archives every sealed batch that no file holds yet, of one shard or of all, in files of whole seals. Each is written, put into the archive, read back, compared
 * with the seals, and only then posted to the ledger. Killed, it leaves at most a file that the ledger does not know, which the next run takes for its own if it is the
 * same. Returns what was posted.
 */
export async function writeArchive(
  deps: ArchiveDeps,
  { shard, now }: { shard: number | null; now: () => Instant },
): Promise<ArchiveDraft[]> {
  const posted: ArchiveDraft[] = []
  for (const extent of await readJournalExtents(deps.pool)) {
    if (shard !== null && extent.shard !== shard) continue
    const first = (await readArchivedThrough(deps.pool, extent.shard)) + 1n
    for (const seals of filesOf(await listSeals(deps.pool, { shard: extent.shard, first }))) {
      deps.signal.throwIfAborted()
      const draft = await writeFile(deps, seals)
      if (!(await postArchived(deps.pool, { draft, postedAt: now() }))) break
      posted.push(draft)
      deps.onProgress?.({ shard: extent.shard, through: BigInt(draft.last), of: extent.through })
    }
  }
  return posted
}

/** Runs of seals, each as long as a file may be. */
function filesOf(seals: readonly JournalSeal[]): JournalSeal[][] {
  const files: JournalSeal[][] = []
  for (const seal of seals) {
    const run = files.at(-1)
    const begun = run?.[0]
    if (run && begun && BigInt(seal.last) - BigInt(begun.first) < FILE_BATCHES_MAX) run.push(seal)
    else files.push([seal])
  }
  return files
}

async function writeFile(deps: ArchiveDeps, seals: readonly JournalSeal[]): Promise<ArchiveDraft> {
  const [begin, end] = [seals[0], seals.at(-1)]
  if (begin === undefined || end === undefined) throw new RangeError('expected a seal')
  const { shard } = begin
  const [first, last] = [BigInt(begin.first), BigInt(end.last)]
  const name = nameOf({ shard, first, last })
  const folder = await fs.promises.mkdtemp(path.join(os.tmpdir(), 'meterbook-archive-'))
  try {
    const file = path.join(folder, 'rows.parquet')
    const known = await deps.archive.get(name, file)
    if (!known) {
      await writeJournalParquet(deps.clickhouse, { rows: readBatchPages(deps.pool, { shard, first, last }), file })
      await deps.archive.put(name, file)
      if (!(await deps.archive.get(name, file))) throw new Error(`expected ${name} in the archive, found none`)
    }
    const { bytes, digest } = await digestOf(file)
    const draft: ArchiveDraft = {
      ...{ kind: 'journal_archive', shard, first: begin.first, last: end.last, batches: `${last - first + 1n}` },
      ...{ file: name, bytes: bytes.toString(), digest },
    }
    const fault = await checkFile(deps, { draft, seals, file })
    if (fault !== null) throw new Error(`${name} is not what was sealed: ${fault}`)
    return draft
  } finally {
    await fs.promises.rm(folder, { recursive: true, force: true })
  }
}

function nameOf({ shard, first, last }: { shard: number; first: bigint; last: bigint }): string {
  const padded = (number: bigint) => number.toString().padStart(NUMBER_DIGITS, '0')
  return `shard-${String(shard).padStart(4, '0')}/${padded(first)}-${padded(last)}.parquet`
}
