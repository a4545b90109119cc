import { instantFromMs, instantToMs } from '@meterbook/core/kernel'
import {
  listEnvironments,
  listMeters,
  type PortalApp,
  type PortalMeter,
  type SpaceAccess,
} from '@meterbook/db/postgres/portal'
import { admitted } from '../../features/usage/usage-filter.ts'
import type { AppView, MeterView, PeriodView, UsageWindow } from '../../features/usage/usage-view.ts'
import type { ViewAddress } from '../../features/usage/view-address.ts'
import { clickhouse, prisma } from '../portal/stores.ts'
import { bucketState } from './bucket-state.ts'
import { heldRead } from './held-reads.ts'
import { type Progress, readProgress, throughOf } from './read-freshness.ts'
import {
  aggregationOf,
  isAdditive,
  isFromRollups,
  isShown,
  type Measured,
  type MeasuredInput,
  type MeasuredReadings,
  needsOwnTotal,
  readMeasured,
} from './read-measured.ts'
import { type FrozenState, progressThen, type Reading } from './reading.ts'
import { type Period, resolvePeriod } from './resolve-period.ts'

/** Names of meters and environments, which say nothing of anybody's usage or rights. */
const CATALOGUE_TTL_MS = 5_000
const FROZEN_PATIENCE_MS = 60_000
const PREVIOUS_TTL_MS = 10_000
const PREVIOUS_STALE_MS = 60_000

/** What every page of usage needs before it can ask for quantities. */
export type Ground = {
  progress: Progress
  period: Period
  windows: UsageWindow[]
  environments: string[]
  /** Those that the filters let through; null: nothing is filtered by environment. */
  shownEnvironments: string[] | null
  /** The only one shown, if it is one. */
  environment: string | null
  meters: PortalMeter[]
  /** Null: what is read is live. */
  frozen: FrozenState | null
}

/** Quantities of one page: along its windows, over its range, and over the stretch compared with; null where nothing is compared. */
export type Readings = {
  series: Measured[]
  totals: Measured[]
  previous: Measured[] | null
  pending: ReadonlySet<string>
}

/** Where, when and in what names to read: of now, or of the state that was frozen. */
export async function readGround(input: {
  access: SpaceAccess
  apps: readonly PortalApp[]
  address: ViewAddress
  /** left out: live */
  reading?: Reading | undefined
}): Promise<Ground> {
  const { access, apps, address } = input
  const frozen = input.reading?.kind === 'frozen' ? input.reading.state : null
  const { progress, environments, meters } = frozen ? frozenFacts(frozen, apps) : await readFacts(apps)
  const period = resolvePeriod({
    address,
    now: instantFromMs(progress.now.getTime()),
    billingZone: access.space.billingZone,
  })
  const at = {
    now: instantFromMs(progress.now.getTime()),
    through: instantFromMs(throughOf(progress, apps).getTime()),
  }
  const windows = period.windows.map((window) => ({
    start: isoOf(window.start),
    end: isoOf(window.end),
    state: bucketState(window, at),
  }))
  const isFiltered = address.filters.some(({ dimension }) => dimension === 'environment')
  const shownEnvironments = isFiltered ? admitted(address.filters, 'environment', environments) : null
  const environment = shownEnvironments?.length === 1 ? (shownEnvironments[0] ?? null) : null
  return { progress, period, windows, environments, shownEnvironments, environment, meters, frozen }
}

type Facts = Pick<Ground, 'progress' | 'environments' | 'meters'>

async function readFacts(apps: readonly PortalApp[]): Promise<Facts> {
  const ids = apps.map((app) => app.id)
  const nowMs = Date.now()
  const [progress, environments, meters] = await Promise.all([
    readProgress(apps),
    heldRead({
      key: `environments ${ids.join()}`,
      ttlMs: CATALOGUE_TTL_MS,
      nowMs,
      read: () => listEnvironments(prisma(), ids),
    }),
    heldRead({ key: 'meters', ttlMs: CATALOGUE_TTL_MS, nowMs, read: () => listMeters(prisma()) }),
  ])
  return { progress, environments, meters }
}

