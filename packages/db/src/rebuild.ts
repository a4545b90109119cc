// Rebuild: the projections in ClickHouse are dropped, and computed again from the journal by whoever owns the shards.
// Promises: killed anywhere, it goes on where it stopped; no row of the time before ever joins those of the time after.
// Does not know: how a group is projected, who asked for it.
import { type ClickHouseClient, createClickHouse } from './clickhouse/client.ts'
import { ForeignProjection, readMarker, recreateProjection, writeMarker } from './clickhouse/recreate.ts'
import { beginGeneration, hasProjected, readGeneration } from './postgres/generation-store.ts'
import { createPool, type Pool } from './postgres/pool.ts'

export interface RebuildInput {
  databaseUrl: string
  clickhouseUrl: string
  /** Who asked, and why: kept with the generation. */
  by: string
  reason: string
  log?: (line: string) => void
  /** How long a shard's owner may take to let go, before its session is ended. */
  ownerMsMax?: number
}

/** Drops the projections and sets every shard back to its first group; the workers replay from there. See beginGeneration. */
export function beginRebuild(input: RebuildInput): Promise<{ generation: bigint; isNew: boolean }> {
  const { databaseUrl, clickhouseUrl, by, reason, log, ownerMsMax } = input
  return beginGeneration(
    { url: databaseUrl, by, reason, ...(log && { log }), ...(ownerMsMax !== undefined && { ownerMsMax }) },
    {
      isHeld: async (generation) => (await markerOf(clickhouseUrl)) === generation,
      drop: (generation) => recreateProjection({ url: clickhouseUrl, generation }),
    },
  )
}

/** Null also where there is no database or no table: lost is lost. */
async function markerOf(url: string): Promise<bigint | null> {
  const clickhouse = createClickHouse(url)
  try {
    return await readMarker(clickhouse)
  } catch (error) {
    if (/^UNKNOWN_(DATABASE|TABLE)$/.test(String((error as { type?: unknown }).type))) return null
    throw error
  } finally {
    await clickhouse.close()
  }
}

/**
 * Whether ClickHouse holds the projections that Postgres speaks of. A database where nothing was ever projected is marked as theirs.
 * `lost`: it is empty or of another generation, and must be rebuilt before anything is added to it.
 */
export async function checkProjection(stores: {
  pool: Pool
  clickhouse: ClickHouseClient
}): Promise<'held' | 'dropping' | 'lost'> {
  const { generation, isDropped } = await readGeneration(stores.pool)
  if (!isDropped) return 'dropping'
  // Asked for in this order: the mark is made before the first group, so whoever sees a group must see the mark.
  const isProjected = await hasProjected(stores.pool)
  const marker = await readMarker(stores.clickhouse)
  if (marker === generation) return 'held'
  if (marker !== null || isProjected) return 'lost'
  await writeMarker(stores.clickhouse, generation)
  return 'held'
}

/** Throws ForeignProjection unless ClickHouse holds the projections that Postgres speaks of. */
export async function expectProjection(stores: { pool: Pool; clickhouse: ClickHouseClient }): Promise<void> {
  const found = await checkProjection(stores)
  if (found === 'held') return
  throw new ForeignProjection(
    `expected ClickHouse to hold the projections of this journal, found them ${found}: run \`npm run meterbook -- rebuild\``,
  )
}

/** Begins a rebuild if the projections are lost; true if it did. For a start that finds an empty ClickHouse beside a full journal. */
export async function rebuildIfLost(input: RebuildInput): Promise<boolean> {
  const clickhouse = createClickHouse(input.clickhouseUrl)
  const pool = createPool({ url: input.databaseUrl, connectionsMax: 1, name: 'meterbook-rebuild' })
  try {
    if ((await checkProjection({ pool, clickhouse })) === 'held') return false
  } finally {
    await Promise.all([pool.end(), clickhouse.close()])
  }
  return (await beginRebuild(input)).isNew
}
