import type { MeterVersionFacts } from '@meterbook/core/catalogue'
import { measureOf } from '@meterbook/core/meter'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ClickHouseClient, createClickHouse } from './client.ts'
import { BASE_AT, projected } from './projection-test-events.ts'
import { writeProjection } from './projection-writer.ts'
import { readVerdicts } from './verdict-reader.ts'

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

const TABLES = ['event_index', 'event_identity', 'usage_records', 'rollup_minute', 'rollup_hour'] as const
type Table = (typeof TABLES)[number]

/** Each test has empty tables and a shard of its own: tokens of another test’s groups are no tokens of its own. */
let shard = 0
beforeEach(beginShard)
async function beginShard(): Promise<void> {
  shard++
  for (const table of TABLES) await client.command({ query: `TRUNCATE TABLE ${table}` })
}
const groupOf = (first: bigint, last: bigint) => ({ generation: 1n, shard, first, last, catalogueRevision: 3n })

async function read<T>(query: string): Promise<T[]> {
  return (await client.query({ query, format: 'JSONEachRow' })).json<T>()
}
/** Everything that is in the five tables, rollups merged as every reader merges them. */
async function everything(): Promise<Record<Table, unknown[]>> {
  const rollup = (table: Table) =>
    read(`SELECT app, meter, toString(t) AS t, sum(count) AS count, toString(sum(sum)) AS sum, toString(min(min)) AS min,
      toString(max(max)) AS max, uniqExactMerge(uniq) AS uniq FROM ${table} GROUP BY app, meter, t ORDER BY app, meter, t`)
  return {
    event_index: await read(
      `SELECT batch, pos, event_id, toString(verdict) AS verdict, hex(identity) AS identity FROM event_index ORDER BY batch, pos`,
    ),
    event_identity: await read('SELECT hex(identity) AS identity, batch, pos FROM event_identity ORDER BY batch, pos'),
    usage_records: await read(
      'SELECT batch, pos, meter, toString(quantity) AS quantity, unique_value, dims FROM usage_records ORDER BY batch, pos, meter',
    ),
    rollup_minute: await rollup('rollup_minute'),
    rollup_hour: await rollup('rollup_hour'),
  }
}

/** Twelve events in two batches; three months, so that one insert makes several parts; every verdict. */
const MONTH = 31n * 86_400_000_000n
const events = Array.from({ length: 12 }, (_, n) =>
  projected({
    batch: n < 6 ? 1n : 2n,
    pos: n % 6,
    at: BASE_AT + BigInt(n % 3) * MONTH + BigInt(n) * 7_000_000n,
    verdict: (['counted', 'counted', 'counted', 'quarantined', 'duplicate', 'conflict'] as const)[n % 6] ?? 'counted',
    id: `event-${n}`,
  }),
)

