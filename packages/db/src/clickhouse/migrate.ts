// Brings a ClickHouse database up to date: numbered SQL files, each applied once, each checked by its digest for ever after.
import { createHash } from 'node:crypto'
import fs from 'node:fs/promises'
import { createClickHouse } from './client.ts'

const FOLDER = new URL('./migrations/', import.meta.url)
const STATEMENT_SEPARATOR = /^-{8,}$/m

export interface ClickHouseMigration {
  name: string
  digest: string
  statements: string[]
}

/**
 * Applies what is missing, in order; returns the names applied. `url` names the database, which is made if it is not there.
 * Fails if an applied file was changed, naming it. ClickHouse has no transactions: a migration that died half way leaves its
 * row as unfinished, and the next run says so instead of guessing.
 */
export async function migrateClickhouse(input: { url: string; log?: (line: string) => void }): Promise<string[]> {
  const database = databaseOf(input.url)
  await createDatabase(input.url, database)
  const client = createClickHouse(input.url)
  try {
    await client.command({
      query: `CREATE TABLE IF NOT EXISTS schema_migration (
        name String, digest String, state Enum8('begun' = 1, 'done' = 2), at DateTime64(3, 'UTC') DEFAULT now64(3)
      ) ENGINE = MergeTree ORDER BY (name, state)`,
    })
    const applied: string[] = []
    for (const migration of await readMigrations()) {
      const state = await stateOf(migration)
      if (state === 'done') continue
      await mark(migration, 'begun')
      for (const query of migration.statements) await client.command({ query })
      await mark(migration, 'done')
      applied.push(migration.name)
      input.log?.(`clickhouse: applied ${migration.name}`)
    }
    return applied
  } finally {
    await client.close()
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

async function readMigrations(): Promise<ClickHouseMigration[]> {
  const names = (await fs.readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await fs.readFile(new URL(name, FOLDER), 'utf8')
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
