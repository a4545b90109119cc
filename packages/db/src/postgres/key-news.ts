import { type ChannelNews, listenToChannel } from './channel-news.ts'
import type { Pool } from './pool.ts'

/** Calls `changed` whenever a key, or an app that keys belong to, may have changed in the database: see listenToChannel. */
export function listenToKeys(pool: Pool, changed: () => void): ChannelNews {
  return listenToChannel(pool, 'key_changed', changed)
}
