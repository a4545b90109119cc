import type { Difference } from '@meterbook/core/reconciliation'
import { CLAIM_SLICES, listUsageApps } from '@meterbook/db/clickhouse'
import { groupEndBefore, listLedgerSpaces, listShardApps, listShards, readFrontiers } from '@meterbook/db/postgres'
import { generationOf, hourOf, type LookDeps } from './look.ts'
import { lookAtGroups } from './look-at-groups.ts'
import { ledgerStretchesOf, lookAtLedger } from './look-at-ledger.ts'
import { lookAtRollups, stretchesOf } from './look-at-rollups.ts'
import { lookAtStatements } from './look-at-statements.ts'
import { lookAtClaims, lookAtRepeatedClaims, lookAtStrays } from './look-at-strays.ts'

/** Usage that happened in [from, to), microseconds, taken to whole hours; null: without end. `appId` null: of all apps. */
export interface LookRange {
  from: bigint | null
  to: bigint | null
  appId: string | null
}

export interface Progress {
  part: 'journal' | 'rollups' | 'ledger' | 'identities'
  /** Of the part: journal batches, stretches of hours, slices. */
  done: number
  of: number
  differences: number
}

export interface LookResult {
  events: number
  /** Events and acts, in journal batches, that are not projected yet: they are not compared. */
  waitingBatches: number
  /** Groups and cells that could not be judged now. */
  undecided: number
  unmeasured: number
  differences: Difference[]
}

/** Rollups hold DateTime: 1970 to 2106. */
const FIRST_HOUR = 0n
const LAST_HOUR = 4_294_965_600_000_000n
/** An hour in which too much was being written at once is looked at again. */
const UNDECIDED_TRIES = 3
const MICROS_PER_HOUR = 3_600_000_000n
/** An event's time is at most this far ahead of its receipt, else it is held. */
const AHEAD_MICROS = 31n * 86_400_000_000n

/** One look at everything in the range, from the journal to the rollups and the ledger. Differences are confirmed by a second look; nothing is written. */
export async function lookAtEverything(
  deps: LookDeps,
  range: LookRange,
  onProgress: (progress: Progress) => void,
): Promise<LookResult> {
  const result: LookResult = { events: 0, waitingBatches: 0, undecided: 0, unmeasured: 0, differences: [] }
  const hours = {
    from: range.from === null ? FIRST_HOUR : hourOf(range.from),
    to: range.to === null ? LAST_HOUR : hourOf(range.to + MICROS_PER_HOUR - 1n),
  }
  const isWanted = ({ appId }: Difference) => range.appId === null || appId === range.appId || appId === ''
  const add = (differences: readonly Difference[]) =>
    result.differences.push(...withinHours(differences, hours).filter(isWanted))

  const generation = await generationOf(deps)
  await lookAtJournal()
  await lookAtHours()
  await lookAtLedgers()
  await lookAtIssued()
  await lookAtIdentities()
  if (generation !== 0n && (await generationOf(deps)) !== generation) {
    throw new Error(
      'expected the projections to stay, found that a rebuild began meanwhile: look again when it is done',
    )
  }
  return result

  async function lookAtJournal(): Promise<void> {
    const frontiers = await readFrontiers(deps.pool)
    const starts = new Map<number, bigint>()
    for (const { shard } of frontiers) {
      // Usage of an hour can have been received at any time since, and a little before.
      const receivedAt = range.from === null ? null : range.from - AHEAD_MICROS
      starts.set(shard, receivedAt === null ? 0n : await groupEndBefore(deps.pool, { shard, receivedAt }))
    }
    const of = frontiers.reduce((sum, { shard, closed }) => sum + Number(closed - (starts.get(shard) ?? 0n)), 0)
    let done = 0
    for (const { shard, closed, journaled } of frontiers) {
      result.waitingBatches += Number(journaled - closed)
      let position = starts.get(shard) ?? 0n
      for await (const look of lookAtGroups(deps, { shard, after: position, through: closed })) {
        result.events += look.events
        result.unmeasured += look.unmeasured
        add(look.differences)
        done += Number(look.through - position)
        position = look.through
        onProgress({ part: 'journal', done, of, differences: result.differences.length })
      }
    }
  }

  async function lookAtHours(): Promise<void> {
    const apps = range.appId === null ? await listUsageApps(deps.clickhouse) : [range.appId]
    const stretches = []
    for (const appId of apps) stretches.push(...(await stretchesOf(deps, { appId, ...hours })))
    for (const [index, stretch] of stretches.entries()) {
      let { differences, undecided } = await lookAtRollups(deps, stretch)
      for (let tries = 1; undecided > 0 && tries < UNDECIDED_TRIES; tries += 1) {
        ;({ differences, undecided } = await lookAtRollups(deps, stretch))
      }
      result.undecided += undecided
      add(differences)
      onProgress({
        part: 'rollups',
        done: index + 1,
        of: stretches.length,
        differences: result.differences.length,
      })
    }
  }

  async function lookAtLedgers(): Promise<void> {
    const stretches = []
    for (const shard of await listShards(deps.pool)) {
      for (const appId of await listShardApps(deps.pool, shard)) {
        if (range.appId !== null && appId !== range.appId) continue
        for (const stretch of await ledgerStretchesOf(deps, { shard, appId, from: hours.from })) {
          if (stretch.from < hours.to) stretches.push(stretch)
        }
      }
    }
    for (const [index, stretch] of stretches.entries()) {
      const { differences, undecided } = await lookAtLedger(deps, stretch)
      result.undecided += undecided
      add(differences)
      onProgress({ part: 'ledger', done: index + 1, of: stretches.length, differences: result.differences.length })
    }
  }

  async function lookAtIssued(): Promise<void> {
    for (const spaceId of await listLedgerSpaces(deps.pool)) add(await lookAtStatements(deps, spaceId))
  }

  /** Without hours and apps: who came first is one question for all of them. */
  async function lookAtIdentities(): Promise<void> {
    const of = CLAIM_SLICES + 2
    const tell = (done: number) => onProgress({ part: 'identities', done, of, differences: result.differences.length })
    for (let slice = 0; slice < CLAIM_SLICES; slice += 1) {
      add(await lookAtRepeatedClaims(deps, slice))
      tell(slice + 1)
    }
    add(await lookAtClaims(deps))
    tell(CLAIM_SLICES + 1)
    add(await lookAtStrays(deps))
    tell(of)
  }
}

/** Without those of other hours; what is of no hour stays. */
function withinHours(differences: readonly Difference[], range: { from: bigint; to: bigint }): Difference[] {
  return differences.filter(({ hour }) => hour === null || (hour >= range.from && hour < range.to))
}
