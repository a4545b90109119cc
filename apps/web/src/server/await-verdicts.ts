import { setTimeout as delay } from 'node:timers/promises'
import type { EventVerdict, JournalPosition } from '@meterbook/core/event'
import { type ClickHouseClient, readVerdicts } from '@meterbook/db/clickhouse'
import { type Pool, readShardLags, type ShardLag } from '@meterbook/db/postgres'

const LOOK_MS = 30

/** Waits until the batches at these positions are projected, and reads what became of their events; null if time ran out first. */
export async function awaitVerdicts(
  stores: { pool: Pool; clickhouse: ClickHouseClient },
  input: { positions: readonly JournalPosition[]; waitMs: number },
): Promise<EventVerdict[][] | null> {
  const until = performance.now() + input.waitMs
  while (!(await areProjected(stores.pool, input.positions))) {
    if (performance.now() >= until) return null
    await delay(LOOK_MS)
  }
  return Promise.all(
    input.positions.map(({ shard, number }) => verdictsOf(stores.clickhouse, { shard, batch: number })),
  )
}

async function areProjected(pool: Pool, positions: readonly JournalPosition[]): Promise<boolean> {
  const projected = new Map((await lookOnce(pool)).map((lag) => [lag.shard, lag.projected]))
  return positions.every(({ shard, number }) => (projected.get(shard) ?? 0n) >= number)
}

const looks = new WeakMap<Pool, Promise<ShardLag[]>>()

/** However many wait, one of them asks at a time. An answer that was under way already can only be too early. */
function lookOnce(pool: Pool): Promise<ShardLag[]> {
  const underWay = looks.get(pool)
  if (underWay) return underWay
  const look = readShardLags(pool).finally(() => looks.delete(pool))
  looks.set(pool, look)
  return look
}

async function verdictsOf(
  client: ClickHouseClient,
  position: { shard: number; batch: bigint },
): Promise<EventVerdict[]> {
  const rows = await readVerdicts(client, position)
  return rows.map(({ verdict, reason, detail }) => ({
    verdict,
    ...(reason === '' ? {} : { reason }),
    ...(detail === '' ? {} : { detail }),
  }))
}
