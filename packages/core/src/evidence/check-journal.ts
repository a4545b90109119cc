import { identifyJournalBody, readActBody } from '../event/index.ts'
import type { Sha256 } from '../kernel/index.ts'
import { isUnderRoot, type LedgerEntry, merkleLeaf } from '../ledger/index.ts'
import { type EvidenceFiles, type FileFault, journalFile } from './bundle.ts'

/** An event of a journal row with what it is known by. */
export type JournalEvent = ReturnType<typeof identifyJournalBody>[number]

/** A row of the journal that is what the seal says. */
export interface ProvenBatch {
  shard: number
  appId: string
  receivedAt: string
  /** Of events. */
  events: JournalEvent[]
  /** Of an act: the content that it gave to an event, by target; null where it left it. */
  targets: { batch: bigint; pos: number; event: JournalEvent | null }[]
}

/** Every journal row of the bundle, proven to be under a root of the platform's chain; or the first that is not. */
export function checkJournal(input: {
  files: EvidenceFiles
  platform: ReadonlyMap<bigint, LedgerEntry>
  sha256: Sha256
}): { batches: Map<string, ProvenBatch> } | FileFault {
  const { files, platform, sha256 } = input
  const batches = new Map<string, ProvenBatch>()
  for (const batch of files.charge.batches) {
    const where = journalFile(batch.number)
    const body = files.bodyOf(batch.number)
    if (body === null) return { where, expected: 'the file', found: 'none' }
    if (sha256(body) !== batch.digest) return { where, expected: `digest ${batch.digest}`, found: sha256(body) }
    const number = BigInt(batch.number)
    const seal = platform.get(BigInt(batch.seal))
    if (seal?.kind !== 'journal_seal')
      return { where, expected: `a seal as entry ${batch.seal}`, found: seal?.kind ?? 'none' }
    const { proof } = batch
    const isOfRun =
      seal.shard === batch.shard &&
      BigInt(seal.first) + BigInt(proof.index) === number &&
      seal.batches === String(proof.size)
    const leaf = merkleLeaf({ ...batch, number }, sha256)
    if (!isOfRun || !isUnderRoot({ leaf, proof, root: seal.root, sha256 })) {
      return { where, expected: `a row under the root of seal ${batch.seal}`, found: 'one that is not' }
    }
    const { shard, appId, receivedAt } = batch
    batches.set(batch.number, { shard, appId, receivedAt, ...contentOf(batch, body, sha256) })
  }
  return { batches }
}

function contentOf(
  { kind, appId }: { kind: 'events' | 'act'; appId: string },
  body: string,
  sha256: Sha256,
): Pick<ProvenBatch, 'events' | 'targets'> {
  if (kind === 'events') return { events: identifyJournalBody({ body, app: appId, sha256 }), targets: [] }
  const targets = readActBody(body).targets.map(({ batch, pos, event }) => {
    const [content = null] = event === undefined ? [] : identifyJournalBody({ body: `[${event}]`, app: appId, sha256 })
    return { batch, pos, event: content }
  })
  return { events: [], targets }
}
