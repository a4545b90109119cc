import type { z } from 'zod'
import { canonicalJson, type JsonValue, type Sha256 } from '../kernel/index.ts'
import { type ChainFault, type ChainHead, diagnose, isInPlace, isSettled, type Suspicion } from './chain-fault.ts'
import { LedgerEntry } from './ledger-entry.ts'
import { type ChainRow, columnsOf, type LedgerColumns } from './ledger-row.ts'
import { type EntryPlace, NO_HASH } from './seal-entry.ts'

export interface ChainReport {
  spaceId: string
  /** Rows that are what and where they should be, from the first on. */
  entries: bigint
  /** The hash of the last of them. */
  hash: string
  /** The first thing that is not as it should be. */
  fault: ChainFault | null
}

/** Reads a chain row by row; keeps no more of it than the end so far and, after a fault, the row in question and the one after it. */
export interface ChainVerifier<Columns = LedgerColumns> {
  /** The next row of the chain, in its order. False: the fault is known, no more rows are needed. */
  add(row: ChainRow<Columns>): boolean
  /** After the last row. */
  finish(): ChainReport
}

/** After the first fault so many more rows are looked at, to tell a row that was moved from one that was changed. */
const LOOKED_AT_MAX = 10_000

type Finding = Omit<ChainFault, 'spaceId'>

interface ChainToVerify {
  spaceId: string
  /** What the store keeps as its end, null where it keeps none. */
  head: ChainHead | null
  /** Heads that somebody noted earlier; the chain must have passed through each of them. */
  held?: readonly ChainHead[]
  /** Where the rows begin, if not at the first: what comes before them is not verified. */
  begin?: ChainHead
  sha256: Sha256
}

/** What the entries of a kind of chain are: the version of their hash, their format, and what a store keeps beside the text. */
export interface ChainForm<Entry, Columns> {
  hashFormat?: string
  schema: z.ZodType<Entry>
  columnsOf(entry: Entry): Columns
}

const LEDGER: ChainForm<LedgerEntry, LedgerColumns> = { schema: LedgerEntry, columnsOf }

/** Verifies one chain of the ledger, and names the first fault. `onEntry` is given each entry that is as it should be. */
export function createChainVerifier(
  input: ChainToVerify & { onEntry?: (entry: LedgerEntry, sequence: bigint) => void },
): ChainVerifier {
  return createVerifier({ ...input, form: LEDGER })
}

/** The same for a chain of any form. */
export function createVerifier<Entry, Columns extends object>(
  input: ChainToVerify & {
    form: ChainForm<Entry, Columns>
    onEntry?: (entry: Entry, sequence: bigint) => void
  },
): ChainVerifier<Columns> {
  const { spaceId, head, sha256, form, onEntry } = input
  const { hashFormat } = form
  const held = new Map((input.held ?? []).map(({ sequence, hash }) => [sequence, hash]))
  let last: ChainHead = input.begin ?? { sequence: 0n, hash: NO_HASH }
  let finding: Finding | null = null
  let suspicion: Suspicion | null = null
  let looked = 0

  function take(row: ChainRow<Columns>): void {
    if (head !== null && last.sequence >= head.sequence) {
      finding = {
        sequence: row.sequence,
        fault: 'added',
        part: 'row',
        expected: endAt(head),
        found: `row ${row.sequence}`,
      }
      return
    }
    const place: EntryPlace = { spaceId, sequence: last.sequence + 1n, previousHash: last.hash }
    if (hashFormat !== undefined) place.hashFormat = hashFormat
    if (!isInPlace(row, place, sha256)) {
      suspicion = { row, place, next: null, trueAt: null }
      return
    }
    const read = readEntry(row, form)
    if ('fault' in read) {
      finding = read.fault
      return
    }
    last = { sequence: row.sequence, hash: row.hash }
    finding = endedOtherwise(last)
    if (finding === null) onEntry?.(read.entry, row.sequence)
  }

  /** Whether the row just taken ends where the store's head, or one that was held, ends too, with another hash. */
  function endedOtherwise({ sequence, hash }: ChainHead): Finding | null {
    const noted = held.get(sequence) ?? hash
    if (noted !== hash) return { sequence, fault: 'head', part: 'head that was held', expected: noted, found: hash }
    if (head === null || head.sequence !== sequence || head.hash === hash) return null
    return { sequence, fault: 'head', part: 'head', expected: hash, found: head.hash }
  }

  function lookOn(row: ChainRow<Columns>, at: Suspicion): boolean {
    at.next ??= row
    if (isInPlace({ ...row, sequence: at.place.sequence }, at.place, sha256)) at.trueAt = row.sequence
    looked++
    return at.trueAt === null && looked < LOOKED_AT_MAX && !isSettled(at, sha256)
  }

  return {
    add(row) {
      if (suspicion !== null) return lookOn(row, suspicion)
      if (finding === null) take(row)
      return finding === null
    },
    finish() {
      const report = { spaceId, entries: last.sequence, hash: last.hash }
      if (suspicion !== null) return { ...report, fault: diagnose({ ...suspicion, head, sha256 }) }
      const found = finding ?? endFault({ last, head, held })
      return { ...report, fault: found === null ? null : { spaceId, ...found } }
    },
  }
}

/** The entry of a row whose text is what was hashed; or what of its text or its columns is not as the format asks. */
function readEntry<Entry, Columns extends object>(
  row: ChainRow<Columns>,
  form: ChainForm<Entry, Columns>,
): { entry: Entry } | { fault: Finding } {
  const altered = { sequence: row.sequence, fault: 'altered' as const }
  const value = parseText(row.canonical)
  const parsed = form.schema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const found = `${issue?.path.join('.') || 'text'}: ${issue?.message ?? 'another'}`
    return { fault: { ...altered, part: 'canonical', expected: 'an entry of a known format', found } }
  }
  if (canonicalJson(value as JsonValue) !== row.canonical) {
    const expected = 'the canonical text of its entry'
    return { fault: { ...altered, part: 'canonical', expected, found: 'another text of it' } }
  }
  const entry = parsed.data
  for (const [name, expected] of row.columns === null ? [] : Object.entries(form.columnsOf(entry))) {
    const found = (row.columns as Record<string, string | null>)[name] ?? null
    if (found !== expected) {
      return { fault: { ...altered, part: name, expected: expected ?? 'nothing', found: found ?? 'nothing' } }
    }
  }
  return { entry }
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** What is wrong at the end of rows that are all in their places. */
function endFault(input: {
  last: ChainHead
  head: ChainHead | null
  held: ReadonlyMap<bigint, string>
}): Finding | null {
  const { last, head, held } = input
  const { sequence } = last
  if (head === null && sequence > 0n) {
    return { sequence, fault: 'head', part: 'head', expected: endAt(last), found: 'no head' }
  }
  if (head !== null && head.hash === last.hash && head.sequence !== sequence) {
    return { sequence, fault: 'head', part: 'head', expected: endAt(last), found: endAt(head) }
  }
  if (head !== null && sequence === 0n && head.sequence <= 0n && head.hash !== NO_HASH) {
    return { sequence, fault: 'head', part: 'head', expected: endAt(last), found: endAt(head) }
  }
  const reached = [head?.sequence ?? 0n, ...held.keys()].reduce((a, b) => (a > b ? a : b))
  if (reached <= sequence) return null
  const found = sequence === 0n ? 'no row' : `row ${sequence} as the last`
  return { sequence: sequence + 1n, fault: 'missing', part: 'row', expected: `rows up to ${reached}`, found }
}

function endAt({ sequence, hash }: ChainHead): string {
  return `the end at row ${sequence} with hash ${hash}`
}
