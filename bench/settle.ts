import { randomUUID } from 'node:crypto'
import { formatInstant, parseInstant } from '@meterbook/core/kernel'
import { createPool, type Pool, readHeads, readRebuildProgress, takeSettlement } from '@meterbook/db/postgres'
import { settleShard } from '../workers/src/settle/settle-shard.ts'
import { watchProcesses } from './process-usage.ts'
import type { BenchSystem } from './system.ts'
import { type BenchRow, figure } from './table.ts'

const APPS = 100
const METERS = 10
const RECORDS = 1_000_000
/** After the large hour: one record for each entitlement and hour, so that writing entries is what takes the time. */
const SMALL_HOURS = 20
/** No app of the demo has it. */
const SHARD = 900
const ENTRIES_PER_SECOND = 5_000

const HOUR = 3_600_000_000n
const BEGINS = instant('2026-03-10T10:00:00Z')
/** Behind the end of a window, for it to be settled while nothing comes: two days and two minutes. */
const SETTLED_AFTER = 48n * HOUR + 120_000_000n

/**
 * Settles one hour of a million usage records over a thousand entitlements, then twenty thousand windows of one record each. In this process,
 * against the running stores; the worker is kept away by the shard's lock.
 */
export async function measureSettle(system: BenchSystem): Promise<BenchRow[]> {
  const lock = await takeSettlement({ url: system.urls.databaseUrl, shard: SHARD })
  if (lock === null) throw new Error('expected nobody to settle the shard of the bench')
  const pool = createPool({ url: system.urls.databaseUrl, connectionsMax: 2, name: 'meterbook-bench-settle' })
  try {
    const spaceId = await seed(system)
    const large = await settle(system, { pool, spaceId, until: BEGINS + HOUR })
    const small = await settle(system, { pool, spaceId, until: BEGINS + BigInt(1 + SMALL_HOURS) * HOUR })
    const perSecond = small.entries / small.seconds
    return [
      {
        what: `settling an hour of ${figure(RECORDS)} usage records over ${figure(APPS * METERS)} entitlements`,
        found: `${large.seconds.toFixed(2)} s, ${figure(large.entries)} entries, peak ${mebibytes(large.peakBytes)} (${mebibytes(large.peakBytes - large.beforeBytes)} more than before)`,
        bar: { text: 'an entry for each entitlement', isMet: large.entries === APPS * METERS },
      },
      {
        what: `settling ${figure(small.entries)} windows of one record each`,
        found: `${figure(perSecond)} entries/s (${small.seconds.toFixed(2)} s, peak ${mebibytes(small.peakBytes)})`,
        limit: `${figure(1e6 / small.cpuMicros)} entries/s: one core ÷ ${small.cpuMicros.toFixed(0)} CPU µs/entry of the process that settles; ${small.others}`,
        bar: { text: `${figure(ENTRIES_PER_SECOND)} entries/s`, isMet: perSecond >= ENTRIES_PER_SECOND },
      },
    ]
  } finally {
    await pool.end()
    await lock.release()
  }
}

interface Settled {
  seconds: number
  entries: number
  peakBytes: number
  beforeBytes: number
  /** Of the process that settles, for each entry. */
  cpuMicros: number
  /** The same of the stores, in words: ClickHouse reads what Postgres is given. */
  others: string
}

async function settle(
  system: BenchSystem,
  { pool, spaceId, until }: { pool: Pool; spaceId: string; until: bigint },
): Promise<Settled> {
  const sequence = async () => (await readHeads(pool, { spaceIds: [spaceId] }))[0]?.sequence ?? 0n
  const before = await sequence()
  const now = () => until + SETTLED_AFTER
  const deps = { pool, clickhouse: system.clickhouse, now, onPosted: () => undefined }
  const beforeBytes = process.memoryUsage().rss
  const stores = system.processes.filter(({ name }) => name === 'Postgres' || name === 'ClickHouse')
  const watch = watchProcesses([{ name: 'bench', pid: process.pid }, ...stores])
  const beganMs = performance.now()
  for (let hasMore = true; hasMore; ) ({ hasMore } = await settleShard(deps, SHARD))
  const seconds = (performance.now() - beganMs) / 1_000
  const [own, ...others] = watch.end()
  const entries = Number((await sequence()) - before)
  return {
    seconds,
    entries,
    beforeBytes,
    peakBytes: own?.peakBytes ?? process.memoryUsage().rss,
    cpuMicros: (own?.cpuMicros ?? 0) / Math.max(1, entries),
    others: others.map(({ name, cpuMicros }) => `${name} ${(cpuMicros / Math.max(1, entries)).toFixed(0)}`).join(', '),
  }
}

