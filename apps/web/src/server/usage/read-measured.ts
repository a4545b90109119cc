import { type Aggregation, measuredValue } from '@meterbook/core/window'
import {
  type ClickHouseClient,
  readUsageSeries,
  type UsagePoint,
  type UsageSeriesInput,
} from '@meterbook/db/clickhouse'
import type { PortalMeter } from '@meterbook/db/postgres/portal'

/** A quantity in the meter's unit. `appId` null: all apps together; `windowStart` null: the whole range as one window. */
export type Measured = { meter: string; appId: string | null; windowStart: string | null; value: string }

export type MeasuredInput = Omit<UsageSeriesInput, 'meters' | 'groupByVersion'> & { meters: readonly PortalMeter[] }

/** Aggregations whose value rollups can give back. The others need the records' order, or their levels integrated. */
const FROM_ROLLUPS: readonly Aggregation[] = ['SUM', 'COUNT', 'UNIQUE_COUNT', 'MIN', 'MAX', 'AVG']

/** Whether the quantity of the whole is the sum of its parts. */
export function isAdditive(aggregation: Aggregation): boolean {
  return aggregation === 'SUM' || aggregation === 'COUNT' || aggregation === 'TIME_WEIGHTED'
}

/** The aggregation a meter has now; a version that changed it began a meter that only shares the name. */
export function aggregationOf(meter: PortalMeter): Aggregation {
  return meter.versions.at(-1)?.aggregation ?? 'SUM'
}

export function isShown(meter: PortalMeter): boolean {
  return FROM_ROLLUPS.includes(aggregationOf(meter))
}

/**
 * Reads quantities of several meters at once, each folded by its own aggregation and divided once. Distinct values are asked for over
 * all versions together, because they do not add. Meters that rollups cannot answer are left out.
 */
export async function readMeasured(client: ClickHouseClient, { meters, ...input }: MeasuredInput): Promise<Measured[]> {
  const shown = meters.filter(isShown)
  const distinct = shown.filter((meter) => aggregationOf(meter) === 'UNIQUE_COUNT')
  const folded = shown.filter((meter) => aggregationOf(meter) !== 'UNIQUE_COUNT')
  const slugs = (list: readonly PortalMeter[]) => list.map((meter) => meter.slug)
  const [foldedPoints, distinctPoints] = await Promise.all([
    folded.length ? readUsageSeries(client, { ...input, meters: slugs(folded) }) : [],
    distinct.length ? readUsageSeries(client, { ...input, meters: slugs(distinct), groupByVersion: false }) : [],
  ])
  const isWindowed = input.windowSize !== undefined
  return [
    ...foldPoints(foldedPoints, new Map(folded.map((meter) => [meter.slug, meter])), isWindowed),
    ...distinctPoints.map((point) => ({ ...placeOf(point, isWindowed), value: point.unique })),
  ]
}

function foldPoints(
  points: readonly UsagePoint[],
  meters: ReadonlyMap<string, PortalMeter>,
  isWindowed: boolean,
): Measured[] {
  const groups = new Map<string, UsagePoint[]>()
  for (const point of points) {
    const key = `${point.meter}\n${point.appId ?? ''}\n${point.windowStart}`
    const group = groups.get(key)
    if (group) group.push(point)
    else groups.set(key, [point])
  }
  const measured: Measured[] = []
  for (const group of groups.values()) {
    const [first] = group
    const meter = first && meters.get(first.meter)
    const value =
      meter &&
      measuredValue(
        aggregationOf(meter),
        group.map((point) => partOf(point, meter)),
      )
    if (first && value != null) measured.push({ ...placeOf(first, isWindowed), value })
  }
  return measured
}

function partOf(point: UsagePoint, meter: PortalMeter) {
  const { count, sum, min, max } = point
  const divisor = meter.versions.find(({ version }) => version === point.meterVersion)?.divisor
  if (divisor === undefined)
    throw new Error(`usage of version ${point.meterVersion} of meter ${meter.slug}, which the catalogue does not have`)
  return { divisor, count, sum, min, max, latest: null, latestOrder: [], levelMicros: '0' }
}

function placeOf(point: UsagePoint, isWindowed: boolean): Omit<Measured, 'value'> {
  return { meter: point.meter, appId: point.appId, windowStart: isWindowed ? point.windowStart : null }
}
