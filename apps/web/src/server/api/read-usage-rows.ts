import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { earlier, later, windowStart } from '@meterbook/core/window'
import type { ClickHouseClient } from '@meterbook/db/clickhouse'
import { queryMeter, type UsageScope } from '@meterbook/db/clickhouse/usage-query'
import { listApps, type NamedApp, type Pool, readShardLags } from '@meterbook/db/postgres'
import { bucketState } from '../usage/bucket-state.ts'
import { dayNames } from './day-names.ts'
import type { MeterDefinition } from './meter-directory.ts'
import type { RowPlace, UsageQuestion } from './usage-question.ts'

/** Read at a time: a page is filled without reading the whole range first. In days. */
const SLICE_DAYS = 31n
const DAY_MICROS = 86_400_000_000n
const METERS_AT_A_TIME = 4

export interface UsageRow {
  /** the day in the zone asked for, as 2026-07-01 */
  day: string
  windowStart: string
  windowEnd: string
  app: string
  capability: string
  meter: string
  unit: string
  environment: string
  /** null: the usage names none */
  installation: string | null
  /** exact decimal text, in `unit` */
  quantity: string
  state: string
}

export interface UsageRows {
  rows: UsageRow[]
  /** null: that was all */
  next: RowPlace | null
}

/** Daily rows of what the scope allows, ascending by day, app, meter, environment and installation, after the question's cursor. */
export async function readUsageRows(
  stores: { clickhouse: ClickHouseClient; pool: Pool },
  input: { scope: UsageScope; question: UsageQuestion; meters: readonly MeterDefinition[]; now: Instant },
): Promise<UsageRows> {
  const { question, now } = input
  const meters = input.meters.filter((meter) => question.isWanted(meter) && isReadable(meter))
  const first = question.cursor === undefined ? question.from : later(question.from, BigInt(question.cursor[0]))
  const found: PlacedRow[] = []
  for (let from = first; from < question.to && found.length <= question.limit; ) {
    const to = earlier(question.to, sliceEnd(from, question.zone))
    found.push(...(await readSlice(stores.clickhouse, { ...input, meters, from, to })).filter(isAfter(question.cursor)))
    from = to
  }
  const page = found.slice(0, question.limit)
  const names = await namesOf(stores.pool, page, now)
  const dayOf = dayNames(question.zone)
  return {
    rows: page.map((row) => rowOf(row, names, { now, dayOf })),
    next: found.length > page.length ? (page.at(-1)?.place ?? null) : null,
  }
}

interface PlacedRow {
  place: RowPlace
  meter: MeterDefinition
  appId: string
  start: Instant
  end: Instant
  environment: string
  installation: string
  value: string
}

async function readSlice(
  client: ClickHouseClient,
  input: {
    scope: UsageScope
    question: UsageQuestion
    meters: readonly MeterDefinition[]
    from: Instant
    to: Instant
    now: Instant
  },
): Promise<PlacedRow[]> {
  const rows: PlacedRow[] = []
  for (let at = 0; at < input.meters.length; at += METERS_AT_A_TIME) {
    const group = input.meters.slice(at, at + METERS_AT_A_TIME)
    rows.push(...(await Promise.all(group.map((meter) => readMeter(client, { ...input, meter })))).flat())
  }
  return rows.sort((a, b) => comparePlaces(a.place, b.place))
}

async function readMeter(
  client: ClickHouseClient,
  input: {
    scope: UsageScope
    question: UsageQuestion
    meter: MeterDefinition
    from: Instant
    to: Instant
    now: Instant
  },
): Promise<PlacedRow[]> {
  const { scope, question, meter, from, to, now } = input
  const rows = await queryMeter(client, {
    scope,
    meter: {
      slug: meter.slug,
      aggregation: meter.aggregation,
      percentile: meter.percentile ?? null,
      divisors: new Map(meter.versions.map(({ version, divisor }) => [version, divisor])),
    },
    ...{ from, to, windowSize: 'day', zone: question.zone, through: now },
    ...{ subjects: undefined, isBySubject: false, isByApp: true, isByPlace: true, groupBy: [], filters: [] },
  })
  return rows.map((row) => {
    const [appId, { environment, installation }] = [row.appId ?? '', row.place ?? { environment: '', installation: '' }]
    const place: RowPlace = [row.windowStart.toString(), appId, meter.slug, environment, installation]
    const { windowStart: start, windowEnd: end, value } = row
    return { place, meter, appId, start, end, environment, installation, value }
  })
}

/** A percentile that does not say of which fraction has no value. */
function isReadable({ aggregation, percentile }: MeterDefinition): boolean {
  return aggregation !== 'PERCENTILE' || Boolean(percentile)
}

function isAfter(cursor: RowPlace | undefined): (row: PlacedRow) => boolean {
  return ({ place }) => cursor === undefined || comparePlaces(place, cursor) > 0
}

function comparePlaces(a: RowPlace, b: RowPlace): number {
  const days = BigInt(a[0]) - BigInt(b[0])
  if (days !== 0n) return days < 0n ? -1 : 1
  for (let at = 1; at < a.length; at++) {
    const [left = '', right = ''] = [a[at], b[at]]
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}

/** A midnight of the zone, a slice later: half a day past the last one lies in it, whatever the clocks did meanwhile. */
function sliceEnd(from: Instant, zone: string): Instant {
  return windowStart(from + SLICE_DAYS * DAY_MICROS + DAY_MICROS / 2n, 'day', zone)
}

interface Names {
  apps: ReadonlyMap<string, NamedApp>
  through: ReadonlyMap<number, Instant>
}

async function namesOf(pool: Pool, rows: readonly PlacedRow[], now: Instant): Promise<Names> {
  if (rows.length === 0) return { apps: new Map(), through: new Map() }
  const ids = [...new Set(rows.map(({ appId }) => appId))]
  const [apps, lags] = await Promise.all([listApps(pool, ids), readShardLags(pool)])
  return {
    apps: new Map(apps.map((app) => [app.id, app])),
    through: new Map(lags.map(({ shard, waitingSince }) => [shard, waitingSince ?? now])),
  }
}

function rowOf(
  row: PlacedRow,
  { apps, through }: Names,
  { now, dayOf }: { now: Instant; dayOf: (start: Instant) => string },
): UsageRow {
  const { meter, appId, start, end, environment, installation, value } = row
  const app = apps.get(appId)
  return {
    day: dayOf(start),
    windowStart: formatInstant(start),
    windowEnd: formatInstant(end),
    app: app?.slug ?? appId,
    capability: meter.capability,
    meter: meter.slug,
    unit: meter.unit,
    environment,
    installation: installation === '' ? null : installation,
    quantity: value,
    state: bucketState({ start, end }, { now, through: (app && through.get(app.shard)) ?? now }),
  }
}
