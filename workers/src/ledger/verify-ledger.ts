import { hash } from 'node:crypto'
import {
  AUDIT_CHAIN,
  type ChainHead,
  type ChainReport,
  createChainVerifier,
  type FoundBatch,
  type JournalFault,
  type JournalSeal,
  PLATFORM_SPACE_ID,
  runFault,
  sealFault,
} from '@meterbook/core/ledger'
import {
  inSnapshot,
  type JournalExtent,
  listLedgerSpaces,
  type Pool,
  type PoolClient,
  readEntries,
  readFoundBatches,
  readHeads,
  readJournalExtents,
  readLedgerRows,
  verifyAuditWithin,
} from '@meterbook/db/postgres'

/** A head that somebody kept from earlier. */
export interface HeldHead extends ChainHead {
  spaceId: string
}

/** One shard's journal against its seals. */
export interface JournalReport {
  shard: number
  /** Batches that are what their seals say, from the first on. */
  sealed: bigint
  /** Batches after them whose bodies are what their digests say: nothing more can be said of them yet. */
  unsealed: bigint
  fault: JournalFault | null
}

export interface LedgerReport {
  isWell: boolean
  chains: ChainReport[]
  /** The log of what admins did; null where only some spaces were asked for. */
  audit: ChainReport | null
  journal: JournalReport[]
}

const sha256 = (text: string): string => hash('sha256', text, 'hex')
const SEALS_PAGE = 500

interface Verification {
  /** Null: every chain, and the journal against its seals. */
  spaceIds: readonly string[] | null
  held: readonly HeldHead[]
  /** Ends it early, by throwing. */
  signal: AbortSignal
  /** Of the chain or shard under way: entries or batches so far. */
  onProgress?: (what: string, done: bigint) => void
  /** Between two pages, for whoever has to leave room for others. */
  rest?: () => Promise<void>
}

type Watched = Pick<Verification, 'signal' | 'onProgress' | 'rest'>

/** Verifies the ledger as it is at one moment, with the memory of a page of rows. Each chain and each shard gives its first fault. */
export function verifyLedger(pool: Pool, input: Verification): Promise<LedgerReport> {
  return inSnapshot(pool, (client) => verifyWithin(client, input))
}

/** The same within a transaction of the caller's. If the seals' own chain is at fault the journal is not looked at. */
export async function verifyWithin(client: PoolClient, input: Verification): Promise<LedgerReport> {
  const chains: ChainReport[] = []
  const listed = input.spaceIds ?? (await listLedgerSpaces(client))
  const asked = new Set([...listed, ...input.held.map((held) => held.spaceId)])
  asked.delete(AUDIT_CHAIN)
  for (const spaceId of asked) {
    chains.push(await verifyChain(client, { ...input, spaceId }))
  }
  // What the seals say is worth something only where their chain is well.
  const isSealed = chains.every(({ spaceId, fault }) => spaceId !== PLATFORM_SPACE_ID || fault === null)
  const journal: JournalReport[] = []
  const extents = input.spaceIds === null && isSealed ? await readJournalExtents(client) : []
  for (const extent of extents) journal.push(await verifyShard(client, { ...input, extent }))
  const held = input.held.filter(({ spaceId }) => spaceId === AUDIT_CHAIN)
  const audit = input.spaceIds === null ? await verifyAuditWithin(client, { signal: input.signal, held }) : null
  const isWell = [...chains, ...(audit === null ? [] : [audit]), ...journal].every(({ fault }) => fault === null)
  return { isWell, chains, audit, journal }
}

/**
 * The chain of one space. Without `upTo` the caller's transaction has to show it one state of it all; with that head, as it was read earlier, what was
 * appended after it is left alone, and no transaction has to stay open.
 */