describe('a group that is written', () => {
  test('is in all five tables, once, with what each of them keeps', async () => {
    await writeProjection(client, { group: groupOf(1n, 2n), events })
    const found = await everything()
    expect(found.event_index).toHaveLength(12)
    expect(found.event_identity).toHaveLength(8)
    expect(found.usage_records).toHaveLength(12)
    expect(
      await read(
        'SELECT meter, sum(count) AS count, toString(sum(sum)) AS sum, uniqExactMerge(uniq) AS uniq FROM rollup_hour GROUP BY meter ORDER BY meter',
      ),
    ).toEqual([
      { meter: 'tokens', count: '6', sum: '-2.4', uniq: '0' },
      { meter: 'users', count: '6', sum: '-2.4', uniq: '3' },
    ])
    expect(await readVerdicts(client, { shard, batch: 1n })).toEqual(
      ['counted', 'counted', 'counted', 'quarantined', 'duplicate', 'conflict'].map((verdict) => ({
        verdict,
        reason: verdict === 'quarantined' ? 'value_missing' : '',
        detail: '',
      })),
    )
  })

  test('adds nothing to any table when it is written again, and again after other groups', async () => {
    const others = [projected({ batch: 3n, pos: 0, id: 'another' })]
    await writeProjection(client, { group: groupOf(1n, 2n), events })
    const once = await everything()
    await writeProjection(client, { group: groupOf(1n, 2n), events })
    expect(await everything()).toEqual(once)
    await writeProjection(client, { group: groupOf(3n, 3n), events: others })
    const withOthers = await everything()
    await writeProjection(client, { group: groupOf(1n, 2n), events })
    expect(await everything()).toEqual(withOthers)
    expect(withOthers.event_index).toHaveLength(13)
  })

  // What a restart of the server does: until then a view whose query was changed has another identity in the tokens of its blocks.
  test('adds nothing when it is written again after the views were loaded anew', async () => {
    await writeProjection(client, { group: groupOf(1n, 2n), events })
    const once = await everything()
    for (const view of ['event_identity_view', 'rollup_minute_view', 'rollup_hour_view']) {
      await client.command({ query: `DETACH TABLE ${view} SYNC` })
      await client.command({ query: `ATTACH TABLE ${view}` })
    }
    await writeProjection(client, { group: groupOf(1n, 2n), events })
    expect(await everything()).toEqual(once)
  })

  test('by two processes at once is there once', async () => {
    await Promise.all(Array.from({ length: 4 }, () => writeProjection(client, { group: groupOf(1n, 2n), events })))
    const found = await everything()
    expect([found.event_index.length, found.event_identity.length, found.usage_records.length]).toEqual([12, 8, 12])
    expect(await read('SELECT sum(count) AS count FROM rollup_minute')).toEqual([{ count: '12' }])
  })

  test.each(TABLES)(
    'that %s refused is rejected, and completed by the next try without a second copy',
    async (table) => {
      await client.command({ query: `ALTER TABLE ${table} ADD CONSTRAINT refuse_all CHECK 0 = 1` })
      try {
        await expect(writeProjection(client, { group: groupOf(1n, 2n), events })).rejects.toThrow('refuse_all')
      } finally {
        await client.command({ query: `ALTER TABLE ${table} DROP CONSTRAINT refuse_all` })
      }
      const partial = await everything()
      expect(partial[table]).toEqual([])
      // What was on its way beside it arrived: this is the half-written state that the retry has to complete.
      if (table.startsWith('rollup')) expect(partial.usage_records).toHaveLength(12)
      if (table === 'event_identity') expect(partial.event_index).toHaveLength(12)
      await writeProjection(client, { group: groupOf(1n, 2n), events })
      const healed = await everything()
      await beginShard()
      await writeProjection(client, { group: groupOf(1n, 2n), events })
      expect(healed).toEqual(await everything())
    },
  )

  test('of held events and repeats alone has no usage, and claims only what came first', async () => {
    const held = (['quarantined', 'duplicate', 'conflict'] as const).map((verdict, pos) =>
      projected({ batch: 1n, pos, verdict }),
    )
    await writeProjection(client, { group: groupOf(1n, 1n), events: held })
    await writeProjection(client, { group: groupOf(1n, 1n), events: held })
    const found = await everything()
    expect(found.event_index).toHaveLength(3)
    expect(found.event_identity).toHaveLength(1)
    expect([found.usage_records, found.rollup_minute, found.rollup_hour]).toEqual([[], [], []])
  })

  test('of no events at all writes nothing and fails nothing', async () => {
    await writeProjection(client, { group: groupOf(1n, 1n), events: [] })
    expect((await everything()).event_index).toEqual([])
  })

  test('keeps a held event that claims an impossible year, at the nearest time the table can hold', async () => {
    const impossible = [-62_167_219_200_000_000n, 253_402_300_799_999_999n].map((at, pos) =>
      projected({ batch: 1n, pos, at, verdict: 'quarantined' }),
    )
    await writeProjection(client, { group: groupOf(1n, 1n), events: impossible })
    expect(await read('SELECT toString(occurred_at) AS at FROM event_index ORDER BY pos')).toEqual([
      { at: '1900-01-01 00:00:00.000000' },
      { at: '2261-12-31 23:59:59.999999' },
    ])
  })

  test('of the largest quantities that are measured adds up exactly, in the records and in the rollups', async () => {
    const version: MeterVersionFacts = {
      version: 1,
      from: 0n,
      eventType: 'prompt',
      aggregation: 'SUM',
      value: { path: '$.tokens' },
      divisor: '1',
      groupBy: {},
      subjectRequired: false,
    }
    let digits = 1
    const largest = () => measureOf(version)({ data: { tokens: '9'.repeat(digits) }, subject: null })
    while (largest().ok) digits++
    digits--
    const measured = largest()
    if (!measured.ok) throw new Error('expected a quantity')
    const many = Array.from({ length: 1_000 }, (_, pos) => {
      const event = projected({ batch: 1n, pos, at: BASE_AT })
      return { ...event, records: event.records.slice(0, 1).map((each) => ({ ...each, quantity: measured.quantity })) }
    })
    await writeProjection(client, { group: groupOf(1n, 1n), events: many })
    const sum = String(BigInt('9'.repeat(digits)) * 1_000n)
    expect(await read('SELECT toString(sum(quantity)) AS sum FROM usage_records')).toEqual([{ sum }])
    expect(await read('SELECT toString(sum(sum)) AS sum FROM rollup_hour')).toEqual([{ sum }])
  })

  test('of the same numbers in another shard is another group', async () => {
    await writeProjection(client, { group: groupOf(1n, 2n), events })
    await writeProjection(client, { group: { ...groupOf(1n, 2n), shard: shard + 1000 }, events })
    const found = await everything()
    expect([found.event_index.length, found.usage_records.length]).toEqual([24, 24])
  })
})
