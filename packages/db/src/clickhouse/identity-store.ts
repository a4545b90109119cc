import { BloomFilter, type SeenEvent } from '@meterbook/core/projection'
import type { ClickHouseClient } from './client.ts'

const LOOKUP_IDENTITIES_MAX = 5_000
const IDENTITY_BYTES = 16

/**
 * Every identity of a shard, as a filter that has no false negatives. To be read after the shard was taken: whoever owned it
 * before can then add nothing more.
 */
export async function loadIdentityFilter(client: ClickHouseClient, shard: number): Promise<BloomFilter> {
  const counted = await client.query({
    query: 'SELECT count() AS count FROM event_identity WHERE shard = {shard:UInt16}',
    query_params: { shard },
    format: 'JSONEachRow',
  })
  const [row] = await counted.json<{ count: string }>()
  const expected = Number(row?.count ?? Number.NaN)
  const filter = new BloomFilter(expected)
  const { stream } = await client.exec({
    query: 'SELECT identity FROM event_identity WHERE shard = {shard:UInt16} FORMAT RowBinary',
    query_params: { shard },
  })
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    const end = bytes.length - (bytes.length % IDENTITY_BYTES)
    for (let at = 0; at < end; at += IDENTITY_BYTES) {
      filter.add(bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4), bytes.readUInt32BE(at + 8))
    }
    rest = bytes.subarray(end)
  }
  // A stream that a limit or a fault cut short ends like any other, and what the filter lacks would be counted twice.
  if (filter.size !== expected || rest.length > 0) {
    throw new Error(`expected ${expected} identities of shard ${shard}, found ${filter.size} and ${rest.length} bytes`)
  }
  return filter
}

/**
 * Which of these identities (32 hex digits each) events outside the batches [first, last] of the shard have claimed. The group's own
 * batches are left out, so that a group computed again after a crash sees what it saw the first time.
 */
export async function findIdentities(
  client: ClickHouseClient,
  input: { shard: number; first: bigint; last: bigint; identities: readonly string[] },
): Promise<Map<string, SeenEvent>> {
  const found = new Map<string, SeenEvent>()
  for (let at = 0; at < input.identities.length; at += LOOKUP_IDENTITIES_MAX) {
    const slice = input.identities.slice(at, at + LOOKUP_IDENTITIES_MAX)
    if (!slice.every((identity) => /^[0-9a-f]{32}$/.test(identity)))
      throw new Error('expected identities of 32 hex digits')
    const result = await client.query({
      // The aliases differ from the columns, because ClickHouse would put an alias into WHERE too.
      // Hex digits only, checked above: one literal that the server splits, because thousands of bound values do not fit into a URL.
      query: `SELECT lower(hex(identity)) AS identity_hex, lower(hex(digest)) AS digest_hex, batch, pos FROM event_identity
        WHERE identity IN (SELECT toFixedString(unhex(arrayJoin(splitByChar(',', '${slice.join(',')}'))), 16))
          AND shard = {shard:UInt16} AND (batch < {first:UInt64} OR batch > {last:UInt64})`,
      query_params: { shard: input.shard, first: input.first.toString(), last: input.last.toString() },
      format: 'JSONEachRow',
      clickhouse_settings: { max_query_size: '4194304' },
    })
    for (const row of await result.json<{ identity_hex: string; digest_hex: string; batch: string; pos: number }>()) {
      found.set(row.identity_hex, { digest: row.digest_hex, batch: BigInt(row.batch), pos: Number(row.pos) })
    }
  }
  return found
}
