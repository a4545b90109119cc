import { instantFromMs } from '@meterbook/core/kernel'
import type { WindowSize } from '@meterbook/core/window'
import { type DimensionFilter, type MeterRow, queryMeter } from '@meterbook/db/clickhouse/usage-query'
import type { PortalApp, PortalMeter, SpaceAccess } from '@meterbook/db/postgres/portal'
import { admitted, type Dimension, type UsageFilter } from '../../features/usage/usage-filter.ts'
import type { Basis, ViewAddress } from '../../features/usage/view-address.ts'
import { clickhouse } from '../portal/stores.ts'
import { heldRead } from '../usage/held-reads.ts'
import { aggregationOf } from '../usage/read-measured.ts'
import type { FrozenState } from '../usage/reading.ts'

/** Where levels or single records are read, the same question is asked again by every open page. */
const HELD_TTL_MS = 1_000
const HELD_STALE_MS = 5_000

/** What is read of one meter; `levels`: split by these. */
export interface GroupQuestion {
  access: SpaceAccess
  apps: readonly PortalApp[]
  meter: PortalMeter
  address: ViewAddress
  zone: string
  now: Date
  /** as it stood then; left out: as it is */
  asOf?: Pick<FrozenState, 'key' | 'positions'> | undefined
}

/** A meter's value by group, and by window where a size is named. The keys of apps are their slugs. */
export async function readGroups(
  question: GroupQuestion,
  input: { levels: readonly Dimension[]; from: bigint; to: bigint; size: WindowSize | undefined },
): Promise<{ keys: string[]; start: bigint; value: string }[]> {
  const { access, meter, address, zone, now } = question
  const { levels, from, to, size } = input
  const apps = shownApps(question.apps, address.filters)
  if (apps.length === 0) return []
  const groupBy = levels.filter((level) => level !== 'app').map(columnOf)
  const filters = filtersOf(address.filters, address.basis)
  const asked = {
    scope: {
      spaceId: access.space.id,
      appIds: apps.map(({ id }) => id),
      environments: null,
      asOf: question.asOf?.positions,
    },
    from,
    to,
    windowSize: size,
    zone,
    subjects: undefined,
    isBySubject: false,
    isByApp: levels.includes('app'),
    groupBy,
    filters,
  }
  const key = JSON.stringify([
    'explore',
    question.asOf?.key,
    asked.scope,
    meter.slug,
    meter.versions.length,
    `${from} ${to}`,
    size,
    zone,
    levels,
    filters,
  ])
  const rows = await heldRead({
    key,
    ttlMs: HELD_TTL_MS,
    staleMs: HELD_STALE_MS,
    nowMs: now.getTime(),
    read: () =>
      queryMeter(clickhouse(), {
        ...asked,
        meter: {
          slug: meter.slug,
          aggregation: aggregationOf(meter),
          percentile: meter.versions.at(-1)?.percentile ?? null,
          divisors: new Map(meter.versions.map(({ version, divisor }) => [version, divisor])),
        },
        through: instantFromMs(now.getTime()),
      }),
  })
  const slugs = new Map(apps.map(({ id, slug }) => [id, slug]))
  return rows.map((row) => ({
    keys: levels.map((level) => keyOf(row, level, slugs)),
    start: row.windowStart,
    value: row.value,
  }))
}

export function shownApps(apps: readonly PortalApp[], filters: readonly UsageFilter[]): PortalApp[] {
  const all = apps.map(({ slug }) => slug)
  const slugs = new Set(admitted(filters, 'app', all))
  return apps.filter(({ slug }) => slugs.has(slug))
}

function keyOf(row: MeterRow, level: Dimension, slugs: ReadonlyMap<string, string>): string {
  if (level === 'app') return slugs.get(row.appId ?? '') ?? ''
  return row.groups[columnOf(level)] ?? ''
}

/** What usage records call it; those of the meter's own stand by their name. */
function columnOf(dimension: Dimension): string {
  return dimension.startsWith('d.') ? dimension.slice(2) : `@${dimension}`
}

const ON_RECORDS: readonly Dimension[] = ['environment', 'installation', 'subject']

function filtersOf(filters: readonly UsageFilter[], basis: Basis): DimensionFilter[] {
  const asked = filters
    .filter(({ dimension }) => dimension.startsWith('d.') || ON_RECORDS.includes(dimension))
    .map(({ dimension, operator, values }) => ({
      dimension: columnOf(dimension),
      condition: operator === 'in' ? { $in: values } : { $nin: values },
    }))
  return basis === 'billable' ? [...asked, { dimension: '@exempt', condition: { $eq: '0' } }] : asked
}
