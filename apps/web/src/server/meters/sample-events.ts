import type { Instant } from '@meterbook/core/kernel'
import type { ShadowedEvent } from '@meterbook/core/meter'
import { listEvents } from '@meterbook/db/clickhouse'
import { readContentsInLots } from '@meterbook/db/postgres'
import type { EventStores } from '../events/event-sight.ts'

/** Newest first, duplicates and conflicts left out: events as they came, of every app, counted or held. */
export async function sampleEvents(
  { pool, clickhouse }: EventStores,
  input: { types: readonly string[]; from: Instant; to: Instant; limit: number },
): Promise<(ShadowedEvent & { id: string; source: string; receivedAt: Instant })[]> {
  const { types, from, to, limit } = input
  const filter = { appIds: null, spaceId: null, environments: null, types, from, to, isFirst: true }
  const indexed = await listEvents(clickhouse, { filter, limit })
  const sample: (ShadowedEvent & { id: string; source: string; receivedAt: Instant; place: number })[] = []
  for (const [shard, ofShard] of Map.groupBy([...indexed.entries()], ([, { shard }]) => shard)) {
    const places = ofShard.map(([, { content }]) => content)
    const contents = await readContentsInLots(pool, { shard, places })
    for (const [index, [place, row]] of ofShard.entries()) {
      const event = contents[index]?.event
      if (event === undefined) continue
      const { appId, spaceId, at, id, source, receivedAt, batch, pos } = row
      sample.push({ event, appId, spaceId, at, id, source, receivedAt, order: [batch, BigInt(pos)], place })
    }
  }
  return sample.sort((a, b) => a.place - b.place)
}
