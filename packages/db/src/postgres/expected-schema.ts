import { readMigrations } from './migrate.ts'

/**
 * What the migrations of this code make of a database: their names in order, and the indexes that are there after the last. Not in the index of this
 * folder: the web application's build would want the folder of migrations in its bundle.
 */
export async function readExpectedSchema(): Promise<{ migrations: string[]; indexes: string[] }> {
  const migrations = await readMigrations()
  const indexes = new Set<string>()
  for (const { sql } of migrations)
    for (const [, created, dropped] of sql.matchAll(CHANGES)) {
      if (created) indexes.add(created)
      if (dropped) indexes.delete(dropped)
    }
  return { migrations: migrations.map(({ name }) => name), indexes: [...indexes] }
}

const CHANGES = /^(?:CREATE (?:UNIQUE )?INDEX(?: IF NOT EXISTS)? "?(\w+)"?|DROP INDEX(?: IF EXISTS)? "?(\w+)"?)/gm