export async function verifyChain(
  client: Pool | PoolClient,
  input: Watched & { spaceId: string; held?: readonly HeldHead[]; upTo?: ChainHead },
): Promise<ChainReport> {
  const { spaceId, signal, onProgress, rest, upTo } = input
  const [head = null] = upTo === undefined ? await readHeads(client, { spaceIds: [spaceId] }) : [upTo]
  const held = (input.held ?? []).filter((each) => each.spaceId === spaceId)
  const verifier = createChainVerifier({ spaceId, head, held, sha256 })
  let done = 0n
  for await (const page of readLedgerRows(client, { spaceId })) {
    signal.throwIfAborted()
    const rows = upTo === undefined ? page : page.filter(({ sequence }) => sequence <= upTo.sequence)
    if (!rows.every((row) => verifier.add(row)) || rows.length < page.length) break
    done += BigInt(rows.length)
    onProgress?.(`ledger of ${spaceId}`, done)
    await rest?.()
  }
  return verifier.finish()
}

/** A shard's journal, up to where it stood when its extent was read; sound whether or not a transaction is open. */
export async function verifyShard(
  client: Pool | PoolClient,
  input: Watched & { extent: JournalExtent },
): Promise<JournalReport> {
  const { extent, signal, onProgress, rest } = input
  const { shard, lowest, highest, through } = extent
  let sealed = 0n
  const report = (fault: JournalFault | null, unsealed = 0n): JournalReport => ({ shard, sealed, unsealed, fault })
  if (lowest !== null && lowest < 1n) return report(added(shard, lowest, 'no batch below 1'))
  for await (const seal of sealsOf(client, shard)) {
    signal.throwIfAborted()
    const first = BigInt(seal.first)
    if (first !== sealed + 1n) return report(unsealedFault(shard, sealed + 1n, first))
    const batches = await batchesOf(client, { shard, first, last: BigInt(seal.last) })
    const fault = sealFault({ seal, batches, sha256 })
    if (fault !== null) return report(fault)
    sealed = BigInt(seal.last)
    onProgress?.(`journal of shard ${shard}`, sealed)
    await rest?.()
  }
  if (highest !== null && highest > through) return report(added(shard, highest, `${through} as the last batch`))
  let next = sealed + 1n
  for await (const batches of readFoundBatches(client, { shard, first: next, last: through })) {
    signal.throwIfAborted()
    const fault = runFault({ shard, first: next, last: next, batches })
    if (fault !== null) return report(fault, next - 1n - sealed)
    next += BigInt(batches.length)
    onProgress?.(`journal of shard ${shard}`, next - 1n)
    await rest?.()
  }
  const end = runFault({ shard, first: next, last: through, batches: [] })
  return report(end, next - 1n - sealed)
}

/** In the order of what they cover. The rows are verified with their chain; here they are read for what they say. */
async function* sealsOf(client: Pool | PoolClient, shard: number): AsyncGenerator<JournalSeal, void> {
  let after = 0n
  for (;;) {
    const page = await readEntries(client, {
      spaceId: PLATFORM_SPACE_ID,
      filter: { kinds: ['journal_seal'], journalShard: shard },
      after,
      limit: SEALS_PAGE,
    })
    for (const { entry } of page) if (entry.kind === 'journal_seal') yield entry
    if (page.length < SEALS_PAGE) return
    after = page.at(-1)?.sequence ?? after
  }
}

async function batchesOf(
  client: Pool | PoolClient,
  input: { shard: number; first: bigint; last: bigint },
): Promise<FoundBatch[]> {
  const found: FoundBatch[] = []
  for await (const page of readFoundBatches(client, input)) found.push(...page)
  return found
}

function added(shard: number, batch: bigint, expected: string): JournalFault {
  return { shard, batch, fault: 'added', part: 'batch', expected, found: `batch ${batch}` }
}

function unsealedFault(shard: number, expected: bigint, found: bigint): JournalFault {
  const part = 'seals'
  return {
    shard,
    batch: expected,
    fault: 'unsealed',
    part,
    expected: `a seal from ${expected} on`,
    found: `one from ${found} on`,
  }
}
