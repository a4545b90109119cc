import type { Sha256 } from '../kernel/index.ts'
import type { LedgerEntry } from './ledger-entry.ts'
import { merkleLeaf, merkleRoot, type SealedBatch } from './merkle-tree.ts'

export type JournalSeal = Extract<LedgerEntry, { kind: 'journal_seal' }>

/** The first thing of a shard's journal that is not as it was sealed. `batch`: its number, or the first of a run that is in doubt together. */
export interface JournalFault {
  shard: number
  batch: bigint
  fault: 'altered' | 'missing' | 'added' | 'unsealed'
  part: string
  expected: string
  found: string
}

/** A batch as it stands in the journal, with what its body really hashes to; null: the body cannot be unpacked. */
export interface FoundBatch extends SealedBatch {
  bodyDigest: string | null
}

/**
 * What is wrong with a run of batches [first, last], ascending by number: one that is missing, or whose body is not what its digest says; null if nothing
 * is. Bodies are only told by their digests: of a digest that was changed with its body the seal tells.
 */
export function runFault(input: {
  shard: number
  first: bigint
  last: bigint
  batches: readonly FoundBatch[]
}): JournalFault | null {
  const { shard, first, last, batches } = input
  let next = first
  for (const batch of batches) {
    const at = { shard, batch: next, part: 'batch' }
    if (batch.number < next)
      return { ...at, batch: batch.number, fault: 'added', expected: `batch ${next}`, found: `batch ${batch.number}` }
    if (batch.number > next)
      return { ...at, fault: 'missing', expected: `batch ${next}`, found: `batch ${batch.number}` }
    if (batch.bodyDigest !== batch.digest) {
      return {
        ...at,
        fault: 'altered',
        part: 'body',
        expected: `a body with digest ${batch.digest}`,
        found: batch.bodyDigest ?? 'one that cannot be unpacked',
      }
    }
    next = batch.number + 1n
  }
  if (next > last) return null
  return {
    shard,
    batch: next,
    part: 'batch',
    fault: 'missing',
    expected: `batches up to ${last}`,
    found: `${next - 1n} as the last`,
  }
}

/** What is wrong with the batches that a seal covers; null if they still give its root. */
export function sealFault(input: {
  seal: JournalSeal
  batches: readonly FoundBatch[]
  sha256: Sha256
}): JournalFault | null {
  const { seal, batches, sha256 } = input
  const { shard } = seal
  const first = BigInt(seal.first)
  const last = BigInt(seal.last)
  const fault = runFault({ shard, first, last, batches })
  if (fault !== null) return fault
  const root = merkleRoot(
    batches.map((batch) => merkleLeaf(batch, sha256)),
    sha256,
  )
  if (root === seal.root) return null
  const part = `one of the batches ${first} to ${last}`
  return { shard, batch: first, fault: 'altered', part, expected: `the sealed root ${seal.root}`, found: root }
}
