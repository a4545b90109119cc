import type { Sha256 } from '../kernel/index.ts'
import {
  type ChainHead,
  describeChainFault,
  type LedgerEntry,
  PLATFORM_SPACE_ID,
  verifyChainPart,
} from '../ledger/index.ts'
import { unpackEvidence } from './bundle.ts'
import { checkJournal } from './check-journal.ts'
import { measureAgain } from './measure-again.ts'
import { rateAgain } from './rate-again.ts'

/** The first thing that does not follow. `step`: of the argument, in its order. */
export interface EvidenceFault {
  step: 'files' | 'ledger' | 'platform' | 'journal' | 'events' | 'rating'
  where: string
  expected: string
  found: string
}

export type UsageEntry = Extract<LedgerEntry, { kind: 'usage' | 'adjustment' }>

export interface EvidenceReport {
  space: { id: string; slug: string } | null
  /** Those explained: one, or all of a statement's line. With a fault, those before it. */
  entries: (UsageEntry & { sequence: bigint })[]
  /** Events that make them up. */
  events: number
  /** The ends of the two chains: worth what others hold of them. */
  heads: (ChainHead & { spaceId: string })[]
  fault: EvidenceFault | null
}

/**
 * Follows charges from their events: every file is the one that was packed; both chains are whole from where they begin to their heads; each journal row
 * is under a root that the platform's chain holds; the events of each entry, measured again, give its quantities; these, rated again after what was
 * posted before, give its parts and its amount. `held`: heads that somebody has from elsewhere.
 */
export function verifyEvidence(
  bytes: Uint8Array,
  input: { sha256: Sha256; held?: readonly (ChainHead & { spaceId: string })[] },
): EvidenceReport {
  const { sha256, held = [] } = input
  const report: EvidenceReport = { space: null, entries: [], events: 0, heads: [], fault: null }
  const wrong = (step: EvidenceFault['step'], fault: Omit<EvidenceFault, 'step'>): EvidenceReport => ({
    ...report,
    fault: { step, ...fault },
  })
  const files = unpackEvidence(bytes, sha256)
  if ('where' in files) return wrong('files', files)
  report.space = files.space
  const chains = []
  for (const [step, spaceId, rows] of [
    ['ledger', files.space.id, files.ledger],
    ['platform', PLATFORM_SPACE_ID, files.platform],
  ] as const) {
    const chain = verifyChainPart({ spaceId, rows, held: held.filter((each) => each.spaceId === spaceId), sha256 })
    if (chain.fault !== null) {
      return wrong(step, { where: `${step}.jsonl`, expected: 'a chain', found: describeChainFault(chain.fault) })
    }
    report.heads.push({ spaceId, sequence: chain.head.sequence, hash: chain.head.hash })
    chains.push(chain.entries)
  }
  const [ledger = new Map(), platform = new Map()] = chains
  const journal = checkJournal({ files, platform, sha256 })
  if ('where' in journal) return wrong('journal', journal)
  const events = new Set<string>()
  for (const { sequence: number, counted } of files.charge.entries) {
    const sequence = BigInt(number)
    const entry = ledger.get(sequence)
    if (entry === undefined || (entry.kind !== 'usage' && entry.kind !== 'adjustment')) {
      return wrong('ledger', { where: `entry ${number}`, expected: 'an entry of usage', found: entry?.kind ?? 'none' })
    }
    const measured = measureAgain({ files, entry, counted, batches: journal.batches })
    if ('where' in measured) return wrong('events', measured)
    const fault = rateAgain({ files, entry, sequence, ledger, measured: measured.bases })
    if (fault !== null) return wrong('rating', fault)
    for (const { batch, pos } of counted) events.add(`${batch} ${pos}`)
    report.entries.push({ ...entry, sequence })
    report.events = events.size
  }
  return report
}
