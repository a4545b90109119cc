import type { ClickHouseClient } from './client.ts'

export interface ClickHouseDisk {
  name: string
  freeBytes: bigint
  totalBytes: bigint
}

/** The server's clock, microseconds since the epoch. Fails where address or password are wrong. */
export async function readClickHouseClock(client: ClickHouseClient): Promise<bigint> {
  const [row] = await ask<{ at: string }>(client, 'SELECT toString(toUnixTimestamp64Micro(now64(6))) AS at')
  return BigInt(row?.at ?? 0)
}

export async function listDisks(client: ClickHouseClient): Promise<ClickHouseDisk[]> {
  const rows = await ask<{ name: string; free: string; total: string }>(
    client,
    'SELECT name, toString(free_space) AS free, toString(total_space) AS total FROM system.disks ORDER BY name',
  )
  return rows.map(({ name, free, total }) => ({ name, freeBytes: BigInt(free), totalBytes: BigInt(total) }))
}

/** Names of the migrations that were applied to their end. */
export async function listAppliedMigrations(client: ClickHouseClient): Promise<Set<string>> {
  const rows = await ask<{ name: string }>(client, `SELECT DISTINCT name FROM schema_migration WHERE state = 'done'`)
  return new Set(rows.map(({ name }) => name))
}

async function ask<Row>(client: ClickHouseClient, query: string): Promise<Row[]> {
  return (await client.query({ query, format: 'JSONEachRow' })).json<Row>()
}
