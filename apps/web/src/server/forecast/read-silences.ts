import { silenceOf } from '@meterbook/core/forecast'
import { formatInstant, type Instant, instantFromMs } from '@meterbook/core/kernel'
import { later } from '@meterbook/core/window'
import { type AppPulse, type ClickHouseClient, readAppPulse } from '@meterbook/db/clickhouse'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import type { SilenceView } from '../../features/overview/silence-view.ts'
import { heldRead } from '../usage/held-reads.ts'
import { readProgress, throughOf } from '../usage/read-freshness.ts'

const TTL_MS = 30_000
const STALE_MS = 60_000
/** As far back as silenceOf looks. */
const BACK = 29n * 86_400_000_000n

/**
 * The apps in sight that have fallen silent. Worked out when somebody looks, from the index of events, and not by a worker: it is a question about now, the
 * answer needs nothing that is not stored anyway, and it cannot be older than what stands beside it. While events wait to be projected their apps are
 * not called silent: nobody knows yet.
 */
export function readSilences(
  client: ClickHouseClient,
  { space, apps }: Pick<SpaceAccess, 'space' | 'apps'>,
): Promise<SilenceView[]> {
  const nowMs = Date.now()
  const owned = apps.filter(({ isOwned }) => isOwned)
  const key = `silences ${space.id} ${owned.map(({ id }) => id).join()}`
  const read = async () => {
    const now = instantFromMs(nowMs)
    const [progress, pulses] = await Promise.all([
      readProgress(owned),
      readAppPulse(client, {
        ...{ spaceId: space.id, appIds: owned.map(({ id }) => id), from: now - BACK, to: now, size: 'hour' },
      }),
    ])
    const byApp = Map.groupBy(pulses, ({ appId }) => appId)
    return owned.flatMap((app): SilenceView[] => {
      const through = instantFromMs(throughOf(progress, [app]).getTime())
      const hours = byApp.get(app.id) ?? []
      const silence = silenceOf({ now: through, last: lastOf(hours), hours })
      if (silence === null) return []
      const { since, missing, usualPerMinute } = silence
      const forMs = Number((through - since) / 1000n)
      return [{ app: app.slug, name: app.name, since: formatInstant(since), forMs, missing, usualPerMinute }]
    })
  }
  return heldRead({ key, ttlMs: TTL_MS, staleMs: STALE_MS, nowMs, read })
}

/** When the app was last heard, be it of something that happened earlier. */
function lastOf(hours: readonly AppPulse[]): Instant | null {
  return hours.reduce<Instant | null>((last, { lastReceived }) => later(last ?? lastReceived, lastReceived), null)
}
