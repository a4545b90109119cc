import { type ClickHouseClient, listAppliedMigrations as listAppliedToClickHouse } from '@meterbook/db/clickhouse'
import { readMigrations } from '@meterbook/db/clickhouse/migrate'
import { listAppliedMigrations, listUsableIndexes, type Pool } from '@meterbook/db/postgres'
import { readExpectedSchema } from '@meterbook/db/postgres/expected-schema'
import { codeOf, type Finding, unknown, well, wrong } from './finding.ts'

const MIGRATE =
  'stop the workers, run `node docker/migrate.ts` with DATABASE_OWNER_URL (`npm start` and `docker compose up` do it by themselves), then start them again'

/** Whether Postgres has this code's shape: every migration, no other one, and every index. */
export async function checkPostgresSchema(pool: Pool): Promise<Finding[]> {
  try {
    const [expected, applied, indexes] = await Promise.all([
      readExpectedSchema(),
      listAppliedMigrations(pool),
      listUsableIndexes(pool),
    ])
    const schema = shapeOf('Schema of Postgres', expected.migrations, applied)
    // An index of a migration that is missing is no fault of its own.
    if (schema.state === 'wrong') return [schema]
    const missing = expected.indexes.filter((name) => !indexes.has(name))
    if (missing.length === 0) return [schema, well('Indexes', `all ${expected.indexes.length} are there`)]
    const advice = `make ${missing.length === 1 ? 'it' : 'them'} again as the owner: the statement is in prisma/migrations (\`grep -rn ${missing[0]} prisma/migrations\`); add CONCURRENTLY after INDEX while Meterbook runs`
    return [schema, wrong('Indexes', `missing or not valid: ${missing.join(', ')}`, advice)]
  } catch (error) {
    return [unknown('Schema of Postgres', `the question failed (${codeOf(error)})`, MIGRATE)]
  }
}

export async function checkClickHouseSchema(client: ClickHouseClient): Promise<Finding> {
  const name = 'Schema of ClickHouse'
  try {
    const [expected, applied] = await Promise.all([readMigrations(), listAppliedToClickHouse(client)])
    return shapeOf(
      name,
      expected.map((migration) => migration.name),
      applied,
    )
  } catch (error) {
    return wrong(name, `its migrations cannot be read (${codeOf(error)})`, MIGRATE)
  }
}

function shapeOf(name: string, expected: readonly string[], applied: ReadonlySet<string>): Finding {
  const missing = expected.filter((each) => !applied.has(each))
  if (missing.length > 0) return wrong(name, `is older than this code, without ${missing.join(', ')}`, MIGRATE)
  const known = new Set(expected)
  const newer = [...applied].filter((each) => !known.has(each))
  if (newer.length === 0) return well(name, `has all ${expected.length} migrations`)
  return wrong(
    name,
    `is newer than this code, with ${newer.join(', ')}`,
    'update this checkout to the version that runs',
  )
}
