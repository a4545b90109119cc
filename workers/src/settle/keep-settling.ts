import { setTimeout as delay } from 'node:timers/promises'
import { type HeldLock, listShards, readSettlementStand, sealJournal, takeSettlement } from '@meterbook/db/postgres'
import type { SettlementFault } from '@meterbook/db/settlement'
import type { Logger } from 'pino'
import { PostedAccounts } from './posted-accounts.ts'
import { type SettleDeps, settleShard } from './settle-shard.ts'

/** Between two looks for something new. */
const IDLE_MS = 3_000
/** A shard that another process settles is asked for again after this time. */
const RETAKE_MS = 15_000
/** Seals hold up to a thousand batches: one for each few seconds of journal would be a chain of seals. */
const SEAL_MS = 60_000
/** Rest after each page, as a multiple of the time that it took: months of history beside live events made the pages' news a second late. */
const REST_PART = 4
const REST_MS_MAX = 4_000

export interface KeepSettlingDeps extends SettleDeps {
  databaseUrl: string
  log: Logger
}

/**
 * Settles the shards that no other process settles, as long as the process lives: what is due, in steps of bounded size, and what came late. Never
 * rejects: a store that is away is waited for.
 */
export async function keepSettling(deps: KeepSettlingDeps, signal: AbortSignal): Promise<void> {
  const shards = new Map<number, ShardSettler>()
  while (!signal.aborted) {
    const known = await listShards(deps.pool).catch(() => [])
    for (const shard of known) {
      const settler = shards.get(shard) ?? new ShardSettler(deps, shard)
      shards.set(shard, settler)
      await settler.turn(signal)
    }
    await delay(IDLE_MS, undefined, { signal }).catch(() => undefined)
  }
  for (const settler of shards.values()) await settler.release()
}

class ShardSettler {
  readonly #deps: KeepSettlingDeps
  readonly #shard: number
  #lock: HeldLock | null = null
  #retakeAtMs = 0
  #sealAtMs = 0
  #faults = ''
  readonly #ratedBy = new Set<string>()
  readonly #posted = new PostedAccounts()

  constructor(deps: KeepSettlingDeps, shard: number) {
    this.#deps = deps
    this.#shard = shard
  }

  /** Everything that is due now. */
  async turn(signal: AbortSignal): Promise<void> {
    try {
      if (!(await this.#isOurs())) return
      const isStopped = () => signal.aborted || this.#lock === null
      let hasMore = true
      while (hasMore && this.#lock !== null && !isStopped()) {
        let beganMs = performance.now()
        const rest = async () => {
          await delay(Math.min(REST_PART * (performance.now() - beganMs), REST_MS_MAX))
          beganMs = performance.now()
        }
        const step = await settleShard(
          { ...this.#deps, ratedBy: this.#ratedBy, posted: this.#posted, lockedBy: this.#lock.pid, isStopped, rest },
          this.#shard,
        )
        hasMore = step.hasMore
        this.#tell(step.faults)
        if (hasMore) await rest()
      }
      if (!signal.aborted) await this.#seal()
    } catch (error) {
      // The words of a store may quote what it holds: of those only the code.
      const { name, code, type } = error as { name?: string; code?: unknown; type?: unknown }
      this.#deps.log.warn({ shard: this.#shard, error: name, code: code ?? type }, 'settlement stopped, will go on')
    }
  }

  async release(): Promise<void> {
    await this.#lock?.release().catch(() => undefined)
    this.#lock = null
  }

  async #isOurs(): Promise<boolean> {
    if (this.#lock !== null) return true
    if (performance.now() < this.#retakeAtMs) return false
    this.#retakeAtMs = performance.now() + RETAKE_MS
    const lock = await takeSettlement({ url: this.#deps.databaseUrl, shard: this.#shard })
    this.#lock = lock
    void lock?.lost.then(() => {
      if (this.#lock === lock) this.#lock = null
    })
    return lock !== null
  }

  async #seal(): Promise<void> {
    if (performance.now() < this.#sealAtMs) return
    this.#sealAtMs = performance.now() + SEAL_MS
    const stand = await readSettlementStand(this.#deps.pool, this.#shard)
    if (stand === null || stand.projected === 0n || stand.isRebuilding) return
    await sealJournal(this.#deps.pool, { shard: this.#shard, through: stand.projected, postedAt: this.#deps.now() })
  }

  /** Once for each set of them. */
  #tell(faults: readonly SettlementFault[]): void {
    const told = [...new Set(faults.map(({ code, of }) => `${code} ${of}`))].sort()
    if (told.join() === this.#faults) return
    this.#faults = told.join()
    if (told.length > 0) this.#deps.log.warn({ shard: this.#shard, faults: told }, 'usage with a price is not settled')
  }
}
