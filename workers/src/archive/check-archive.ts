import { createHash, hash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type FoundBatch, type JournalSeal, sealFault } from '@meterbook/core/ledger'
import type { Archive } from '@meterbook/db/archive'
import { type ArchivedBatch, type ClickHouseClient, readJournalParquet } from '@meterbook/db/clickhouse'
import { type ArchiveDraft, listMissingBatches, type Pool, restoreBatches } from '@meterbook/db/postgres'
import { type ArchivedFile, listArchivedFiles, listSeals } from './archived-seals.ts'

/** Each has up to 10 MB. */
const PAGE_ROWS = 64

export interface ArchiveDeps {
  pool: Pool
  clickhouse: ClickHouseClient
  archive: Archive
  signal: AbortSignal
  onProgress?: (done: { shard: number; through: bigint; of: bigint }) => void
}

/** A file of the archive and what is wrong with it, in words; null: nothing. */
export interface CheckedFile {
  file: ArchivedFile
  fault: string | null
  /** Batches that the journal had lost and has again. */
  restored: number
}

/**
 * Compares every file that the ledger knows, of one shard or of all, with the ledger: its digest with the entry's, and the rows in it with the seals, each body hashed
 * anew. With `restores`, what Postgres lacks of a file that is well is put back. Nothing else is changed.
 */
export async function checkArchive(
  deps: ArchiveDeps,
  { shard, restores }: { shard: number | null; restores: boolean },
): Promise<CheckedFile[]> {
  const checked: CheckedFile[] = []
  const files = await listArchivedFiles(deps.pool, shard === null ? {} : { shard })
  for (const draft of files) {
    deps.signal.throwIfAborted()
    const folder = await fs.promises.mkdtemp(path.join(os.tmpdir(), 'meterbook-archive-'))
    try {
      const file = path.join(folder, 'rows.parquet')
      const fault = await faultOf(deps, { draft, file })
      const restored = fault === null && restores ? await restore(deps, { draft, file }) : 0
      checked.push({ file: draft, fault, restored })
    } finally {
      await fs.promises.rm(folder, { recursive: true, force: true })
    }
    deps.onProgress?.({ shard: draft.shard, through: BigInt(draft.last), of: BigInt(files.at(-1)?.last ?? draft.last) })
  }
  return checked
}

async function faultOf(
  deps: ArchiveDeps,
  { draft, file }: { draft: ArchivedFile; file: string },
): Promise<string | null> {
  if (!(await deps.archive.get(draft.file, file))) return `expected the file in ${deps.archive.place}, found none`
  const { bytes, digest } = await digestOf(file)
  if (digest !== draft.digest)
    return `expected ${draft.bytes} bytes with SHA-256 ${draft.digest}, found ${bytes} with ${digest}`
  const { shard } = draft
  const seals = await listSeals(deps.pool, { shard, first: BigInt(draft.first), last: BigInt(draft.last) })
  return checkFile(deps, { draft, seals, file })
}

/** Compares the rows of a file with the seals that it is to hold. Null: each seal's root follows from them, and there is no row beside. */
export async function checkFile(
  { clickhouse }: { clickhouse: ClickHouseClient },
  { draft, seals, file }: { draft: ArchiveDraft; seals: readonly JournalSeal[]; file: string },
): Promise<string | null> {
  let next = BigInt(draft.first)
  for (const seal of seals) {
    if (BigInt(seal.first) !== next) return `expected a seal from batch ${next} on, found one from ${seal.first}`
    next = BigInt(seal.last) + 1n
  }
  if (next !== BigInt(draft.last) + 1n) return `expected seals up to batch ${draft.last}, found them up to ${next - 1n}`
  const waiting = [...seals]
  let batches: FoundBatch[] = []
  for await (const page of readJournalParquet(clickhouse, { file, pageRows: PAGE_ROWS })) {
    for (const { body, ...batch } of page) {
      batches.push({ ...batch, bodyDigest: hash('sha256', body, 'hex') })
      const [seal] = waiting
      if (seal === undefined) return `expected ${draft.last} as the last batch, found ${batch.number}`
      if (batch.number < BigInt(seal.last)) continue
      const fault = sealFault({ seal, batches, sha256 })
      if (fault !== null) return `batch ${fault.batch}, ${fault.part}: expected ${fault.expected}, found ${fault.found}`
      waiting.shift()
      batches = []
    }
  }
  const [open] = waiting
  if (open !== undefined)
    return `expected batches up to ${open.last}, found ${batches.at(-1)?.number ?? 'none'} as the last`
  return batches.length > 0 ? `expected ${draft.last} as the last batch, found more` : null
}

async function restore(deps: ArchiveDeps, { draft, file }: { draft: ArchiveDraft; file: string }): Promise<number> {
  const { shard } = draft
  const range = { shard, first: BigInt(draft.first), last: BigInt(draft.last) }
  const missing = new Set(await listMissingBatches(deps.pool, range))
  if (missing.size === 0) return 0
  let restored = 0
  for await (const page of readJournalParquet(deps.clickhouse, { file, pageRows: PAGE_ROWS })) {
    const batches: ArchivedBatch[] = page.filter(({ number }) => missing.has(number))
    restored += await restoreBatches(deps.pool, { shard, batches })
  }
  return restored
}

/** Length and SHA-256 of a file. */
export async function digestOf(file: string): Promise<{ bytes: number; digest: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of fs.createReadStream(file)) {
    hash.update(piece)
    bytes += piece.length
  }
  return { bytes, digest: hash.digest('hex') }
}

const sha256 = (text: string): string => hash('sha256', text, 'hex')
