import { setTimeout as delay } from 'node:timers/promises'
import type { Difference } from '@meterbook/core/reconciliation'
import type { ClickHouseClient } from '@meterbook/db/clickhouse'
import {
  type Pool,
  type ProjectionFrontier,
  readFrontiers,
  readReconciliationProgress,
  recordIncidents,
  takeReconciliation,
  writeReconciliationProgress,
} from '@meterbook/db/postgres'
import type { Logger } from 'pino'
import { CatalogueCache } from '../attribute/catalogue-cache.ts'
import { generationOf, hourOf, type LookDeps, SeenStatements } from './look.ts'
import { lookAtGroups } from './look-at-groups.ts'
import { lookAtRollups, stretchesOf } from './look-at-rollups.ts'
import { Pace, shareAt } from './pace.ts'
import { recheckIncidents } from './recheck.ts'
import { beginRound, goRound } from './round.ts'

/** Between two looks for something new, when there was nothing. */
const IDLE_MS = 1_000
const RETAKE_MS = 5_000
const RECHECK_MS = 15_000
/** Over which the events taken a second are counted. */
const LOAD_MS = 2_000
/** Hours that new events were counted in are compared this often, however many events. */
const TOUCHED_MS = 5_000
/** A small history is not gone over again and again without a pause. */
const ROUND_MS_MIN = 60_000
const HOUR_MICROS = 3_600_000_000n

export interface ReconcileDeps {
  databaseUrl: string
  pool: Pool
  clickhouse: ClickHouseClient
  log: Logger
  /** Of the wall time; 1 never rests. Without it, what shareAt says. */
  share?: number
  /** The least time between the starts of two rounds. */
  roundMsMin?: number
}

/**
 * Compares journal, usage records and rollups as long as the process lives, if no other process does: new groups soon after they are closed,
 * old ones round and round. What differs becomes an incident, and is looked at again until it is gone. It repairs nothing. Never
 * rejects: a store that is away is waited for.
 */
export async function keepReconciling(deps: ReconcileDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const lock = await takeReconciliation(deps.databaseUrl)
      if (lock !== null) {
        const lost = new AbortController()
        void lock.lost.then(() => lost.abort(new Error('the session that held the lock of reconciliation ended')))
        try {
          await new Reconciler(deps, AbortSignal.any([signal, lost.signal])).run()
        } finally {
          await lock.release().catch(() => undefined)
        }
      }
    } catch (error) {
      // The words of a store may quote what it holds: of those only the code.
      const { name, code, type } = error as { name?: string; code?: unknown; type?: unknown }
      if (!signal.aborted) deps.log.warn({ error: name, code: code ?? type }, 'reconciliation stopped, will go on')
    }
    await delay(RETAKE_MS, undefined, { signal }).catch(() => undefined)
  }
}

/** One turn at reconciling, from taking the lock to losing it. */
class Reconciler {
  readonly #deps: ReconcileDeps
  readonly #look: LookDeps
  readonly #pace: Pace
  /** Hours with new usage, by app; forgotten by a kill, and then the round comes by. */
  readonly #touched = new Map<string, Set<bigint>>()
  #touchedAtMs = 0
  #recheckedAtMs = 0
  #roundAtMs = performance.now()
  #taken: { events: bigint; atMs: number } | null = null
  #round: AsyncGenerator<Difference[]> | null = null

  constructor(deps: ReconcileDeps, signal: AbortSignal) {
    this.#deps = deps
    this.#pace = new Pace({ share: deps.share ?? shareAt(0), signal })
    const { pool, clickhouse } = deps
    // Its own: going over old groups would push the catalogue of the present out of a shared one.
    const catalogues = new CatalogueCache(pool)
    this.#look = { pool, clickhouse, catalogues, seen: new SeenStatements(), rest: () => this.#pace.rest() }
  }

  async run(): Promise<never> {
    for (;;) {
      await this.#follow()
      const hasNew = await this.#compareNewest()
      await this.#compareTouched()
      await this.#recheck()
      const hasOld = await this.#compareOld()
      if (!hasNew && !hasOld) await this.#pace.pause(IDLE_MS)
    }
  }

