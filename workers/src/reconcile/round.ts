import type { Difference } from '@meterbook/core/reconciliation'
import { CLAIM_SLICES, listUsageApps } from '@meterbook/db/clickhouse'
import {
  completeReconciliationRound,
  listLedgerSpaces,
  listShardApps,
  listShards,
  type ReconciliationRound,
  type RoundPhase,
  readReconciliationProgress,
  readReconciliationRound,
  resolveUnseenIncidents,
  writeReconciliationProgress,
  writeReconciliationRound,
} from '@meterbook/db/postgres'
import type { LookDeps } from './look.ts'
import { lookAtGroups } from './look-at-groups.ts'
import { ledgerStretchesOf, lookAtLedger } from './look-at-ledger.ts'
import { lookAtRollups, stretchesOf } from './look-at-rollups.ts'
import { lookAtStatements } from './look-at-statements.ts'
import { lookAtClaims, lookAtRepeatedClaims, lookAtStrays } from './look-at-strays.ts'

const LAST_HOUR = 4_294_965_600_000_000n
const NEXT: Record<RoundPhase, RoundPhase | null> = {
  groups: 'rollups',
  rollups: 'ledger',
  ledger: 'statements',
  statements: 'identities',
  identities: 'strays',
  strays: null,
}

/**
 * Goes on with the round where it was left, and yields what each step found. How far it has come is written when the next step is asked for,
 * after what was found has been kept: a kill repeats a step and loses nothing. Ends when the round is complete; the next call begins the next.
 */
export async function* goRound(deps: LookDeps): AsyncGenerator<Difference[]> {
  let round = await readReconciliationRound(deps.pool)
  // Only a round that this process went through whole, and in which all could be judged, can say what is gone.
  let hasSeenAll = round.phase === 'groups' && round.position === ''
  for (let phase: RoundPhase | null = round.phase; phase !== null; phase = NEXT[phase]) {
    if (round.phase !== phase) round = { ...round, phase, position: '' }
    for await (const step of STEPS[phase](deps, round.position)) {
      yield step.differences
      hasSeenAll &&= (step.undecided ?? 0) === 0
      round = { ...round, position: step.position, events: round.events + BigInt(step.events ?? 0) }
      await writeReconciliationRound(deps.pool, round)
    }
  }
  if (hasSeenAll) await resolveUnseenIncidents(deps.pool)
  await completeReconciliationRound(deps.pool)
  await beginRound(deps)
}

/** The next round, from the start. */
export async function beginRound(deps: Pick<LookDeps, 'pool'>): Promise<ReconciliationRound> {
  const { pool } = deps
  const progress = await readReconciliationProgress(pool)
  for (const shard of progress) await writeReconciliationProgress(pool, { ...shard, roundThrough: 0n })
  const before = await readReconciliationRound(pool)
  const next: ReconciliationRound = {
    round: before.round + 1n,
    generation: progress[0]?.generation ?? before.generation,
    phase: 'groups',
    position: '',
    events: 0n,
  }
  await writeReconciliationRound(pool, next)
  return next
}

interface Step {
  position: string
  events?: number
  /** What could not be judged. */
  undecided?: number
  differences: Difference[]
}

const STEPS: Record<RoundPhase, (deps: LookDeps, position: string) => AsyncGenerator<Step>> = {
  groups: goOverGroups,
  rollups: goOverRollups,
  ledger: goOverLedger,
  statements: goOverStatements,
  identities: goOverIdentities,
  strays: goOverStrays,
}

/**
 * `position`: by shard, how far this round goes: over all that was compared as the newest when it began. What it has compared itself is in
 * the shard's progress.
 */
async function* goOverGroups(deps: LookDeps, begun: string): AsyncGenerator<Step> {
  const shards = await readReconciliationProgress(deps.pool)
  const position =
    begun || JSON.stringify(Object.fromEntries(shards.map(({ shard, newest }) => [shard, newest.toString()])))
  const ends = JSON.parse(position) as Record<string, string>
  for (const { shard } of shards) {
    const end = BigInt(ends[shard] ?? 0)
    const own = async () => (await readReconciliationProgress(deps.pool)).find((each) => each.shard === shard)
    const after = (await own())?.roundThrough ?? 0n
    for await (const look of lookAtGroups(deps, { shard, after, through: end })) {
      const { events, differences, unmeasured: undecided } = look
      yield { position, events, undecided, differences }
      // Read anew: `newest` moves on beside the round.
      const progress = await own()
      if (progress !== undefined)
        await writeReconciliationProgress(deps.pool, { ...progress, roundThrough: look.through })
    }
  }
}

/** `position`: `<app> <hour>`, the stretch that was compared last. */
async function* goOverRollups(deps: LookDeps, position: string): AsyncGenerator<Step> {
  const [lastApp = '', lastEnd = '0'] = position.split(' ')
  for (const appId of await listUsageApps(deps.clickhouse)) {
    if (appId < lastApp) continue
    const from = appId === lastApp ? BigInt(lastEnd) : 0n
    for (const stretch of await stretchesOf(deps, { appId, from, to: LAST_HOUR })) {
      const look = await lookAtRollups(deps, stretch)
      yield { position: `${appId} ${stretch.to}`, ...look }
    }
  }
}

/** `position`: `<shard> <app> <hour>`, the stretch that was compared last. */
async function* goOverLedger(deps: LookDeps, position: string): AsyncGenerator<Step> {
  const [lastShard = '-1', lastApp = '', lastEnd = '0'] = position.split(' ')
  for (const shard of await listShards(deps.pool)) {
    if (shard < Number(lastShard || -1)) continue
    const isLast = shard === Number(lastShard || -1)
    for (const appId of await listShardApps(deps.pool, shard)) {
      if (isLast && appId < lastApp) continue
      const from = isLast && appId === lastApp ? BigInt(lastEnd) : 0n
      for (const stretch of await ledgerStretchesOf(deps, { shard, appId, from })) {
        const look = await lookAtLedger(deps, stretch)
        yield { position: `${shard} ${appId} ${stretch.to}`, ...look }
      }
    }
  }
}

/** `position`: the space whose statements were compared last. */
async function* goOverStatements(deps: LookDeps, position: string): AsyncGenerator<Step> {
  for (const spaceId of await listLedgerSpaces(deps.pool)) {
    if (spaceId > position) yield { position: spaceId, differences: await lookAtStatements(deps, spaceId) }
  }
}

/** `position`: slices compared so far. */
async function* goOverIdentities(deps: LookDeps, position: string): AsyncGenerator<Step> {
  for (let slice = Number(position || 0); slice < CLAIM_SLICES; slice += 1) {
    yield { position: String(slice + 1), differences: await lookAtRepeatedClaims(deps, slice) }
  }
}

async function* goOverStrays(deps: LookDeps): AsyncGenerator<Step> {
  yield { position: '', differences: [...(await lookAtClaims(deps)), ...(await lookAtStrays(deps))] }
}
