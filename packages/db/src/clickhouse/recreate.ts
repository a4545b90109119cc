import { setTimeout as delay } from 'node:timers/promises'
import { type ClickHouseClient, createClickHouse } from './client.ts'
import { migrateClickhouse } from './migrate.ts'

/** Tables that refuse rows of another generation than theirs. */
const GUARDED = ['event_index', 'usage_records'] as const

/** ClickHouse holds the projections of another generation, or none: what is written to it would be counted beside something else. */
export class ForeignProjection extends Error {
  readonly code = 'foreign_projection'
}

/** What an insert writes to, its views' targets too. */
const FILLED = [...GUARDED, 'event_identity', 'rollup_minute', 'rollup_hour'] as const
/** Inserts of an owner that is gone end when their connection is missed, at the latest. */
const INSERTS_MS_MAX = 120_000
const INSERTS_LOOK_MS = 50

/**
 * Drops everything in the database and makes the tables anew, empty, for one generation. May be called again after a crash. Rows of another
 * generation are refused from then on, so that an owner of the time before can add nothing.
 *
 * Tables as migrations make them take generation 1, until they are told another: what a late owner put in by then is ended, waited for
 * and cut off again.
 */
export async function recreateProjection(input: { url: string; generation: bigint }): Promise<void> {
  const client = createClickHouse(input.url)
  try {
    if (await hasDatabase(client)) await dropTables(client)
    await migrateClickhouse({ url: input.url })
    for (const table of GUARDED) {
      await client.command({ query: `ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS generation` })
      await client.command({
        query: `ALTER TABLE ${table} ADD CONSTRAINT generation CHECK generation = ${input.generation}`,
      })
    }
    await endInserts(client)
    for (const table of FILLED) await client.command({ query: `TRUNCATE TABLE ${table}` })
    await writeMarker(client, input.generation)
  } finally {
    await client.close()
  }
}

/** Ends what still inserts into this database, and waits until it is gone. */
async function endInserts(client: ClickHouseClient): Promise<void> {
  for (const end = performance.now() + INSERTS_MS_MAX; ; ) {
    const result = await client.query({
      query: `SELECT query_id FROM system.processes WHERE query_kind = 'Insert' AND current_database = currentDatabase()`,
      format: 'JSONEachRow',
    })
    const running = await result.json<{ query_id: string }>()
    if (running.length === 0) return
    if (performance.now() > end) {
      throw new Error(`expected ${running.length} inserts to end within ${INSERTS_MS_MAX / 1000} s; they go on`)
    }
    for (const { query_id: id } of running) {
      await client.command({ query: 'KILL QUERY WHERE query_id = {id:String} ASYNC', query_params: { id } })
    }
    await delay(INSERTS_LOOK_MS)
  }
}

/** The generation that this database holds; null if it is new or empty. */
export async function readMarker(client: ClickHouseClient): Promise<bigint | null> {
  const result = await client.query({
    query: 'SELECT max(generation) AS newest, count() AS n FROM projection_marker',
    format: 'JSONEachRow',
  })
  const [row] = await result.json<{ newest: number; n: string }>()
  return row === undefined || row.n === '0' ? null : BigInt(row.newest)
}

/** Says which generation this database holds. */
export async function writeMarker(client: ClickHouseClient, generation: bigint): Promise<void> {
  await client.insert({
    table: 'projection_marker',
    values: [{ generation: Number(generation) }],
    format: 'JSONEachRow',
  })
}

/** Without its database, a server refuses every statement of this client. */
async function hasDatabase(client: ClickHouseClient): Promise<boolean> {
  try {
    await client.command({ query: 'SELECT 1' })
    return true
  } catch (error) {
    if ((error as { type?: unknown }).type === 'UNKNOWN_DATABASE') return false
    throw error
  }
}

async function dropTables(client: ClickHouseClient): Promise<void> {
  const result = await client.query({
    query: `SELECT name, engine LIKE '%View' AS is_view FROM system.tables WHERE database = currentDatabase() ORDER BY is_view DESC, name`,
    format: 'JSONEachRow',
  })
  // Views first: without them nothing flows into a table that is about to go.
  for (const { name } of await result.json<{ name: string }>()) {
    await client.command({ query: 'DROP TABLE IF EXISTS {name:Identifier} SYNC', query_params: { name } })
  }
}