/** A space with apps that may use every meter, and their usage as if it had been projected. */
async function seed({ pool, clickhouse }: BenchSystem): Promise<string> {
  const [spaceId, book, subscription] = [randomUUID(), randomUUID(), randomUUID()]
  const since = '2020-01-01T00:00:00Z'
  const run = (text: string, ...values: unknown[]) => pool.query(text, values)
  await run(`INSERT INTO developer_space (id, slug, name) VALUES ($1, 'bench', 'Bench')`, spaceId)
  await run(`INSERT INTO price_book (id, slug, name, currency) VALUES ($1, 'bench', 'Bench', 'USD')`, book)
  await run(
    'INSERT INTO subscription (id, space_id, price_book_id, effective_from) VALUES ($1, $2, $3, $4)',
    ...[subscription, spaceId, book, since],
  )
  await run(
    `WITH capability AS (
        INSERT INTO capability (key, name, unit, shape) SELECT 'bench_' || n, 'Bench', 'unit', 'sum' FROM generate_series(0, $1::int - 1) n RETURNING key
      ), meter AS (
        INSERT INTO meter (id, slug, name, capability_key) SELECT gen_random_uuid(), key, key, key FROM capability RETURNING id
      ), version AS (
        INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation, value, divisor)
        SELECT id, 1, $2, 'bench', 'SUM', '{"path":"$.n"}', 3 FROM meter
      )
      INSERT INTO price (price_book_id, capability_key, version, effective_from, allowance, price, per) SELECT $3, key, 1, $2, 1000, 0.000025, 1 FROM capability`,
    ...[METERS, since, book],
  )
  const apps = await pool.query<{ id: string }>(
    `INSERT INTO app (id, slug, name, shard) SELECT gen_random_uuid(), 'bench-' || n, 'Bench', $1 FROM generate_series(1, $2) n RETURNING id`,
    [SHARD, APPS],
  )
  await run(
    'INSERT INTO app_ownership (id, app_id, space_id, effective_from) SELECT gen_random_uuid(), id, $1, $2 FROM app WHERE shard = $3',
    ...[spaceId, since, SHARD],
  )
  await run(
    `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from)
      SELECT gen_random_uuid(), $1, a.id, c.key, $2 FROM app a, capability c WHERE a.shard = $3 AND c.key LIKE 'bench_%'`,
    ...[subscription, since, SHARD],
  )
  const ids = apps.rows.map(({ id }) => id)
  // a rebuild before us began another one, and the tables take rows of the present one only
  const { generation } = await readRebuildProgress(pool)
  for (const [count, first, micros] of [
    [RECORDS, BEGINS, `intDiv(number * 3600, ${RECORDS / 1_000_000})`],
    [APPS * METERS * SMALL_HOURS, BEGINS + HOUR, `intDiv(number, ${APPS * METERS}) * 3600000000`],
  ] as const) {
    await clickhouse.command({
      query: `INSERT INTO usage_records (shard, batch, pos, identity, space, app, meter, meter_version, environment, at, received_at, quantity, entitlement, catalogue_revision, generation)
        SELECT ${SHARD}, 1, toUInt32(number), reinterpret(sipHash128(number, {first:Int64}), 'FixedString(16)'), {space:String}, {apps:Array(String)}[number % ${APPS} + 1],
          concat('bench_', toString(intDiv(number, ${APPS}) % ${METERS})), 1, 'production', fromUnixTimestamp64Micro(toInt64({first:Int64} + ${micros}), 'UTC') AS moment, moment,
          toDecimal256(number % 1000, 30) + toDecimal256('0.125', 30), 'bench', 1, ${generation}
        FROM numbers(${count})`,
      query_params: { space: spaceId, apps: ids, first },
    })
  }
  await run(
    `INSERT INTO projection_progress (shard, generation, through, watermark) VALUES ($1, $3, 1, $2)
      ON CONFLICT (shard) DO UPDATE SET generation = excluded.generation, through = 1, watermark = excluded.watermark`,
    ...[SHARD, formatInstant(BEGINS), generation],
  )
  return spaceId
}

function instant(text: string): bigint {
  const parsed = parseInstant(text)
  if (!parsed.ok) throw new RangeError(`expected an instant, found ${text}`)
  return parsed.value
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`
}
