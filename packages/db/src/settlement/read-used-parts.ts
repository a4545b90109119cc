import { type Instant, QUANTITY_SCALE } from '@meterbook/core/kernel'
import { type MeterBase, quantityOfBases } from '@meterbook/core/posting'
import { scaledOf } from '@meterbook/core/rating'
import {
  type ClickHouseClient,
  type MeasuredPiece,
  readMeasuredLevels,
  readMeasuredSums,
  SETTLEMENT_CELLS_MAX,
  type SettlementCell,
} from '../clickhouse/index.ts'
import { type BillingFacts, baseOf } from './billing-facts.ts'
import { hourOf } from './read-windows.ts'

/** Within one hour of one account and environment: how much had been used by each cut, ascending; the last one is all of the hour. */
export type UsedParts = ReadonlyMap<string, { until: Instant; used: bigint }[]>

/**
 * How the usage of some hours lies within them: cut at the instants asked for, as of a journal number. Quantities at the scale of quantities, by
 * partKey of the hour. What was used by a cut does not depend on the other cuts.
 */
export async function readUsedParts(
  clickhouse: ClickHouseClient,
  input: {
    facts: BillingFacts
    spaceId: string
    shard: number
    through: bigint
    cells: readonly SettlementCell[]
    cuts: readonly Instant[]
  },
): Promise<UsedParts> {
  const { facts, spaceId, shard, through, cells, cuts } = input
  const asked = { shard, through, cuts }
  const pages = Array.from({ length: Math.ceil(cells.length / SETTLEMENT_CELLS_MAX) }, (_, page) =>
    cells.slice(page * SETTLEMENT_CELLS_MAX, (page + 1) * SETTLEMENT_CELLS_MAX),
  )
  const found = await Promise.all(
    pages.flatMap((page) => [
      readMeasuredSums(clickhouse, { ...asked, cells: page, meters: facts.pricedMeters(['SUM', 'COUNT']) }).then(
        (pieces) => basesOf(facts, pieces, false),
      ),
      readMeasuredLevels(clickhouse, { ...asked, cells: page, meters: facts.pricedMeters(['TIME_WEIGHTED']) }).then(
        (pieces) => basesOf(facts, pieces, true),
      ),
    ]),
  )
  const parts = Map.groupBy(
    found.flat().filter(({ piece }) => piece.spaceId === spaceId),
    ({ piece, capability }) => partKey({ ...piece, capability, at: piece.start }),
  )
  return new Map([...parts].map(([key, pieces]) => [key, addedUp(pieces)]))
}

/** The environment comes last: whatever it holds, two hours are not taken for one. */
export function partKey(of: {
  appId: string
  capability: string
  environment: string
  isExempt: boolean
  at: Instant
}): string {
  return `${of.appId} ${of.capability} ${hourOf(of.at)} ${of.isExempt} ${of.environment}`
}

interface Part {
  piece: MeasuredPiece
  capability: string
  base: MeterBase
}

function basesOf(facts: BillingFacts, pieces: readonly MeasuredPiece[], isLevel: boolean): Part[] {
  return pieces.flatMap((piece) => {
    const meter = facts.meter(piece.meter)
    const base = meter === null ? null : baseOf(meter, piece, isLevel)
    if (meter === null || base === null) return []
    return {
      piece,
      capability: meter.capabilityKey,
      base: { meter: piece.meter, version: piece.meterVersion, ...base },
    }
  })
}

function addedUp(parts: readonly Part[]): { until: Instant; used: bigint }[] {
  const bases: MeterBase[] = []
  const ends = [...new Set(parts.map(({ piece }) => piece.end))].sort((a, b) => (a < b ? -1 : 1))
  return ends.map((until) => {
    for (const { piece, base } of parts) if (piece.end === until) bases.push(base)
    return { until, used: scaledOf(quantityOfBases(bases), QUANTITY_SCALE) }
  })
}
