import type { Sha256 } from '../kernel/index.ts'
import type { ChainFault, ChainHead } from './chain-fault.ts'
import type { LedgerEntry } from './ledger-entry.ts'
import type { LedgerRow } from './ledger-row.ts'
import { createChainVerifier } from './verify-chain.ts'

/**
 * Verifies the rows of a chain from some row on to its end, as they stand in a bundle: that they follow each other. What was before the first of them is
 * not known here, only the hash that it ends in. Where no fault is found, `entries` has all of them by sequence.
 */
export function verifyChainPart(input: {
  spaceId: string
  rows: readonly LedgerRow[]
  held: readonly ChainHead[]
  sha256: Sha256
}): { head: ChainHead; entries: Map<bigint, LedgerEntry>; fault: ChainFault | null } {
  const { spaceId, rows, held, sha256 } = input
  const entries = new Map<bigint, LedgerEntry>()
  const [first] = rows
  const last = rows.at(-1)
  const head = { sequence: last?.sequence ?? 0n, hash: last?.hash ?? '' }
  if (first === undefined) {
    const fault = { spaceId, sequence: 1n, fault: 'missing' as const, part: 'row', expected: 'rows', found: 'none' }
    return { head, entries, fault }
  }
  const begin = { sequence: first.sequence - 1n, hash: first.previousHash }
  const early = held.find(({ sequence }) => sequence < begin.sequence)
  if (early !== undefined) {
    const found = `rows from ${first.sequence} on`
    const fault = {
      sequence: early.sequence,
      fault: 'missing' as const,
      part: 'row',
      expected: `row ${early.sequence}`,
    }
    return { head, entries, fault: { spaceId, ...fault, found } }
  }
  const atBegin = held.find(({ sequence }) => sequence === begin.sequence)
  if (atBegin !== undefined && atBegin.hash !== begin.hash) {
    const fault = { sequence: begin.sequence, fault: 'head' as const, part: 'head that was held' }
    return { head, entries, fault: { spaceId, ...fault, expected: atBegin.hash, found: begin.hash } }
  }
  const verifier = createChainVerifier({
    spaceId,
    head,
    held,
    begin,
    sha256,
    onEntry: (entry, sequence) => entries.set(sequence, entry),
  })
  for (const row of rows) if (!verifier.add(row)) break
  return { head, entries, fault: verifier.finish().fault }
}
