import { fromScaled, type Instant, QUANTITY_SCALE } from '../kernel/index.ts'
import type { Comparison, Difference, DifferenceScope, Figure } from './difference.ts'
import { type Contribution, nearestMoment, TORN_GROUPS_MAX } from './torn-moment.ts'

/** One hour of one app, meter, version, space, environment and exemption; quantities times 10^30. */
export interface RollupCell extends Contribution {
  spaceId: string
  appId: string
  meter: string
  meterVersion: number
  environment: string
  isExempt: boolean
  hour: Instant
  minimum: bigint
  maximum: bigint
  distinct: bigint
}

type CellKey = Omit<RollupCell, keyof Contribution | 'minimum' | 'maximum' | 'distinct'>

export interface RollupComparison {
  differences: Difference[]
  /** Cells that cannot be judged now: too many groups were in flight. Not differences; they are to be looked at again. */
  undecided: number
}

/**
 * Rollups against the usage records that they were made of. `records`: from records of closed groups, and from those that no group in
 * flight can have written. `inFlight`: what each group in flight at the time of reading adds, each to one cell.
 */
export function compareRollups(input: {
  records: readonly RollupCell[]
  rollups: Record<'rollup_minute' | 'rollup_hour', readonly RollupCell[]>
  inFlight: readonly { cell: CellKey; contribution: Contribution }[]
}): RollupComparison {
  const records = new Map(input.records.map((cell) => [keyOf(cell), cell]))
  const inFlight = new Map<string, Contribution[]>()
  for (const { cell, contribution } of input.inFlight) {
    const known = inFlight.get(keyOf(cell))
    if (known) known.push(contribution)
    else inFlight.set(keyOf(cell), [contribution])
  }
  const differences: Difference[] = []
  let undecided = 0
  for (const what of ['rollup_minute', 'rollup_hour'] as const) {
    const cells = new Map(input.rollups[what].map((cell) => [keyOf(cell), cell]))
    for (const key of new Set([...records.keys(), ...cells.keys()])) {
      const pair = { what, record: records.get(key), rollup: cells.get(key) }
      const found = compareCell(pair, inFlight.get(key) ?? [])
      if (found === null) undecided += 1
      else differences.push(...found)
    }
  }
  return { differences, undecided }
}

const ADDED = ['count', 'sum', 'reversals'] as const
const SPANNED = ['minimum', 'maximum', 'distinct'] as const

function compareCell(
  { what, record, rollup }: { what: Comparison; record: RollupCell | undefined; rollup: RollupCell | undefined },
  inFlight: readonly Contribution[],
): Difference[] | null {
  const cell = record ?? rollup
  if (cell === undefined) return []
  const surplus = {
    count: (rollup?.count ?? 0n) - (record?.count ?? 0n),
    sum: (rollup?.sum ?? 0n) - (record?.sum ?? 0n),
    reversals: (rollup?.reversals ?? 0n) - (record?.reversals ?? 0n),
  }
  const scope = (figure: Figure): DifferenceScope => ({
    what,
    figure,
    shard: null,
    first: null,
    last: null,
    appId: cell.appId,
    meter: cell.meter,
    meterVersion: cell.meterVersion,
    hour: cell.hour,
    spaceId: cell.spaceId,
    environment: cell.environment,
    isExempt: cell.isExempt,
  })
  // Extremes and distinct values of a moving hour are judged when it rests.
  const moment = inFlight.length > TORN_GROUPS_MAX ? null : nearestMoment(surplus, inFlight)
  if (moment === null) return null
  const added = ADDED.filter((figure) => surplus[figure] !== moment[figure]).map((figure) =>
    sized(scope(figure), (record?.[figure] ?? 0n) + moment[figure], rollup?.[figure] ?? 0n),
  )
  if (inFlight.length > 0 || record === undefined || rollup === undefined) return added
  const spanned = SPANNED.filter((figure) => rollup[figure] !== record[figure]).map((figure) =>
    sized(scope(figure), record[figure], rollup[figure]),
  )
  return [...added, ...spanned]
}

function sized(scope: DifferenceScope, expected: bigint, found: bigint): Difference {
  const scale = scope.figure === 'sum' || scope.figure === 'minimum' || scope.figure === 'maximum' ? QUANTITY_SCALE : 0
  return {
    ...scope,
    expected: fromScaled(expected, scale),
    found: fromScaled(found, scale),
    difference: fromScaled(found - expected, scale),
    positions: [],
  }
}

function keyOf(cell: CellKey): string {
  const { hour, meterVersion, isExempt, appId, spaceId, meter, environment } = cell
  // Environments are free text; nothing before them in the key is.
  return `${hour} ${meterVersion} ${isExempt} ${appId} ${spaceId} ${meter} ${environment}`
}
