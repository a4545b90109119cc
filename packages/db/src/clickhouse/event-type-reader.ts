import type { Instant } from '@meterbook/core/kernel'
import type { ClickHouseClient } from './client.ts'
import { instant } from './event-filter.ts'
import { createBinder } from './usage-filter.ts'

const TYPES_MAX = 500

/** A type of event as it was sent: how many since, and how many of them no meter could count. */
export interface EventTypeCount {
  type: string
  events: number
  held: number
}

/** The types that occurred since an instant, the most frequent first; of the whole platform, for who runs it. */
export async function countEventTypes(client: ClickHouseClient, since: Instant): Promise<EventTypeCount[]> {
  const binder = createBinder()
  const result = await client.query({
    query: `SELECT type, sum(sign) AS events, sumIf(sign, verdict = 'quarantined') AS held FROM event_index
      WHERE occurred_at >= ${instant(since, binder.bind)} GROUP BY type HAVING events > 0
      ORDER BY events DESC, type LIMIT ${binder.bind(TYPES_MAX, 'UInt32')}`,
    query_params: binder.params,
    format: 'JSONEachRow',
  })
  const rows = await result.json<{ type: string; events: string; held: string }>()
  return rows.map(({ type, events, held }) => ({ type, events: Number(events), held: Number(held) }))
}
