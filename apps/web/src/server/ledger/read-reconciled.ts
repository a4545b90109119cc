import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { countSpaceUsage } from '@meterbook/db/clickhouse'
import {
  type BilledSpace,
  countSpaceIncidents,
  listMonthApps,
  listStatements,
  readReconciliationHealth,
} from '@meterbook/db/postgres'
import type { EventStores } from '../events/event-sight.ts'
import { readMonth } from '../statements/read-months.ts'

/** Whether what a space is shown is what was taken: what the comparison of everything with everything found open, and when it looked last. */
export async function readReconciled({ pool }: Pick<EventStores, 'pool'>, space: BilledSpace) {
  const [health, incidents, issued] = await Promise.all([
    readReconciliationHealth(pool),
    countSpaceIncidents(pool, { spaceId: space.id }),
    listStatements(pool, space.id),
  ])
  const latest = issued.reduce<(typeof issued)[number] | null>(
    (found, each) => (found !== null && found.period.start > each.period.start ? found : each),
    null,
  )
  return {
    incidents,
    differences: incidents.reduce((sum, { count }) => sum + count, 0),
    lookedAt: textOf(health.lookedAt),
    /** when all of it was last gone over from one end to the other; null: never yet */
    completedAt: textOf(health.completedAt),
    events: health.completedEvents.toString(),
    /** the last month that was issued, whose page has the proof; null: none was */
    latestStatement: latest?.id ?? null,
  }
}

/** What each store holds of a statement's month, beside each other, and what differs; null: no such statement. */
export async function readMonthCounts(stores: EventStores, input: { space: BilledSpace; id: string; asOf: Instant }) {
  const month = await readMonth(stores.pool, input)
  if (month === null) return null
  const { space } = input
  const { period } = month
  const [apps, incidents, health] = await Promise.all([
    listMonthApps(stores.pool, { spaceId: space.id, period }),
    countSpaceIncidents(stores.pool, { spaceId: space.id, period }),
    readReconciliationHealth(stores.pool),
  ])
  const counts = await countSpaceUsage(stores.clickhouse, {
    spaceId: space.id,
    appIds: [...apps.values()].flat(),
    period,
  })
  return { counts, incidents, lookedAt: textOf(health.lookedAt) }
}

function textOf(instant: bigint | null): string | null {
  return instant === null ? null : formatInstant(instant)
}
