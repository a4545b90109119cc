import type { ClickHouseClient } from '@meterbook/db/clickhouse'
import { until } from '@meterbook/stack/wait'

const PER_INSERT = 2_500_000
const MERGE_MS_MAX = 600_000

/**
 * Fills the identity table with events that were never sent, spread evenly over the shards, as years of history would: the owner of a
 * shard loads them into its filter, and every lookup has to find its way among them.
 */
export async function storeIdentities(
  client: ClickHouseClient,
  input: { count: number; shards: number },
): Promise<void> {
  const perShard = Math.floor(input.count / input.shards)
  for (let shard = 0; shard < input.shards; shard++) {
    for (let first = 0; first < perShard; first += PER_INSERT) {
      await client.command({
        query: `INSERT INTO event_identity (identity, digest, shard, batch, pos)
          SELECT reinterpret(sipHash128(number, {shard:UInt16}), 'FixedString(16)'), reinterpret(sipHash128(number), 'FixedString(16)'),
            {shard:UInt16}, 0, toUInt32(number)
          FROM numbers({first:UInt64}, {count:UInt64})`,
        query_params: { shard, first, count: Math.min(PER_INSERT, perShard - first) },
      })
    }
  }
  // Years of history have long been merged, and the lookup's cost is the number of parts. The merge goes on when we stop waiting for it.
  const isMerged = async () => (await countParts(client)) <= 1
  await client.command({ query: 'OPTIMIZE TABLE event_identity FINAL' }).catch(() => undefined)
  if (!(await until(isMerged, { withinMs: MERGE_MS_MAX, everyMs: 500 })))
    throw new Error(`expected the identities to be one part, found ${await countParts(client)}`)
}

async function countParts(client: ClickHouseClient): Promise<number> {
  const result = await client.query({
    query: `SELECT count() AS parts FROM system.parts WHERE active AND database = currentDatabase() AND table = 'event_identity'`,
    format: 'JSONEachRow',
  })
  return Number((await result.json<{ parts: string }>())[0]?.parts ?? 0)
}