function frozenFacts(state: FrozenState, apps: readonly PortalApp[]): Facts {
  const { names } = state
  const environments = new Set(apps.flatMap(({ id }) => names.environments[id] ?? []))
  return { progress: progressThen(state), environments: [...environments].sort(), meters: names.meters }
}

export async function readQuantities(input: {
  access: SpaceAccess
  apps: readonly PortalApp[]
  meters: readonly PortalMeter[]
  ground: Ground
  groupByApp: boolean
  patienceMs: number
}): Promise<Readings> {
  const { period, shownEnvironments, frozen } = input.ground
  const common = {
    spaceId: input.access.space.id,
    appIds: input.apps.map((app) => app.id),
    meters: input.meters,
    ...(shownEnvironments === null ? {} : { environments: shownEnvironments }),
    zone: period.zone,
    groupByApp: input.groupByApp,
    now: input.ground.progress.now,
    // a frozen view is the same each time: it waits for all of its figures
    patienceMs: frozen ? FROZEN_PATIENCE_MS : input.patienceMs,
    ...(frozen && { asOf: frozen }),
  }
  const range = { from: dateOf(period.from), to: dateOf(period.to) }
  const before = { from: dateOf(period.previous.from), to: dateOf(period.previous.to) }
  const own = input.meters.filter(needsOwnTotal)
  const [series, totals, previous] = await Promise.all([
    readMeasured(clickhouse(), { ...common, ...range, windowSize: period.granularity }),
    readMeasured(clickhouse(), { ...common, ...range, meters: own }),
    period.compare === 'none' ? { measured: [], pending: [] } : readPrevious({ ...common, ...before }),
  ])
  return {
    series: series.measured,
    totals: [...series.wholes, ...totals.measured],
    previous: period.compare === 'none' ? null : previous.measured,
    pending: new Set([series, totals, previous].flatMap(({ pending }) => pending)),
  }
}

/** The past moves only by late events: it is held for a moment, while the present is read each time. Levels are held by themselves. */
async function readPrevious(input: MeasuredInput): Promise<Pick<MeasuredReadings, 'measured' | 'pending'>> {
  const { now, meters, patienceMs, asOf, ...rest } = input
  const quick = meters.filter(isFromRollups)
  const key = JSON.stringify(['previous', asOf?.key, rest, quick.map(({ slug }) => slug)])
  const read = () => readMeasured(clickhouse(), { ...input, meters: quick })
  const [held, levels] = await Promise.all([
    heldRead({ key, ttlMs: PREVIOUS_TTL_MS, staleMs: PREVIOUS_STALE_MS, nowMs: now.getTime(), read }),
    readMeasured(clickhouse(), { ...input, meters: meters.filter((meter) => !isFromRollups(meter)) }),
  ])
  return { measured: [...held.measured, ...levels.measured], pending: levels.pending }
}

export function periodView({ period, progress }: Ground, access: SpaceAccess): PeriodView {
  return {
    from: isoOf(period.from),
    to: isoOf(period.to),
    zone: period.zone,
    billingZone: access.space.billingZone,
    granularity: period.granularity,
    granularities: period.granularities,
    asOf: progress.now.toISOString(),
    compare: period.compare,
    previous: { from: isoOf(period.previous.from), to: isoOf(period.previous.to) },
  }
}

export function meterView(meter: PortalMeter): MeterView {
  const aggregation = aggregationOf(meter)
  return {
    slug: meter.slug,
    name: meter.name,
    description: meter.description,
    unit: meter.unit,
    capability: meter.capabilityName,
    aggregation,
    isAdditive: isAdditive(aggregation),
    isShown: isShown(meter),
  }
}

export function appView({ id, slug, name, series, isOwned, isArchived }: PortalApp): AppView {
  return { id, slug, name, series, isOwned, isArchived }
}

function dateOf(instant: bigint): Date {
  return new Date(instantToMs(instant))
}

function isoOf(instant: bigint): string {
  return dateOf(instant).toISOString()
}
