import { allowanceUses } from '@meterbook/core/forecast'
import { compareDecimals, formatInstant, instantFromMs } from '@meterbook/core/kernel'
import { type ClickHouseClient, countByReason, readAppPulse } from '@meterbook/db/clickhouse'
import { queryMeter } from '@meterbook/db/clickhouse/usage-query'
import { listMeterDefinitions } from '@meterbook/db/postgres'
import { listMeters, type PortalApp, type SpaceAccess } from '@meterbook/db/postgres/portal'
import type { AllowanceView } from '../../features/overview/overview-view.ts'
import type { EventStores } from '../events/event-sight.ts'
import { readUsageDays } from '../forecast/read-usage-days.ts'
import { readKeys } from '../keys/manage-keys.ts'
import { versionInForce } from '../meters/read-meters.ts'
import { prisma } from '../portal/stores.ts'
import { holdsRight } from '../trpc/space-right.ts'
import { heldRead } from '../usage/held-reads.ts'
import { readProgress, throughOf } from '../usage/read-freshness.ts'
import { aggregationOf, isAdditive, readMeasured } from '../usage/read-measured.ts'
import { allowanceView, namesOf } from './overview-names.ts'

const MINUTE = 60_000_000n
const HOUR = 60n * MINUTE
const DAY = 24n * HOUR
const RATE_MINUTES = 5n
const HELD_DAYS = 30n
const TOP_METERS_MAX = 2
const TOP_VALUES_MAX = 5
const SLOW_TTL_MS = 60_000
const SLOW_STALE_MS = 120_000

type Asked = { access: SpaceAccess; app: PortalApp }

/** What an app sends now, what of it is held, what it is made of, and the keys it has. `keys` null: not the caller's to see. */
export async function readAppLife(stores: EventStores, { access, app }: Asked) {
  const nowMs = Date.now()
  const now = instantFromMs(nowMs)
  const slow = <T>(what: string, read: () => Promise<T>) =>
    heldRead({ key: `${what} ${access.space.id} ${app.id}`, ttlMs: SLOW_TTL_MS, staleMs: SLOW_STALE_MS, nowMs, read })
  const [progress, minutes, held, top, keys] = await Promise.all([
    readProgress([app]),
    readAppPulse(stores.clickhouse, {
      ...{ spaceId: access.space.id, appIds: [app.id], from: now - HOUR - MINUTE, to: now + HOUR, size: 'minute' },
    }),
    slow('held of app', () => readHeld(stores.clickhouse, { access, app })),
    slow('top of app', () => readTop(stores, { access, app })),
    holdsRight(access, 'manage keys') && app.isOwned ? readKeys(stores.pool, [app]) : null,
  ])
  const begun = now - (now % MINUTE)
  const countSince = (from: bigint) =>
    minutes.filter(({ start }) => start >= from && start < begun).reduce((sum, { count }) => sum + count, 0)
  return {
    asOf: formatInstant(now),
    through: throughOf(progress, [app]).toISOString(),
    /** mean of the last whole minutes */
    perMinute: countSince(begun - RATE_MINUTES * MINUTE) / Number(RATE_MINUTES),
    lastHour: countSince(begun - HOUR),
    pulse: {
      name: app.name,
      series: app.series,
      minutes: minutes.map(({ start, count }) => ({ start: formatInstant(start), count })),
    },
    held,
    top,
    keys:
      keys
        ?.filter(({ state }) => state === 'active')
        .map(({ id, name, shown, lastUsedAt }) => ({ id, name, shown, lastUsedAt })) ?? null,
  }
}

async function readHeld(client: ClickHouseClient, { access, app }: Asked) {
  const now = instantFromMs(Date.now())
  const reasons = await countByReason(client, {
    ...{ appIds: [app.id], spaceId: access.space.id, environments: null, verdicts: ['quarantined', 'conflict'] },
    ...{ from: now - HELD_DAYS * DAY, isReal: true },
  })
  return reasons.map(({ verdict, reason, events, last }) => ({ verdict, reason, events, last: formatInstant(last) }))
}

/** Of the meters with dimensions that it used most lately: their first dimension, its largest values. */
async function readTop({ pool, clickhouse }: EventStores, { access, app }: Asked) {
  const nowDate = new Date()
  const now = instantFromMs(nowDate.getTime())
  const [meters, definitions] = await Promise.all([listMeters(prisma()), listMeterDefinitions(pool)])
  const dimensionOf = (slug: string) => {
    const versions = definitions.find((definition) => definition.slug === slug)?.versions ?? []
    return Object.keys(versionInForce(versions, now)?.groupBy ?? {})[0]
  }
  const able = meters.filter((meter) => isAdditive(aggregationOf(meter)) && aggregationOf(meter) !== 'TIME_WEIGHTED')
  const split = able.filter(({ slug }) => dimensionOf(slug) !== undefined)
  const from = new Date(nowDate.getTime() - Number(DAY / 1000n))
  const { measured } = await readMeasured(clickhouse, {
    ...{ spaceId: access.space.id, appIds: [app.id], meters: split, from, to: nowDate, groupByApp: true, now: nowDate },
    patienceMs: 1_000,
  })
  const used = split.filter(({ slug }) => measured.some(({ meter, value }) => meter === slug && value !== '0'))
  return Promise.all(
    used.slice(0, TOP_METERS_MAX).map(async (meter) => {
      const dimension = dimensionOf(meter.slug) ?? ''
      const rows = await queryMeter(clickhouse, {
        scope: { spaceId: access.space.id, appIds: [app.id], environments: null },
        meter: {
          slug: meter.slug,
          aggregation: aggregationOf(meter),
          percentile: null,
          divisors: new Map(meter.versions.map(({ version, divisor }) => [version, divisor])),
        },
        from: now - DAY,
        to: now,
        windowSize: undefined,
        zone: 'UTC',
        subjects: undefined,
        isBySubject: false,
        isByApp: false,
        groupBy: [dimension],
        filters: [],
        through: now,
      })
      const values = rows
        .map((row) => ({ name: row.groups[dimension] ?? '', quantity: row.value }))
        .sort((a, b) => compareDecimals(b.quantity, a.quantity))
        .slice(0, TOP_VALUES_MAX)
      return { meter: meter.name, dimension, unit: meter.unit, values }
    }),
  )
}

/** How far an app's allowances of this month are used up; what a day costs then is for who sees the cost. */
export async function readAppAllowances(stores: EventStores, { access, app }: Asked) {
  const { space } = access
  const now = instantFromMs(Date.now())
  const read = await readUsageDays(stores, { space, at: now, now })
  if ('unavailable' in read) return { state: 'unavailable' as const, why: read.unavailable }
  const own = { ...read.usage, accounts: read.usage.accounts.filter(({ appId }) => appId === app.id) }
  const names = await namesOf(stores, { access, appIds: [app.id] })
  const seesCost = holdsRight(access, 'see cost')
  const uses = allowanceUses(own, read.period).map((use): AllowanceView => allowanceView(use, names))
  return {
    state: 'ready' as const,
    asOf: formatInstant(now),
    currency: seesCost ? space.currency : null,
    uses: seesCost ? uses : uses.map((use) => ({ ...use, dayAfter: '' })),
  }
}
