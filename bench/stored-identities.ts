import type { ClickHouseClient } from '@meterbook/db/clickhouse'

const PER_INSERT = 2_500_000

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
  // Years of history have long been merged; the lookup's cost is the number of parts.
  await client.command({ query: 'OPTIMIZE TABLE event_identity FINAL' })
}
