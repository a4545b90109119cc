import { formatInstant, type Instant, sha256 } from '@meterbook/core/kernel'
import { type GroupTimes, readGroupTimes } from '@meterbook/db/postgres'
import type { EventStores } from './event-sight.ts'

/** `00-<trace>-<span>-<flags>`, as W3C Trace Context has it; all zeros are nobody's. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/**
 * The way of one event as a trace, from its POST to the rollups. `id`: the one that the event brought (the CloudEvents extension `traceparent`, kept
 * word for word in the journal), else one made of its place there, the same whenever it is asked. Nothing is written for it: every time is one
 * that the pipeline keeps anyway, so a trace costs the way nothing. After a rebuild the times are those of the rebuild.
 */
export async function eventTrace(
  { pool }: Pick<EventStores, 'pool'>,
  input: { place: { shard: number; batch: bigint; pos: number }; receivedAt: Instant; content: string | null },
) {
  const { place, receivedAt, content } = input
  const given = givenTrace(content)
  const times = await readGroupTimes(pool, { shard: place.shard, number: place.batch })
  return {
    id: given ?? sha256(`meterbook/trace/${place.shard}/${place.batch}/${place.pos}`).slice(0, 32),
    isGiven: given !== null,
    steps: stepsOf(receivedAt, times),
  }
}

/** Each step with when it was reached, and the seconds since the one before. */
function stepsOf(receivedAt: Instant, times: GroupTimes | null) {
  const reached: [step: string, at: Instant | null][] = [
    ['received', receivedAt],
    ['projection begun', times?.openedAt ?? null],
    ['in rollups', times?.doneAt ?? null],
  ]
  let before = receivedAt
  return reached.flatMap(([step, at]) => {
    if (at === null) return []
    const seconds = Number(at - before) / 1_000_000
    before = at
    return [{ step, at: formatInstant(at), seconds }]
  })
}

function givenTrace(content: string | null): string | null {
  if (content === null) return null
  try {
    const { traceparent } = JSON.parse(content) as { traceparent?: unknown }
    return typeof traceparent === 'string' ? (TRACEPARENT.exec(traceparent)?.[1] ?? null) : null
  } catch {
    return null
  }
}
