import { type Difference, type DifferenceScope, sameDifferences } from '@meterbook/core/reconciliation'
import {
  type ClosedThrough,
  findClaimDifferences,
  findRepeatedClaims,
  listStrays,
  type Strays,
} from '@meterbook/db/clickhouse'
import { findActs, readFrontiers } from '@meterbook/db/postgres'
import type { LookDeps } from './look.ts'

const POSITIONS_MAX = 5

/** A difference that the next look does not find again was of the moment. */
async function twice(look: () => Promise<Difference[]>): Promise<Difference[]> {
  const first = await look()
  return first.length === 0 ? first : sameDifferences(first, await look())
}

/** Identities against the event index: every event that was counted or held when it was taken has claimed its identity, and no other. */
export function lookAtClaims(deps: LookDeps): Promise<Difference[]> {
  return twice(() => compareClaims(deps))
}

async function compareClaims(deps: LookDeps): Promise<Difference[]> {
  const frontiers = await readFrontiers(deps.pool)
  const closed = new Map(frontiers.map((each) => [each.shard, each.closed]))
  const found = await findClaimDifferences(deps.clickhouse, closed)
  await deps.rest()
  return found.flatMap(({ shard, first, last, expected, missing, unknown }) => {
    const range = { shard, first, last }
    return [
      ...sized({ ...range, figure: 'missing', expected, difference: -BigInt(missing.length), events: missing }),
      ...sized({ ...range, figure: 'unknown', expected: 0n, difference: BigInt(unknown.length), events: unknown }),
    ]
  })
}

/** Identities that were claimed more than once, in one slice of them (see CLAIM_SLICES): events counted although they had been taken before. */
export function lookAtRepeatedClaims(deps: LookDeps, slice: number): Promise<Difference[]> {
  return twice(() => compareRepeatedClaims(deps, slice))
}

async function compareRepeatedClaims(deps: LookDeps, slice: number): Promise<Difference[]> {
  const claims = await findRepeatedClaims(deps.clickhouse, slice)
  await deps.rest()
  const byBatch = new Map<string, typeof claims>()
  for (const claim of claims) {
    const key = `${claim.shard}:${claim.batch}`
    byBatch.set(key, [...(byBatch.get(key) ?? []), claim])
  }
  return [...byBatch.values()].flatMap((events) => {
    const [{ shard, batch } = { shard: 0, batch: 0n }] = events
    const range = { shard, first: batch, last: batch }
    return sized({ ...range, figure: 'repeated', expected: 0n, difference: BigInt(events.length), events })
  })
}

/** Rows that name a journal batch which does not exist, or which is no act although they say that an act wrote them. */
export function lookAtStrays(deps: LookDeps): Promise<Difference[]> {
  return twice(() => compareStrays(deps))
}

async function compareStrays(deps: LookDeps): Promise<Difference[]> {
  const opened = async (): Promise<ClosedThrough> =>
    new Map((await readFrontiers(deps.pool)).map((each) => [each.shard, each.opened]))
  const strays = await listStrays(deps.clickhouse, await opened())
  // What was begun while we read is no stray.
  const now = await opened()
  await deps.rest()
  const kept: Strays[] = []
  for (const shard of new Set(strays.map((each) => each.shard))) {
    const ofShard = strays.filter((each) => each.shard === shard)
    const acts = await findActs(deps.pool, { shard, numbers: ofShard.map(({ recorder }) => recorder) })
    kept.push(
      ...ofShard.filter(({ recorder, isFirst }) =>
        isFirst ? recorder === 0n || recorder > (now.get(shard) ?? 0n) : !acts.has(recorder),
      ),
    )
  }
  return kept.map(({ table, shard, recorder, appId, meter, rows, isFirst }) => ({
    ...{ what: table, figure: 'stray', shard, first: recorder, last: recorder, appId, meter },
    ...{ meterVersion: null, hour: null, spaceId: '', environment: '', isExempt: null },
    ...{ expected: '0', found: rows.toString(), difference: rows.toString() },
    positions: isFirst ? [] : ['not an act'],
  }))
}

function sized(input: {
  shard: number
  first: bigint
  last: bigint
  figure: DifferenceScope['figure']
  expected: bigint
  difference: bigint
  events: readonly { batch: bigint; pos: number }[]
}): Difference[] {
  const { shard, first, last, figure, expected, difference, events } = input
  if (difference === 0n) return []
  return [
    {
      ...{ what: 'event_identity', figure, shard, first, last, appId: '', meter: '' },
      ...{ meterVersion: null, hour: null, spaceId: '', environment: '', isExempt: null },
      expected: expected.toString(),
      found: (expected + difference).toString(),
      difference: difference.toString(),
      positions: events.slice(0, POSITIONS_MAX).map(({ batch, pos }) => `${batch}:${pos}`),
    },
  ]
}
