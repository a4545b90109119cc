// Brings a ClickHouse database up to date: numbered SQL files, each applied once, each checked by its digest for ever after.
import { createHash, randomUUID } from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type ClickHouseClient, createClickHouse } from './client.ts'

/** Asked for when it is needed: a bundler that meets this file on the way to another would look for the folder as if it were a module. */
const folder = () => path.join(import.meta.dirname, 'migrations')
const STATEMENT_SEPARATOR = /^-{8,}$/m
const LOCK_TABLE = 'schema_migration_lock'
/** Migrating takes seconds: a lock this old was left behind by a process that died. */
const LOCK_SECONDS_MAX = 60
const LOCK_POLL_MS = 200

export interface ClickHouseMigration {
  name: string
  digest: string
  statements: string[]
}

/**
 * Applies what is missing, in order; returns the names applied. `url` names the database, which is made if it is not there.
 * Starts at once wait for each other. Fails if an applied file was changed, naming it. ClickHouse has no transactions: a migration that died half way leaves its
 * row as unfinished, and the next run says so instead of guessing.
 */
export async function migrateClickhouse(input: {
  url: string
  log?: (line: string) => void
  lockSecondsMax?: number
}): Promise<string[]> {
  const database = databaseOf(input.url)
  await createDatabase(input.url, database)
  const client = createClickHouse(input.url)
  try {
    await client.command({
      query: `CREATE TABLE IF NOT EXISTS schema_migration (
        name String, digest String, state Enum8('begun' = 1, 'done' = 2), at DateTime64(3, 'UTC') DEFAULT now64(3)
      ) ENGINE = MergeTree ORDER BY (name, state)`,
    })
    const migrations = await readMigrations()
    if (await areDone(migrations)) return []
    await lock(client, input.lockSecondsMax ?? LOCK_SECONDS_MAX)
    try {
      return await applyMissing(migrations)
    } finally {
      await unlock(client)
    }
  } finally {
    await client.close()
  }

  /** Almost every start: nothing to do, so nothing to lock. */
  async function areDone(migrations: readonly ClickHouseMigration[]): Promise<boolean> {
    const result = await client.query({
      query: `SELECT name, digest FROM schema_migration WHERE state = 'done'`,
      format: 'JSONEachRow',
    })
    const digests = new Map(
      (await result.json<{ name: string; digest: string }>()).map((row) => [row.name, row.digest]),
    )
    return migrations.every((migration) => digests.get(migration.name) === migration.digest)
  }

  async function applyMissing(migrations: readonly ClickHouseMigration[]): Promise<string[]> {
    const applied: string[] = []
    for (const migration of migrations) {
      const state = await stateOf(migration)
      if (state === 'done') continue
      await mark(migration, 'begun')
      for (const query of migration.statements) await client.command({ query })
      await mark(migration, 'done')
      applied.push(migration.name)
      input.log?.(`clickhouse: applied ${migration.name}`)
    }
    return applied
  }

  async function stateOf(migration: ClickHouseMigration): Promise<'new' | 'done'> {
    const result = await client.query({
      query: 'SELECT digest, state FROM schema_migration WHERE name = {name:String}',
      query_params: { name: migration.name },
      format: 'JSONEachRow',
    })
    const rows = await result.json<{ digest: string; state: 'begun' | 'done' }>()
    const done = rows.find((row) => row.state === 'done')
    if (done && done.digest !== migration.digest) {
      throw new Error(
        `ClickHouse migration ${migration.name} was changed after it was applied: expected ${done.digest}, found ${migration.digest}`,
      )
    }
    if (done) return 'done'
    if (rows.length > 0) {
      throw new Error(
        `ClickHouse migration ${migration.name} stopped half way. Everything in this database can be computed again from the journal: drop database ${database} and start again`,
      )
    }
    return 'new'
  }

  async function mark(migration: ClickHouseMigration, state: 'begun' | 'done'): Promise<void> {
    await client.insert({
      table: 'schema_migration',
      values: [{ name: migration.name, digest: migration.digest, state }],
      format: 'JSONEachRow',
    })
  }
}

/**
 * Waits until this process alone migrates. ClickHouse has no lock to take, but of many that make one table only one leaves its mark on
 * it. Two that find a dead process's lock in the same moment may both go on; the row of the begun migration then stops the second.
 */
async function lock(client: ClickHouseClient, secondsMax: number): Promise<void> {
  const mark = randomUUID()
  for (;;) {
    await client.command({
      query: `CREATE TABLE IF NOT EXISTS ${LOCK_TABLE} (held UInt8) ENGINE = Memory COMMENT '${mark}'`,
    })
    const result = await client.query({
      query: `SELECT comment AS mark, dateDiff('second', metadata_modification_time, now()) AS seconds FROM system.tables
        WHERE database = currentDatabase() AND name = {name:String}`,
      query_params: { name: LOCK_TABLE },
      format: 'JSONEachRow',
    })
    const [held] = await result.json<{ mark: string; seconds: string }>()
    if (held?.mark === mark) return
    if (held && Number(held.seconds) > secondsMax) await unlock(client)
    else await delay(LOCK_POLL_MS)
  }
}

async function unlock(client: ClickHouseClient): Promise<void> {
  await client.command({ query: `DROP TABLE IF EXISTS ${LOCK_TABLE}` })
}

/** All of them, in order. */
export async function readMigrations(): Promise<ClickHouseMigration[]> {
  const names = (await fs.readdir(folder())).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await fs.readFile(path.join(folder(), name), 'utf8')
      const statements = sql.split(STATEMENT_SEPARATOR).map((statement) => statement.trim())
      return { name, digest: createHash('sha256').update(sql).digest('hex'), statements: statements.filter(Boolean) }
    }),
  )
}

async function createDatabase(url: string, database: string): Promise<void> {
  const server = new URL(url)
  server.pathname = '/'
  const client = createClickHouse(server.href)
  try {
    await client.command({ query: 'CREATE DATABASE IF NOT EXISTS {database:Identifier}', query_params: { database } })
  } finally {
    await client.close()
  }
}

function databaseOf(url: string): string {
  const database = new URL(url).pathname.slice(1)
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(database)) {
    throw new Error(
      `CLICKHOUSE_URL must name a database, as in http://user:password@host:8123/meterbook; found "${database}"`,
    )
  }
  return database
}
