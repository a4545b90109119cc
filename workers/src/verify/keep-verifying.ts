// Verification: every chain against its hashes, the audit log's among them, and the journal against its seals, once a day, beside everything else.
// Promises: what `meterbook verify` would find is an incident within a day; a restart goes on where the run was; one process does it.
// Does not know: what a hash is made of (core says), how a ledger is restored: it repairs nothing.
import { setTimeout as delay } from 'node:timers/promises'
import { type ChainReport, PLATFORM_SPACE_ID } from '@meterbook/core/ledger'
import type { Difference } from '@meterbook/core/reconciliation'
import {
  beginVerification,
  completeVerification,
  inSnapshot,
  listLedgerSpaces,
  markVerified,
  type Pool,
  readHeads,
  readJournalExtents,
  readLedgerRows,
  recordIncidents,
  takeVerification,
  verifyAudit,
} from '@meterbook/db/postgres'
import type { Logger } from 'pino'
import { verifyChain, verifyShard } from '../ledger/verify-ledger.ts'
import { Pace } from '../reconcile/pace.ts'
import { auditDifference, chainDifference, journalDifference } from './fault-difference.ts'

const EVERY_MS = 24 * 3_600_000
/** While something is wrong: a ledger that was restored should not be called wrong for a day. */
const FAULTY_MS = 3_600_000
/** Between two questions whether a run is due, or whether another process still does it. */
const IDLE_MS = 60_000
/** Of the wall time of one core, Postgres included: a day is long. */
const SHARE = 0.05

export interface VerifyDeps {
  databaseUrl: string
  pool: Pool
  log: Logger
  /** Default SHARE; 1 never rests. */
  share?: number
  /** Default EVERY_MS, FAULTY_MS and IDLE_MS. */
  everyMs?: number
  faultyMs?: number
  idleMs?: number
}

/**
 * Verifies as long as the process lives, if no other process does. What is not as it was written becomes an incident that names the row, and stays open
 * until a run finds it well. Never rejects: a store that is away is waited for.
 */
export async function keepVerifying(deps: VerifyDeps, signal: AbortSignal): Promise<void> {
  const idleMs = deps.idleMs ?? IDLE_MS
  while (!signal.aborted) {
    try {
      const lock = await takeVerification(deps.databaseUrl)
      if (lock !== null) {
        const lost = new AbortController()
        void lock.lost.then(() => lost.abort(new Error('the session that held the lock of verification ended')))
        try {
          const pace = new Pace({ share: deps.share ?? SHARE, signal: AbortSignal.any([signal, lost.signal]) })
          for (;;) {
            await verifyIfDue(deps, pace, signal)
            await pace.pause(idleMs)
          }
        } finally {
          await lock.release().catch(() => undefined)
        }
      }
    } catch (error) {
      // The words of a store may quote what it holds: of those only the code.
      const { name, code } = error as { name?: string; code?: unknown }
      if (!signal.aborted) deps.log.warn({ error: name, code }, 'verification stopped, will go on')
    }
    await delay(idleMs, undefined, { signal }).catch(() => undefined)
  }
}

async function verifyIfDue(deps: VerifyDeps, pace: Pace, signal: AbortSignal): Promise<void> {
  const { pool, log, everyMs = EVERY_MS, faultyMs = FAULTY_MS } = deps
  const begun = await beginVerification(pool, { everyMs, faultyMs })
  if (begun === null) return
  const watched = { signal, rest: () => pace.rest() }
  let faults = 0
  const record = async (difference: Difference | null) => {
    if (difference === null) return
    faults += 1
    await recordIncidents(pool, [difference])
    const { what, figure, spaceId, shard, first, expected, found } = difference
    log.error(
      { what, figure, space: spaceId, shard, at: first?.toString(), expected, found },
      'verification found a fault',
    )
  }
  let platform: ChainReport | null = null
  for (const spaceId of await listLedgerSpaces(pool)) {
    if (chainPlace(spaceId) <= begun.position) continue
    const report = await verifySpace(pool, { ...watched, spaceId })
    if (spaceId === PLATFORM_SPACE_ID) platform = report
    await record(chainDifference(report))
    await markVerified(pool, chainPlace(spaceId))
  }
  await record(auditDifference(await verifyAudit(pool, { signal })))
  // What the seals say is worth something only where their chain is well; whoever goes on after a kill has to know it too.
  platform ??= await verifySpace(pool, { ...watched, spaceId: PLATFORM_SPACE_ID })
  const hasJournal = platform.fault === null
  for (const extent of hasJournal ? await readJournalExtents(pool) : []) {
    if (shardPlace(extent.shard) <= begun.position) continue
    await record(journalDifference(await verifyShard(pool, { ...watched, extent })))
    await markVerified(pool, shardPlace(extent.shard))
  }
  const resolved = await completeVerification(pool, { hasJournal })
  log.info({ faults, resolved }, 'everything was verified')
}

/** Without a transaction that stays open while it rests: that would keep Postgres from clearing away what all others have done with. */
async function verifySpace(
  pool: Pool,
  input: { spaceId: string; signal: AbortSignal; rest: () => Promise<void> },
): ReturnType<typeof verifyChain> {
  const { spaceId } = input
  const { head, isBeyond } = await inSnapshot(pool, async (client) => {
    const [found] = await readHeads(client, { spaceIds: [spaceId] })
    const rows = readLedgerRows(client, { spaceId, from: (found?.sequence ?? 0n) + 1n })
    return { head: found, isBeyond: (await rows.next()).done === false }
  })
  // No row may follow its head. What is wrong then is a question to be asked of one moment, and in one go.
  if (head === undefined || isBeyond) {
    const { signal } = input
    return inSnapshot(pool, (client) => verifyChain(client, { spaceId, signal }))
  }
  return verifyChain(pool, { ...input, upTo: head })
}

/** In the order in which they are verified. */
function chainPlace(spaceId: string): string {
  return `1 ${spaceId}`
}

function shardPlace(shard: number): string {
  return `2 ${String(shard).padStart(5, '0')}`
}
