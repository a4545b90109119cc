import { z } from 'zod'
import type { Sha256 } from '../kernel/index.ts'
import type { ChainFault, ChainHead } from './chain-fault.ts'
import type { LedgerRow } from './ledger-row.ts'
import { type ChainReport, type ChainVerifier, createChainVerifier } from './verify-chain.ts'

/**
 * A chain as a file: JSON Lines. The first line says whose it is and where it ends, then a line for each entry in the order of the chain, and a last line
 * with their number and the SHA-256 of everything before it, as it stands there in UTF-8.
 */
const FILE_FORMAT = 'meterbook/ledger-file/1'

const HashText = z.string().regex(/^[0-9a-f]{64}$/)
const SequenceText = z.string().regex(/^(0|[1-9]\d*)$/)

const FirstLine = z.strictObject({
  format: z.literal(FILE_FORMAT),
  space: z.strictObject({ id: z.string(), slug: z.string() }),
  head: z.strictObject({ sequence: SequenceText, hash: HashText }),
})
const EntryLine = z.strictObject({
  sequence: SequenceText,
  previousHash: z.string(),
  hash: z.string(),
  canonical: z.string(),
})
const LastLine = z.strictObject({ entries: SequenceText, sha256: HashText })

export interface LedgerFileHead {
  space: { id: string; slug: string }
  head: ChainHead
}

/** The lines of such a file, each with its line feed. */
export function firstLine({ space, head }: LedgerFileHead): string {
  const { sequence, hash } = head
  return `${JSON.stringify({ format: FILE_FORMAT, space, head: { sequence: sequence.toString(), hash } })}\n`
}
export function entryLine({ sequence, previousHash, hash, canonical }: Omit<LedgerRow, 'columns'>): string {
  return `${JSON.stringify({ sequence: sequence.toString(), previousHash, hash, canonical })}\n`
}
export function lastLine(input: { entries: bigint; sha256: string }): string {
  return `${JSON.stringify({ entries: input.entries.toString(), sha256: input.sha256 })}\n`
}

/** A file that is not one of ours, or not whole, at a line. */
export interface LedgerFileFault {
  line: number
  expected: string
  found: string
}

export interface LedgerFileReport {
  space: { id: string; slug: string } | null
  chain: ChainReport | null
  /** What the lines are wrong in, apart from the chain they hold. */
  fault: LedgerFileFault | null
}

/** Reads such a file line by line, with the memory of one line. */
export interface LedgerFileVerifier {
  /** A line without its line feed. `digest`: SHA-256 in hex of everything before this line; asked for at the last line only. */
  line(text: string, digest: () => string): void
  finish(): LedgerFileReport
}

/** Verifies an exported chain. `held`: heads that somebody kept from earlier. */
export function createLedgerFileVerifier(input: {
  sha256: Sha256
  heldOf(spaceId: string): readonly ChainHead[]
}): LedgerFileVerifier {
  const { sha256, heldOf } = input
  let number = 0
  let entries = 0n
  let space: LedgerFileHead['space'] | null = null
  let chain: ChainVerifier | null = null
  let fault: LedgerFileFault | null = null
  let isEnded = false

  function begin(value: unknown): void {
    const parsed = FirstLine.safeParse(value)
    if (parsed.success) {
      const { head } = parsed.data
      space = parsed.data.space
      const end = { sequence: BigInt(head.sequence), hash: head.hash }
      chain = createChainVerifier({ spaceId: space.id, head: end, held: heldOf(space.id), sha256 })
    } else wrong(`a first line in ${FILE_FORMAT}`, 'another')
  }

  function wrong(expected: string, found: string): void {
    fault ??= { line: number, expected, found }
  }

  function go(verifier: ChainVerifier, value: unknown, digest: () => string): void {
    if (isEnded) wrong('no line after the last one', 'a line')
    const entry = EntryLine.safeParse(value)
    if (entry.success) {
      entries++
      verifier.add({ ...entry.data, sequence: BigInt(entry.data.sequence), columns: null })
      return
    }
    const last = LastLine.safeParse(value)
    if (last.success) end(last.data, digest())
    else wrong('an entry', 'another line')
  }

  function end(found: z.infer<typeof LastLine>, digest: string): void {
    isEnded = true
    if (found.entries !== entries.toString()) wrong(`a last line that counts ${entries} entries`, found.entries)
    if (found.sha256 !== digest) wrong(`a last line with the checksum ${digest}`, found.sha256)
  }

  return {
    line(text, digest) {
      number++
      const value = parseLine(text)
      if (number === 1) begin(value)
      else if (chain !== null) go(chain, value, digest)
    },
    finish() {
      if (chain === null) wrong(`a first line in ${FILE_FORMAT}`, 'none')
      else if (!isEnded) wrong('a last line with a checksum', 'the end of the file')
      return { space, chain: chain?.finish() ?? null, fault }
    },
  }
}

/** Null for what is no JSON: no line of ours is. */
function parseLine(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** One sentence for one fault of a chain. */
export function describeChainFault(fault: ChainFault): string {
  const { sequence, part, expected, found } = fault
  const what =
    fault.fault === 'altered' ? `altered in ${part}` : fault.fault === 'head' ? `${part} does not fit` : fault.fault
  return `entry ${sequence}: ${what}: expected ${expected}, found ${found}`
}
