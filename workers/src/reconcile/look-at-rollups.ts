import { setTimeout as delay } from 'node:timers/promises'
import { compareRollups, type RollupComparison, sameDifferences, TORN_GROUPS_MAX } from '@meterbook/core/reconciliation'
import {
  type AppHours,
  type BatchCell,
  listUsageHours,
  readContributions,
  readRollupRows,
} from '@meterbook/db/clickhouse'
import { listGroups, type ProjectionFrontier, type ProjectionGroup, readFrontiers } from '@meterbook/db/postgres'
import type { LookDeps } from './look.ts'

/** Groups that were in flight at the time of reading are closed long before that, or their worker is in trouble of its own. */
const IN_FLIGHT_MS_MAX = 20_000
const IN_FLIGHT_POLL_MS = 100
/** Read in one statement; an hour that has more is read by itself. */
const RECORDS_MAX = 500_000
/** An hour of more is compared without its distinct values: sets of all of them would not fit into memory. */
const DISTINCT_RECORDS_MAX = 5_000_000
const HOURS_MAX = 24 * 7
const HOUR_MICROS = 3_600_000_000n

/**
 * Rollups against the usage records of the same hours of one app. What is half written at the moment of reading is told apart by adding up
 * what the groups in flight add, once they are closed; the rest is a difference when a second look finds it again.
 */
export async function lookAtRollups(deps: LookDeps, hours: Stretch): Promise<RollupComparison> {
  const first = await lookOnce(deps, hours)
  if (first.differences.length === 0) return first
  const second = await lookOnce(deps, hours)
  return {
    differences: sameDifferences(first.differences, second.differences),
    undecided: first.undecided + second.undecided,
  }
}

/** Hours of an app, and how many usage records they have; without it, few. */
export interface Stretch extends AppHours {
  records?: number
}

/** All hours [from, to) in which an app has usage, in stretches that can be looked at in one go. */
export async function stretchesOf(deps: LookDeps, hours: AppHours): Promise<Stretch[]> {
  const stretches: (Stretch & { records: number })[] = []
  for (const { hour, records } of await listUsageHours(deps.clickhouse, hours)) {
    const last = stretches.at(-1)
    const isFull =
      last === undefined || last.records + records > RECORDS_MAX || hour - last.from >= BigInt(HOURS_MAX) * HOUR_MICROS
    if (isFull) stretches.push({ appId: hours.appId, from: hour, to: hour + HOUR_MICROS, records })
    else {
      last.to = hour + HOUR_MICROS
      last.records += records
    }
  }
  return stretches
}

async function lookOnce(deps: LookDeps, hours: Stretch): Promise<RollupComparison> {
  const before = await readFrontiers(deps.pool)
  const rows = await readRollupRows(deps.clickhouse, {
    ...hours,
    isDistinctWanted: (hours.records ?? 0) <= DISTINCT_RECORDS_MAX,
    closedThrough: new Map(before.map(({ shard, closed }) => [shard, closed])),
  })
  const after = await readFrontiers(deps.pool)
  await deps.rest()
  // While old groups are replayed, rollups and records are growing by thousands of groups at a time: there is nothing to say yet.
  if (isMoved(before, after) || after.some(({ isRebuilding }) => isRebuilding)) return { differences: [], undecided: 1 }
  const compared = compareRollups({ records: rows.records, rollups: rows, inFlight: [] })
  if (compared.differences.length === 0) return compared
  const inFlight = await readInFlight(deps, { hours, before, after })
  if (inFlight === null) return { differences: [], undecided: compared.differences.length }
  return compareRollups({ records: rows.records, rollups: rows, inFlight })
}

function isMoved(before: readonly ProjectionFrontier[], after: readonly ProjectionFrontier[]): boolean {
  const generations = new Map(before.map(({ shard, generation }) => [shard, generation]))
  return after.some(({ shard, generation }) => generations.has(shard) && generations.get(shard) !== generation)
}

/** What each group that was not closed before the reading, and was begun before its end, adds to these hours; null if that cannot be told now. */
async function readInFlight(
  deps: LookDeps,
  input: { hours: AppHours; before: readonly ProjectionFrontier[]; after: readonly ProjectionFrontier[] },
): Promise<{ cell: BatchCell; contribution: BatchCell }[] | null> {
  const found: { cell: BatchCell; contribution: BatchCell }[] = []
  if (!(await areClosed(deps, input.after))) return null
  for (const { shard, opened } of input.after) {
    const closed = input.before.find((each) => each.shard === shard)?.closed ?? 0n
    if (opened <= closed) continue
    const limit = TORN_GROUPS_MAX * 10
    const listed = await listGroups(deps.pool, { shard, after: closed, limit })
    const groups = listed.filter(({ first }) => first <= opened)
    if (groups.length === limit) return null
    const range = { shard, first: closed + 1n, last: opened }
    const cells = await readContributions(deps.clickhouse, { ...input.hours, ...range })
    found.push(...byGroup(cells, groups))
  }
  return found
}

/** A group is one block, whatever its batches; an act is two. */
function byGroup(
  cells: readonly BatchCell[],
  groups: readonly ProjectionGroup[],
): { cell: BatchCell; contribution: BatchCell }[] {
  const blocks = new Map<string, BatchCell>()
  for (const cell of cells) {
    const group = groups.find(({ first, last }) => first <= cell.recorder && cell.recorder <= last)
    const { hour, meterVersion, isExempt, appId, spaceId, meter, environment } = cell
    const key = [group?.first, cell.sign, hour, meterVersion, isExempt, appId, spaceId, meter, environment].join(' ')
    const block = blocks.get(key)
    if (block) {
      block.count += cell.count
      block.sum += cell.sum
      block.reversals += cell.reversals
    } else blocks.set(key, { ...cell })
  }
  return [...blocks.values()].map((cell) => ({ cell, contribution: cell }))
}

async function areClosed(deps: LookDeps, wanted: readonly ProjectionFrontier[]): Promise<boolean> {
  const deadline = performance.now() + IN_FLIGHT_MS_MAX
  for (;;) {
    const now = await readFrontiers(deps.pool)
    if (isMoved(wanted, now)) return false
    const closed = new Map(now.map((each) => [each.shard, each.closed]))
    if (wanted.every(({ shard, opened }) => (closed.get(shard) ?? 0n) >= opened)) return true
    if (performance.now() > deadline) return false
    await delay(IN_FLIGHT_POLL_MS)
  }
}
