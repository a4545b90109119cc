import type { ClickHouseClient } from './client.ts'

/** Errors that keep an insert out although the server answers queries. */
const FAULTS = [
  'NOT_ENOUGH_SPACE',
  'CANNOT_WRITE_TO_FILE_DESCRIPTOR',
  'CANNOT_FSYNC',
  'TOO_MANY_PARTS',
  'READONLY',
  'TABLE_IS_READ_ONLY',
]

/** The server's name of the last such error, if it met one within this time; else null. */
export async function readWriteFault(client: ClickHouseClient, withinMs: number): Promise<string | null> {
  const result = await client.query({
    query: `SELECT name FROM system.errors
      WHERE name IN ({names:Array(String)}) AND last_error_time >= now() - toIntervalMillisecond({within:UInt32})
      ORDER BY last_error_time DESC LIMIT 1`,
    query_params: { names: FAULTS, within: withinMs },
    format: 'JSONEachRow',
  })
  return (await result.json<{ name: string }>())[0]?.name ?? null
}
