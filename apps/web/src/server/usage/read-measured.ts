import type { Aggregation } from '@meterbook/core/kernel'
import { instantFromMs, instantToMs } from '@meterbook/core/kernel'
import { measuredValue } from '@meterbook/core/window'
import {
  type ClickHouseClient,
  readUsageSeries,
  type UsagePoint,
  type UsageSeriesInput,
} from '@meterbook/db/clickhouse'
import { queryMeter } from '@meterbook/db/clickhouse/usage-query'
import type { PortalMeter } from '@meterbook/db/postgres/portal'
import { heldRead, within } from './held-reads.ts'
import type { FrozenState } from './reading.ts'

/** A quantity in the meter's unit. `appId` null: all apps together; `windowStart` null: the whole range as one window. */
export type Measured = { meter: string; appId: string | null; windowStart: string | null; value: string }

export type MeasuredInput = Omit<UsageSeriesInput, 'meters' | 'groupByVersion' | 'asOf'> & {
  meters: readonly PortalMeter[]
  /** The asking instant: no level is carried beyond it. */
  now: Date
  /** How long to wait for a meter whose quantities are read from the records. */
  patienceMs: number
  /** As it stood then; left out: as it is. */
  asOf?: Pick<FrozenState, 'key' | 'positions'>
}

export type MeasuredReadings = { measured: Measured[]; wholes: Measured[]; pending: string[] }

/** Aggregations whose value rollups can give back. The next ones need the records: their order, each value, or levels integrated. */
const FROM_ROLLUPS: readonly Aggregation[] = ['SUM', 'COUNT', 'UNIQUE_COUNT', 'MIN', 'MAX', 'AVG']
const FROM_RECORDS: readonly Aggregation[] = ['TIME_WEIGHTED', 'LATEST', 'PERCENTILE']
/** Of the others nobody asks the extremes, which would have to be read again wherever usage was reversed. */
const EXTREMES: readonly Aggregation[] = ['MIN', 'MAX']
/** Levels move slowly, and reading them goes back to the records. */
const RECORDS_TTL_MS = 15_000
const RECORDS_STALE_MS = 120_000

/** Whether the quantity of the whole is the sum of its parts. */
export function isAdditive(aggregation: Aggregation): boolean {
  return aggregation === 'SUM' || aggregation === 'COUNT' || aggregation === 'TIME_WEIGHTED'
}

/** The aggregation a meter has now; a version that changed it began a meter that only shares the name. */
export function aggregationOf(meter: PortalMeter): Aggregation {
  return meter.versions.at(-1)?.aggregation ?? 'SUM'
}

/** Whether the whole range has to be asked for by itself: distinct values, ranks and levels are not folded from their windows. */
export function needsOwnTotal(meter: PortalMeter): boolean {
  const aggregation = aggregationOf(meter)
  return aggregation === 'UNIQUE_COUNT' || FROM_RECORDS.includes(aggregation)
}

/** Cheap to read, however long the range: what a page opens with. */
export function isFromRollups(meter: PortalMeter): boolean {
  return FROM_ROLLUPS.includes(aggregationOf(meter))
}

/** A percentile that does not say of which fraction has no value. */
export function isShown(meter: PortalMeter): boolean {
  return aggregationOf(meter) !== 'PERCENTILE' || percentileOf(meter) !== null
}

function percentileOf(meter: PortalMeter): string | null {
  return meter.versions.at(-1)?.percentile ?? null
}

/**
 * Reads quantities of several meters at once, each folded by its own aggregation and divided once. Distinct values are asked for over
 * all versions together, because they do not add. Meters that cannot be shown are left out.
 * `wholes` are the same readings over the whole range, for meters that can be folded from their windows; `pending` are the meters that
 * were not there in time.
 */
export async function readMeasured(client: ClickHouseClient, input: MeasuredInput): Promise<MeasuredReadings> {
  const { meters, now, patienceMs, asOf, ...rest } = input
  const common = { ...rest, asOf: asOf?.positions }
  const of = (aggregations: readonly Aggregation[]) =>
    meters.filter((meter) => aggregations.includes(aggregationOf(meter)))
  const single = of(FROM_RECORDS).filter(isShown)
  const distinct = of(['UNIQUE_COUNT'])
  const folded = of(FROM_ROLLUPS).filter((meter) => !distinct.includes(meter))
  const slugs = (list: readonly PortalMeter[]) => list.map((meter) => meter.slug)
  const [foldedPoints, distinctPoints, fromRecords] = await Promise.all([
    folded.length ? readUsageSeries(client, { ...common, meters: slugs(folded), extremesOf: slugs(of(EXTREMES)) }) : [],
    distinct.length ? readUsageSeries(client, { ...common, meters: slugs(distinct), groupByVersion: false }) : [],
    Promise.all(single.map((meter) => within(patienceMs, readHeld(client, meter, input)))),
  ])
  if (asOf && fromRecords.includes(null)) throw new Error('a frozen view took too long to read')
  const isWindowed = input.windowSize !== undefined
  const bySlug = new Map(folded.map((meter) => [meter.slug, meter]))
  const measured = [
    ...foldPoints(foldedPoints, bySlug, isWindowed),
    ...distinctPoints.map((point) => ({ ...placeOf(point, isWindowed), value: point.unique })),
    ...fromRecords.flatMap((rows) => rows ?? []),
  ]
  const wholes = foldPoints(foldedPoints, bySlug, false)
  return { measured, wholes, pending: slugs(single.filter((_, index) => fromRecords[index] === null)) }
}

/** One meter read from the records, kept for a moment. Meters without any record cost a look at the sort key and no more. */
function readHeld(client: ClickHouseClient, meter: PortalMeter, input: MeasuredInput): Promise<Measured[]> {
  const { spaceId, appIds, environments, from, to, windowSize, zone, groupByApp, now, asOf } = input
  const key = JSON.stringify([
    asOf?.key,
    spaceId,
    appIds,
    meter.slug,
    environments,
    from,
    to,
    windowSize,
    zone,
    groupByApp,
  ])
  const read = async () => {
    const rows = await queryMeter(client, {
      scope: { spaceId, appIds, environments: environments ?? null, asOf: asOf?.positions },
      meter: {
        slug: meter.slug,
        aggregation: aggregationOf(meter),
        percentile: percentileOf(meter),
        divisors: new Map(meter.versions.map(({ version, divisor }) => [version, divisor])),
      },
      from: instantFromMs(from.getTime()),
      to: instantFromMs(to.getTime()),
      windowSize,
      zone: zone ?? 'UTC',
      subjects: undefined,
      isBySubject: false,
      isByApp: groupByApp !== false,
      groupBy: [],
      filters: [],
      through: instantFromMs(now.getTime()),
    })
    return rows.map((row) => ({
      meter: meter.slug,
      appId: row.appId,
      windowStart: windowSize === undefined ? null : new Date(instantToMs(row.windowStart)).toISOString(),
      value: row.value,
    }))
  }
  return heldRead({ key, ttlMs: RECORDS_TTL_MS, staleMs: RECORDS_STALE_MS, nowMs: now.getTime(), read })
}

function foldPoints(
  points: readonly UsagePoint[],
  meters: ReadonlyMap<string, PortalMeter>,
  isWindowed: boolean,
): Measured[] {
  const groups = new Map<string, UsagePoint[]>()
  for (const point of points) {
    const key = `${point.meter}\n${point.appId ?? ''}\n${isWindowed ? point.windowStart : ''}`
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
