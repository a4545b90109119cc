import type { PortalApp, SpaceAccess } from '@meterbook/db/postgres/portal'
import type { AppUsageView } from '../../features/usage/usage-view.ts'
import type { ViewAddress } from '../../features/usage/view-address.ts'
import { figuresOf } from './figures.ts'
import { aggregationOf } from './read-measured.ts'
import { appView, meterView, periodView, readGround, readQuantities } from './read-view.ts'
import type { Reading } from './reading.ts'

/** A meter that takes longer is left for the next read, a moment later: one slow meter must not keep the others back. */
const PATIENCE_MS = 600

/** One app: every meter over the same windows. */
export async function readAppUsage(input: {
  access: SpaceAccess
  reading?: Reading
  app: PortalApp
  address: ViewAddress
}): Promise<AppUsageView> {
  const { access, reading } = input
  // by the name it had in the state that is read
  const app = access.apps.find(({ id }) => id === input.app.id) ?? input.app
  const ground = await readGround({ access, apps: [app], address: input.address, reading })
  const readings = await readQuantities({
    access,
    apps: [app],
    meters: ground.meters,
    ground,
    groupByApp: true,
    patienceMs: PATIENCE_MS,
  })
  return {
    app: appView(app),
    period: periodView(ground, access),
    windows: ground.windows,
    environments: ground.environments,
    environment: ground.environment,
    meters: ground.meters.map((meter) => ({
      meter: meterView(meter),
      isPending: readings.pending.has(meter.slug),
      ...figuresOf({
        aggregation: aggregationOf(meter),
        windows: ground.windows,
        series: readings.series.filter((point) => point.meter === meter.slug),
        total: readings.totals.find((point) => point.meter === meter.slug),
        previous: readings.previous === null ? null : readings.previous.find((point) => point.meter === meter.slug),
      }),
    })),
  }
}
