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
  entry: (UsageEntry & { sequence: bigint }) | null
  /** Events that make it up. */
  events: number
  /** The ends of the two chains: worth what others hold of them. */
  heads: (ChainHead & { spaceId: string })[]
  fault: EvidenceFault | null
}

/**
 * Follows a charge from its events: every file is the one that was packed; both chains are whole from where they begin to their heads; each journal row
 * is under a root that the platform's chain holds; the events, measured again, give the entry's quantities; these, rated again after what was
 * posted before, give its parts and its amount. `held`: heads that somebody has from elsewhere.
 */
export function verifyEvidence(
  bytes: Uint8Array,
  input: { sha256: Sha256; held?: readonly (ChainHead & { spaceId: string })[] },
): EvidenceReport {
  const { sha256, held = [] } = input
  const report: EvidenceReport = { space: null, entry: null, events: 0, heads: [], fault: null }
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
  const entry = ledger.get(files.sequence)
  if (entry === undefined || (entry.kind !== 'usage' && entry.kind !== 'adjustment')) {
    return wrong('ledger', {
      where: `entry ${files.sequence}`,
      expected: 'an entry of usage',
      found: entry?.kind ?? 'none',
    })
  }
  report.entry = { ...entry, sequence: files.sequence }
  const journal = checkJournal({ files, entry, platform, sha256 })
  if ('where' in journal) return wrong('journal', journal)
  const measured = measureAgain({ files, entry, batches: journal.batches })
  if ('where' in measured) return wrong('events', measured)
  report.events = files.charge.counted.length
  const fault = rateAgain({ files, entry, ledger, measured: measured.bases })
  return fault === null ? report : wrong('rating', fault)
}
