// Reconciliation at work: reads both sides of the same usage and has core compare them.
// Promises: only what is closed is compared, so that nothing half written is called a difference; nothing is changed in any store.
// Does not know: what a difference is (core decides), when to look, who is told.
import type { Difference } from '@meterbook/core/reconciliation'
import type { ClickHouseClient } from '@meterbook/db/clickhouse'
import { type Pool, readFrontiers } from '@meterbook/db/postgres'
import type { CatalogueCache } from '../attribute/catalogue-cache.ts'

export interface LookDeps {
  pool: Pool
  clickhouse: ClickHouseClient
  catalogues: CatalogueCache
  /** Statements that were found equal to their entries; without it, each is read whole every time. */
  seen?: SeenStatements
  /** Awaited after every piece of work; who looks in the background rests here. */
  rest(): Promise<void>
}

/** So long a statement that nobody touched is not read again. */
const SEEN_MS_MAX = 86_400_000

/** Issued statements that agreed when they were read whole, by the mark that they and their entries had then. Forgotten by a kill: then all are read. */
export class SeenStatements {
  readonly #marks = new Map<string, { mark: string; atMs: number }>()

  /** Whether it has the same mark as when it agreed, and that is no longer ago than a day. */
  has(id: string, mark: string): boolean {
    const seen = this.#marks.get(id)
    return seen?.mark === mark && performance.now() - seen.atMs < SEEN_MS_MAX
  }

  add(id: string, mark: string): void {
    this.#marks.set(id, { mark, atMs: performance.now() })
  }
}

/** What a look at some groups found. */
export interface GroupsLook {
  /** The last journal number of the last group that was compared whole. */
  through: bigint
  events: number
  /** Groups whose events were measured by another version of the rules: not compared, because this one would measure otherwise. */
  unmeasured: number
  differences: Difference[]
  /** Hours that the events were counted in, by app. */
  touched: Map<string, Set<bigint>>
}

const HOUR_MICROS = 3_600_000_000n

/** The start of the hour (UTC) that a moment lies in. */
export function hourOf(at: bigint): bigint {
  return at - (((at % HOUR_MICROS) + HOUR_MICROS) % HOUR_MICROS)
}

/** Notes that usage of that hour has changed. */
export function touch(look: Pick<GroupsLook, 'touched'>, appId: string, at: bigint): void {
  const hours = look.touched.get(appId)
  if (hours) hours.add(hourOf(at))
  else look.touched.set(appId, new Set([hourOf(at)]))
}

/** Which life of the projections a look is about: what was compared before a rebuild says nothing of what is there after it. */
export async function generationOf(deps: Pick<LookDeps, 'pool'>): Promise<bigint> {
  let newest = 0n
  for (const { generation } of await readFrontiers(deps.pool)) if (generation > newest) newest = generation
  return newest
}
