import type { Sha256 } from '../kernel/index.ts'
import type { ChainRow } from './ledger-row.ts'
import { type EntryPlace, entryHash } from './seal-entry.ts'

/** The end of a chain, as the store keeps it or as somebody holds it. */
export interface ChainHead {
  sequence: bigint
  /** 64 hex digits. */
  hash: string
}

/**
 * The first thing of a chain that is not as it was posted. `altered`: this row, in `part`. `missing`: rows that were there. `added`: a row
 * that was not. `reordered`: a row that stands at another's place. `unlinked`: a row that is sound but follows another one than the
 * row before it; one of the two was replaced. `head`: the rows are sound, and the end that is kept or held is another.
 */
export interface ChainFault {
  spaceId: string
  sequence: bigint
  fault: 'altered' | 'missing' | 'added' | 'reordered' | 'unlinked' | 'head'
  /** The column, or what else it is about. */
  part: string
  expected: string
  found: string
}

/** A row that is not what its place asks for, and what the rows after it tell of it. */
export interface Suspicion {
  row: ChainRow<unknown>
  place: EntryPlace
  next: ChainRow<unknown> | null
  /** The number under which the row that belongs here was found further on. */
  trueAt: bigint | null
}

/** Rows further on under whose number a row is tried when all else fails. */
const MOVED_MAX = 10_000n

/** Whether a row is the one that its place asks for. */
export function isInPlace(row: ChainRow<unknown>, place: EntryPlace, sha256: Sha256): boolean {
  if (row.sequence !== place.sequence || row.previousHash !== place.previousHash) return false
  return entryHash({ ...place, canonical: row.canonical, sha256 }) === row.hash
}

/** Whether what is known of the row after it settles the case. */
export function isSettled({ row, place, next }: Suspicion, sha256: Sha256): boolean {
  if (row.sequence !== place.sequence || row.previousHash !== place.previousHash || next === null) return false
  return [row.hash, entryHash({ ...place, canonical: row.canonical, sha256 })].includes(next.previousHash)
}

/** Names what happened to a row that is not in its place. */
export function diagnose(input: Suspicion & { head: ChainHead | null; sha256: Sha256 }): ChainFault {
  const { row, place, trueAt } = input
  const { spaceId, sequence } = place
  const at = { spaceId, sequence }
  if (row.sequence < sequence) {
    return {
      ...at,
      sequence: row.sequence,
      fault: 'added',
      part: 'row',
      expected: `row ${sequence}`,
      found: `row ${row.sequence}`,
    }
  }
  if (row.sequence === sequence) return diagnoseContent(input)
  if (trueAt !== null) return reordered(input)
  return {
    ...at,
    fault: 'missing',
    part: 'row',
    expected: rows(sequence, row.sequence - 1n),
    found: `row ${row.sequence} next`,
  }
}

/** The number is right; the row is not. */
function diagnoseContent(input: Suspicion & { head: ChainHead | null; sha256: Sha256 }): ChainFault {
  const { row, place, next, trueAt, head, sha256 } = input
  const { sequence, previousHash } = place
  const { canonical } = row
  const altered = { spaceId: place.spaceId, sequence, fault: 'altered' as const }
  const isLinked = row.previousHash === previousHash
  const belonging = entryHash({ ...place, canonical, sha256 })
  const following = next?.previousHash ?? (head?.sequence === sequence ? head.hash : null)
  if (!isLinked && belonging === row.hash) {
    return { ...altered, part: 'previous hash', expected: previousHash, found: row.previousHash }
  }
  if (isLinked && following === belonging) return { ...altered, part: 'hash', expected: belonging, found: row.hash }
  const isOwn = (under: bigint): boolean =>
    entryHash({ ...place, sequence: under, previousHash: row.previousHash, canonical, sha256 }) === row.hash
  if (trueAt !== null) return isOwn(trueAt) ? reordered(input) : added(input)
  if (!isLinked && isOwn(sequence)) {
    return { ...altered, fault: 'unlinked', part: 'previous hash', expected: previousHash, found: row.previousHash }
  }
  for (let under = sequence + 1n; !isLinked && under <= sequence + MOVED_MAX; under++) {
    if (!isOwn(under)) continue
    return {
      ...altered,
      fault: 'missing',
      part: 'row',
      expected: rows(sequence, under - 1n),
      found: `row ${under} in its place`,
    }
  }
  return {
    ...altered,
    part: 'canonical',
    expected: `a text with hash ${row.hash}`,
    found: `one with hash ${belonging}`,
  }
}

function reordered({ place, row, trueAt }: Suspicion): ChainFault {
  const { spaceId, sequence } = place
  const found = row.sequence === sequence ? `another, and row ${sequence} as row ${trueAt}` : `row ${row.sequence}`
  return { spaceId, sequence, fault: 'reordered', part: 'row', expected: `row ${sequence}`, found }
}

function added({ place, trueAt }: Suspicion): ChainFault {
  const { spaceId, sequence } = place
  const found = `a row that was not posted, and row ${sequence} as row ${trueAt}`
  return { spaceId, sequence, fault: 'added', part: 'row', expected: `row ${sequence}`, found }
}

function rows(first: bigint, last: bigint): string {
  return first === last ? `row ${first}` : `rows ${first} to ${last}`
}
