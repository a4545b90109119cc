import { formatInstant, type Instant, instantFromMs, instantToMs } from '@meterbook/core/kernel'
import { canonicalZone, earlier, windowEnd } from '@meterbook/core/window'
import { readHeads } from '@meterbook/db/postgres'
import { listMeters, type PortalMeter, type SpaceAccess } from '@meterbook/db/postgres/portal'
import { z } from 'zod'
import { clickhouse, postgres, prisma } from '../portal/stores.ts'
import { bucketState } from '../usage/bucket-state.ts'
import { readProgress, throughOf } from '../usage/read-freshness.ts'
import { readMeasured } from '../usage/read-measured.ts'
import { zonedInstant } from '../usage/resolve-period.ts'
import { encodeCsv } from './encode-csv.ts'
import { encodeNdjson } from './encode-ndjson.ts'
import { encodeParquet } from './encode-parquet.ts'
import type { ExportColumn, ExportRow, ExportStream } from './export-stream.ts'

export const USAGE_FORMATS = ['csv', 'parquet', 'ndjson'] as const
const DAYS_MAX = 400
const DAY = 86_400_000_000n
/** A file may take its time: nobody's page waits for it. */
const PATIENCE_MS = 120_000

const Day = z.string().regex(/^\d{4}-\d\d-\d\d$/, { error: 'expected a day such as 2026-11-01' })

/** Which usage: whole days of a zone, [from, to), in windows of an hour or a day, of one meter or of all. */
export const UsageFile = z.object({
  format: z.enum(USAGE_FORMATS, { error: `expected one of ${USAGE_FORMATS.join(', ')}` }).default('csv'),
  from: Day,
  to: Day,
  tz: z.string().max(100).optional(),
  window: z.enum(['hour', 'day'], { error: 'expected hour or day' }).default('day'),
  meter: z.string().min(1).max(100).optional(),
})
export type UsageFile = z.infer<typeof UsageFile>

const COLUMNS: readonly ExportColumn[] = [
  { name: 'space', kind: 'text' },
  { name: 'app', kind: 'text' },
  { name: 'meter', kind: 'text' },
  { name: 'unit', kind: 'text' },
  { name: 'window_start', kind: 'instant' },
  { name: 'window_end', kind: 'instant' },
  { name: 'zone', kind: 'text' },
  { name: 'quantity', kind: 'decimal' },
  { name: 'x_bucket_state', kind: 'text' },
]

/** What was asked for cannot be a file; the message says what was expected. */
export class UsageFileRefused extends Error {
  override name = 'UsageFileRefused'
}

/**
 * The usage of a space's apps in sight as a file, window by window: the quantities that charts show, exact, with the state of each window. A window without
 * usage has no row. Made while it is read, a day of hours or a month of days at a time. Throws UsageFileRefused.
 */
export async function exportUsage(input: {
  access: SpaceAccess
  asked: UsageFile
  now: Instant
}): Promise<{ fileName: string; stream: ExportStream }> {
  const { access, asked, now } = input
  const { space } = access
  const zone = canonicalZone(asked.tz ?? space.billingZone)
  if (zone === null) throw new UsageFileRefused('tz: expected the name of a time zone such as Europe/Berlin')
  const { from, to } = boundsOf(asked, zone)
  const all = await listMeters(prisma())
  const meters = asked.meter === undefined ? all : all.filter(({ slug }) => slug === asked.meter)
  if (meters.length === 0) throw new UsageFileRefused('meter: expected the slug of a meter')
  const [head] = await readHeads(postgres(), { spaceIds: [space.id] })
  const rows = rowsOf({ access, meters, zone, from, to, size: asked.window, now })
  const encode = { csv: encodeCsv, parquet: encodeParquet, ndjson: encodeNdjson }[asked.format]
  const taken = { ledgerSequence: (head?.sequence ?? 0n).toString(), takenAt: formatInstant(now) }
  const name = [space.slug, 'usage', asked.meter, asked.from, asked.to, asked.window].filter(Boolean).join('-')
  return { fileName: `${name}.${asked.format}`, stream: encode({ columns: COLUMNS, rows, ...taken }) }
}

function boundsOf(asked: UsageFile, zone: string): { from: Instant; to: Instant } {
  const [from, to] = [zonedInstant(asked.from, zone), zonedInstant(asked.to, zone)]
  if (from !== null && to !== null && from < to && to - from <= BigInt(DAYS_MAX) * DAY) return { from, to }
  throw new UsageFileRefused(`from, to: expected two days, the first before the second, at most ${DAYS_MAX} apart`)
}

async function* rowsOf(input: {
  access: SpaceAccess
  meters: readonly PortalMeter[]
  zone: string
  from: Instant
  to: Instant
  size: 'hour' | 'day'
  now: Instant
}): AsyncGenerator<ExportRow> {
  const { access, meters, zone, from, to, size, now } = input
  const through = instantFromMs(throughOf(await readProgress(access.apps), access.apps).getTime())
  const apps = new Map(access.apps.map(({ id, slug }) => [id, slug]))
  const units = new Map(meters.map(({ slug, unit }) => [slug, unit]))
  const place = { spaceId: access.space.id, appIds: [...apps.keys()], meters, zone, groupByApp: true }
  for (let at = from; at < to; ) {
    const lot = windowEnd(at, size === 'hour' ? 'day' : 'month', zone)
    const end = earlier(lot, to)
    const { measured } = await readMeasured(clickhouse(), {
      ...place,
      from: new Date(instantToMs(at)),
      to: new Date(instantToMs(end)),
      windowSize: size,
      now: new Date(instantToMs(now)),
      patienceMs: PATIENCE_MS,
    })
    const ordered = measured.toSorted(
      (a, b) =>
        compare(a.windowStart ?? '', b.windowStart ?? '') ||
        compare(apps.get(a.appId ?? '') ?? '', apps.get(b.appId ?? '') ?? '') ||
        compare(a.meter, b.meter),
    )
    for (const { appId, meter, windowStart: starts, value } of ordered) {
      if (starts === null || appId === null) continue
      const start = instantFromMs(Date.parse(starts))
      const window = { start, end: windowEnd(start, size, zone) }
      yield {
        space: access.space.slug,
        app: apps.get(appId) ?? appId,
        meter,
        unit: units.get(meter) ?? null,
        window_start: formatInstant(window.start),
        window_end: formatInstant(window.end),
        zone,
        quantity: value,
        x_bucket_state: bucketState(window, { now, through }),
      }
    }
    at = end
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
