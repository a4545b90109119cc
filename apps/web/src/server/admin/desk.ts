// server/admin: what those who run the platform look at: what asks for attention, months to close, differences.
// Promises: read only, but for closing a month, which is the same act as the command line's; money at stake is the quarantine's own figure.
// Does not know: sessions, pages.
import { countOpenIncidents, countWaitingProposals, readShardLags } from '@meterbook/db/postgres'
import type { EventSight, EventStores } from '../events/event-sight.ts'
import { waitingMs } from '../health/admission-watch.ts'
import { readLastHour } from '../pipeline/read-pipeline.ts'
import { readHeldReasons } from '../quarantine/read-held.ts'
import { readPeriods } from './periods.ts'

/** What asks for attention now. The parts that a store away keeps from being read are null. */
export async function readDesk(stores: EventStores, input: { sight: EventSight; now: Date }) {
  const { sight, now } = input
  const asOf = BigInt(now.getTime()) * 1000n
  const [held, incidents, lags, proposals, periods, lastHour] = await Promise.all([
    readHeldReasons(stores, { sight, selection: {} }).catch(() => null),
    countOpenIncidents(stores.pool),
    readShardLags(stores.pool),
    countWaitingProposals(stores.pool),
    readPeriods(stores, { asOf }).catch(() => null),
    readLastHour(stores, { now }),
  ])
  const closing = periods?.spaces.flatMap((space) =>
    space.periods.flatMap((period) =>
      period.state === 'closing' ? [{ space: space.slug, currency: space.currency, ...period }] : [],
    ),
  )
  return {
    asOf: now.toISOString(),
    held: held?.reasons ?? null,
    openIncidents: incidents,
    lagMs: Math.max(0, ...lags.map((lag) => waitingMs(lag, now.getTime()))),
    waitingEvents: lags.reduce((sum, { waitingEvents }) => sum + waitingEvents, 0n).toString(),
    isRebuilding: lags.some(({ isRebuilding }) => isRebuilding),
    proposals,
    closing: closing ?? null,
    lastHour,
  }
}
