import type { MeterVersionDraft } from '@meterbook/core/catalogue'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { meterShadow } from '@meterbook/core/meter'
import { countEvents } from '@meterbook/db/clickhouse'
import { listApps, readSpaces } from '@meterbook/db/postgres'
import type { EventStores } from '../events/event-sight.ts'
import { MeterRefused } from './meter-refused.ts'
import { findMeter, versionInForce } from './read-meters.ts'
import { sampleEvents } from './sample-events.ts'
import { factsOf } from './try-meter.ts'

/** Events that both versions measure; of more, the newest. */
const SHADOW_EVENTS_MAX = 10_000

/**
 * What a draft would have said of real events beside the version in force at the end of the range, app by app. Computed when asked for and written
 * nowhere: the projection knows nothing of drafts. Throws MeterRefused.
 */
export async function shadowMeter(
  stores: EventStores,
  input: { slug: string; draft: MeterVersionDraft; from: Instant; to: Instant },
) {
  const { slug, draft, from, to } = input
  if (to <= from) throw new MeterRefused('invalid', 'expected an end after the beginning')
  const meter = await findMeter(stores.pool, slug)
  if (meter === null) throw new MeterRefused('not_found', 'No such meter')
  const before = versionInForce(meter.versions, to - 1n)
  const types = [...new Set([draft.eventType, ...(before === null ? [] : [before.eventType])])]
  const filter = { appIds: null, spaceId: null, environments: null, types, from, to, isFirst: true }
  const [total, events, apps] = await Promise.all([
    countEvents(stores.clickhouse, filter),
    sampleEvents(stores, { types, from, to, limit: SHADOW_EVENTS_MAX }),
    listApps(stores.pool, null),
  ])
  const start = total > events.length ? (events.at(-1)?.at ?? from) : from
  const window = { start, end: to }
  const after = factsOf(draft, (meter.versions.at(-1)?.version ?? 0) + 1)
  const shadow = meterShadow({ events, window, before, after })
  const spaces = await readSpaces(
    stores.pool,
    shadow.rows.map(({ spaceId }) => spaceId),
  )
  const slugs = new Map(apps.map((app) => [app.id, app.slug]))
  return {
    ...shadow,
    rows: shadow.rows.map(({ appId, spaceId, ...values }) => {
      return { app: slugs.get(appId) ?? appId, space: spaces.get(spaceId)?.name ?? null, ...values }
    }),
    before: before?.version ?? null,
    unit: meter.capability.unit,
    events: events.length,
    total,
    from: formatInstant(start),
    to: formatInstant(to),
  }
}
