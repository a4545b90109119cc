import { compareDecimals } from '@meterbook/core/kernel'
import type { PortalApp, SpaceAccess } from '@meterbook/db/postgres/portal'
import { TRPCError } from '@trpc/server'
import { admitted } from '../../features/usage/usage-filter.ts'
import type { AppFigures, SpaceUsageView } from '../../features/usage/usage-view.ts'
import type { ViewAddress } from '../../features/usage/view-address.ts'
import { figuresOf, shareOf } from './figures.ts'
import { throughOf } from './read-freshness.ts'
import { aggregationOf, isAdditive, isFromRollups } from './read-measured.ts'
import { appView, type Ground, meterView, periodView, type Readings, readGround, readQuantities } from './read-view.ts'
import type { Reading } from './reading.ts'

/** The page is about this one meter: without it there is nothing to show. */
const PATIENCE_MS = 30_000

/**
 * One meter over all apps in sight, together and one by one. What stands for all of them is read as one group and never added up here:
 * a person who uses two apps is one person.
 */
export async function readSpaceUsage(input: {
  access: SpaceAccess
  reading?: Reading
  address: ViewAddress
}): Promise<SpaceUsageView> {
  const { access, address, reading } = input
  const slugs = admitted(
    address.filters,
    'app',
    access.apps.map(({ slug }) => slug),
  )
  const shown = access.apps.filter(({ slug }) => slugs.includes(slug))
  const ground = await readGround({ access, apps: shown, address, reading })
  const meter =
    ground.meters.find(({ slug }) => slug === address.meter) ?? ground.meters.find(isFromRollups) ?? ground.meters[0]
  if (!meter) throw new TRPCError({ code: 'PRECONDITION_FAILED', message: 'The catalogue has no meter yet' })
  const asked = { access, apps: shown, meters: [meter], ground, patienceMs: PATIENCE_MS }
  const [together, apart] = await Promise.all([
    readQuantities({ ...asked, groupByApp: false }),
    readQuantities({ ...asked, groupByApp: true }),
  ])
  const aggregation = aggregationOf(meter)
  const consolidated = figuresOf({
    aggregation,
    windows: ground.windows,
    series: together.series,
    total: together.totals[0],
    previous: together.previous === null ? null : together.previous[0],
  })
  const apps = shown.map((app): AppFigures => {
    const figures = figuresOfApp({ app, aggregation, ground, readings: apart })
    return {
      app: appView(app),
      ...figures,
      share: isAdditive(aggregation) ? shareOf(figures.total, consolidated.total) : null,
      through: throughOf(ground.progress, [app]).toISOString(),
    }
  })
  return {
    meter: meterView(meter),
    meters: ground.meters.map(meterView),
    period: periodView(ground, access),
    windows: ground.windows,
    consolidated,
    // an app that has left the space stays while it has usage to show
    apps: apps.filter(({ app, total, previous }) => app.isOwned || isSome(total) || isSome(previous)).sort(byTotal),
    environments: ground.environments,
    environment: ground.environment,
  }
}

function figuresOfApp(input: {
  app: PortalApp
  aggregation: ReturnType<typeof aggregationOf>
  ground: Ground
  readings: Readings
}) {
  const ofApp = (point: { appId: string | null }) => point.appId === input.app.id
  return figuresOf({
    aggregation: input.aggregation,
    windows: input.ground.windows,
    series: input.readings.series.filter(ofApp),
    total: input.readings.totals.find(ofApp),
    previous: input.readings.previous === null ? null : input.readings.previous.find(ofApp),
  })
}

function isSome(quantity: string | null): boolean {
  return quantity !== null && compareDecimals(quantity, '0') !== 0
}

/** Largest first; unknown last; then by name, so that equal rows do not dance. */
function byTotal(a: AppFigures, b: AppFigures): number {
  if (a.total !== null && b.total !== null) {
    const order = compareDecimals(b.total, a.total)
    if (order !== 0) return order
  } else if (a.total !== b.total) return a.total === null ? 1 : -1
  return a.app.name.localeCompare(b.app.name, 'en')
}