  /** Makes room for new shards, and begins anew after a rebuild: what was compared before it is gone. */
  async #follow(): Promise<void> {
    const { pool } = this.#deps
    const known = new Map((await readReconciliationProgress(pool)).map((each) => [each.shard, each]))
    let isAnew = false
    const frontiers = await readFrontiers(pool)
    this.#followLoad(frontiers)
    for (const { shard, generation, closed } of frontiers) {
      const progress = known.get(shard)
      if (progress?.generation === generation) continue
      isAnew ||= progress !== undefined
      const newest = progress === undefined ? 0n : closed
      await writeReconciliationProgress(pool, { shard, generation, newest, roundThrough: 0n })
    }
    if (!isAnew) return
    this.#round = null
    await beginRound(this.#deps)
  }

  #followLoad(frontiers: readonly ProjectionFrontier[]): void {
    const now = { events: frontiers.reduce((sum, { events }) => sum + events, 0n), atMs: performance.now() }
    const before = this.#taken
    if (before !== null && now.atMs - before.atMs < LOAD_MS) return
    this.#taken = now
    if (before === null || this.#deps.share !== undefined) return
    this.#pace.share = shareAt((Number(now.events - before.events) * 1_000) / (now.atMs - before.atMs))
  }

  /** One piece of what is closed and not compared yet, of each shard. */
  async #compareNewest(): Promise<boolean> {
    const { pool } = this.#deps
    const closed = new Map((await readFrontiers(pool)).map((each) => [each.shard, each.closed]))
    let hasMore = false
    for (const { shard, newest } of await readReconciliationProgress(pool)) {
      const through = closed.get(shard) ?? 0n
      if (newest >= through) continue
      hasMore = true
      const generation = await generationOf(this.#look)
      for await (const look of lookAtGroups(this.#look, { shard, after: newest, through })) {
        if (!(await this.#record(look.differences, generation))) break
        for (const [appId, hours] of look.touched) {
          this.#touched.set(appId, new Set([...(this.#touched.get(appId) ?? []), ...hours]))
        }
        const progress = (await readReconciliationProgress(pool)).find((each) => each.shard === shard)
        if (progress) await writeReconciliationProgress(pool, { ...progress, newest: look.through })
        break
      }
    }
    return hasMore
  }

  async #compareTouched(): Promise<void> {
    if (performance.now() - this.#touchedAtMs < TOUCHED_MS) return
    for (const [appId, hours] of this.#touched) {
      const sorted = [...hours].sort((a, b) => (a < b ? -1 : 1))
      const [first, last] = [sorted[0], sorted.at(-1)]
      this.#touched.delete(appId)
      if (first === undefined || last === undefined) continue
      for (const stretch of await stretchesOf(this.#look, { appId, from: first, to: last + HOUR_MICROS })) {
        const isTouched = sorted.some((hour) => hour >= hourOf(stretch.from) && hour < stretch.to)
        if (!isTouched) continue
        const generation = await generationOf(this.#look)
        const { differences } = await lookAtRollups(this.#look, stretch)
        await this.#record(differences, generation)
      }
    }
    this.#touchedAtMs = performance.now()
  }

  async #recheck(): Promise<void> {
    if (performance.now() - this.#recheckedAtMs < RECHECK_MS) return
    const resolved = await recheckIncidents(this.#look)
    if (resolved > 0) this.#deps.log.info({ resolved }, 'differences are gone')
    this.#recheckedAtMs = performance.now()
  }

  /** One step of the round. */
  async #compareOld(): Promise<boolean> {
    if (this.#round === null) {
      if (performance.now() < this.#roundAtMs) return false
      const progress = await readReconciliationProgress(this.#deps.pool)
      if (progress.every(({ newest }) => newest === 0n)) return false
      this.#round = goRound(this.#look)
    }
    const generation = await generationOf(this.#look)
    const step = await this.#round.next()
    if (step.done !== true) return this.#record(step.value, generation)
    this.#round = null
    this.#roundAtMs = performance.now() + (this.#deps.roundMsMin ?? ROUND_MS_MIN)
    return false
  }

  /** False if a rebuild began meanwhile: then nothing was seen. */
  async #record(differences: readonly Difference[], generation: bigint): Promise<boolean> {
    if (differences.length === 0) return true
    if ((await generationOf(this.#look)) !== generation) return false
    const { opened, withheld } = await recordIncidents(this.#deps.pool, differences)
    if (opened > 0 || withheld > 0) {
      const [first] = differences
      this.#deps.log.warn(
        { opened, withheld, what: first?.what, figure: first?.figure, difference: first?.difference },
        'reconciliation found differences',
      )
    }
    return true
  }
}
