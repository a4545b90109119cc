import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { parseTraceparent, traceOfPlace, wayOf } from '@meterbook/core/trace'
import { listJournalTraces, readGroupTimes } from '@meterbook/db/postgres'
import type { EventStores } from './event-sight.ts'

/**
 * The way of one event as a trace, from its POST to the rollups. `id`: the one that the event brought (the CloudEvents extension `traceparent`, kept
 * word for word in the journal), else that of the request it came with, if that was sampled, else one made of its place there, the same whenever it is asked.
 * `givenBy`: which of these; null: nobody. Every step is noted by request or by group, so a trace costs an event nothing. After a rebuild the times
 * are those of the rebuild.
 */
export async function eventTrace(
  { pool }: Pick<EventStores, 'pool'>,
  input: { place: { shard: number; batch: bigint; pos: number }; receivedAt: Instant; content: string | null },
) {
  const { place, receivedAt, content } = input
  const { shard, batch } = place
  const [group, [request = null]] = await Promise.all([
    readGroupTimes(pool, { shard, number: batch }),
    listJournalTraces(pool, { shard, first: batch, last: batch, limit: 1 }),
  ])
  const own = ownTrace(content)
  const id = own ?? request?.traceId ?? traceOfPlace(place)
  const givenBy = own !== null ? ('event' as const) : request !== null ? ('request' as const) : null
  const steps = wayOf({ receivedAt, request, group }).map(({ step, at, tookMicros }) => ({
    step,
    at: formatInstant(at),
    seconds: Number(tookMicros) / 1_000_000,
  }))
  return { id, isGiven: givenBy !== null, givenBy, steps }
}

function ownTrace(content: string | null): string | null {
  if (content === null) return null
  try {
    const { traceparent } = JSON.parse(content) as { traceparent?: unknown }
    return typeof traceparent === 'string' ? (parseTraceparent(traceparent)?.traceId ?? null) : null
  } catch {
    return null
  }
}
