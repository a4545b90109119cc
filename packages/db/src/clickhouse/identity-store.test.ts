import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ClickHouseClient, createClickHouse } from './client.ts'
import { findIdentities, loadIdentityFilter } from './identity-store.ts'
import { projected } from './projection-test-events.ts'
import { writeProjection } from './projection-writer.ts'

let database: TestDatabase
let client: ClickHouseClient
beforeAll(async () => {
  database = await createTestDatabase({ migrate: true })
  client = createClickHouse(database.clickhouse.url)
})
afterAll(async () => {
  await client.close()
  await database.drop()
})

const wordsOf = (identity: string) =>
  [0, 8, 16].map((at) => Number.parseInt(identity.slice(at, at + 8), 16)) as [number, number, number]
const hexOf = (n: number) => n.toString(16).padStart(32, '0')

describe('identities claimed before', () => {
  const shard = 1
  const events = [1n, 2n, 3n].flatMap((batch) =>
    (['counted', 'quarantined', 'duplicate', 'conflict'] as const).map((verdict, pos) =>
      projected({ batch, pos, verdict }),
    ),
  )
  const claimed = events.filter((event) => event.original === null)
  const identities = events.map((event) => event.source.identity)
  beforeAll(() =>
    writeProjection(client, { group: { generation: 1n, shard, first: 1n, last: 3n, catalogueRevision: 1n }, events }),
  )
  const find = (input: { first: bigint; last: bigint; shard?: number; identities?: string[] }) =>
    findIdentities(client, { shard, identities, ...input })

  test('are found with the content and the position of the first, counted or held; repeats claim nothing', async () => {
    const found = await find({ first: 9n, last: 9n })
    expect(found).toEqual(
      new Map(
        claimed.map(({ source }) => [source.identity, { digest: source.digest, batch: source.batch, pos: source.pos }]),
      ),
    )
  })

  test('leave out the group’s own batches, from its first to its last, so that it sees at a retry what it saw at first', async () => {
    const batches = async (first: bigint, last: bigint) =>
      [...(await find({ first, last })).values()].map((event) => event.batch).sort()
    expect(await batches(1n, 3n)).toEqual([])
    expect(await batches(2n, 2n)).toEqual([1n, 1n, 3n, 3n])
    expect(await batches(2n, 3n)).toEqual([1n, 1n])
    expect(await batches(1n, 2n)).toEqual([3n, 3n])
  })

  test('are those of the shard alone', async () => {
    expect(await find({ first: 9n, last: 9n, shard: 2 })).toEqual(new Map())
  })

  test('are found among as many as a group can ask for; unknown ones are not', async () => {
    const unknown = Array.from({ length: 12_000 }, (_, n) => hexOf(n))
    const found = await find({ first: 9n, last: 9n, identities: [...unknown, ...identities] })
    expect(found.size).toBe(claimed.length)
    expect(await find({ first: 9n, last: 9n, identities: [] })).toEqual(new Map())
  })

  test('are asked for in hex only: anything else never reaches the statement', async () => {
    for (const bad of ["'", hexOf(1).slice(1), `${hexOf(1)}00`, hexOf(171).toUpperCase(), `${'0'.repeat(31)}'`]) {
      await expect(find({ first: 9n, last: 9n, identities: [hexOf(2), bad] }), bad).rejects.toThrow('32 hex digits')
    }
  })
})

describe('the filter of a shard', () => {
  const shard = 5
  const COUNT = 30_000
  const inserted = (of: number) =>
    client.command({
      query: `INSERT INTO event_identity SELECT unhex(leftPad(hex(cityHash64(number, {shard:UInt16})), 16, '0')) || reverse(unhex(leftPad(hex(sipHash64(number)), 16, '0'))),
        unhex(repeat('0', 32)), {shard:UInt16}, number, 0 FROM numbers({count:UInt32})`,
      query_params: { shard: of, count: COUNT },
    })
  const stored = async (of: number) => {
    const result = await client.query({
      query: 'SELECT lower(hex(identity)) AS identity FROM event_identity WHERE shard = {shard:UInt16}',
      query_params: { shard: of },
      format: 'JSONEachRow',
    })
    return (await result.json<{ identity: string }>()).map((row) => row.identity)
  }

  test('knows every identity of the shard, and next to none of another’s', async () => {
    await inserted(shard)
    await inserted(6)
    const filter = await loadIdentityFilter(client, shard)
    expect(filter.size).toBe(COUNT)
    const own = await stored(shard)
    expect(own).toHaveLength(COUNT)
    expect(own.filter((identity) => !filter.mayHave(...wordsOf(identity)))).toEqual([])
    const others = await stored(6)
    expect(others.filter((identity) => filter.mayHave(...wordsOf(identity))).length).toBeLessThan(COUNT / 100)
  })

  test('of a shard without a past is empty', async () => {
    expect((await loadIdentityFilter(client, 99)).size).toBe(0)
  })

  test('that could not be read to its end is an error, never half a filter: what it lacks would be counted twice', async () => {
    await inserted(7)
    const url = new URL(database.clickhouse.url)
    url.searchParams.set('ch_max_result_rows', '1000')
    url.searchParams.set('ch_result_overflow_mode', 'break')
    url.searchParams.set('ch_max_block_size', '500')
    const stingy = createClickHouse(url.href)
    try {
      await expect(loadIdentityFilter(stingy, 7)).rejects.toThrow(`expected ${COUNT} identities of shard 7, found`)
    } finally {
      await stingy.close()
    }
  })
})
