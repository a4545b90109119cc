import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ClickHouseClient, createClickHouse } from './client.ts'
import { migrateClickhouse } from './migrate.ts'

let database: TestDatabase
let client: ClickHouseClient
beforeAll(async () => {
  database = await createTestDatabase()
  client = createClickHouse(database.clickhouse.url)
})
afterAll(async () => {
  await client.close()
  await database.drop()
})

const migrate = (url = database.clickhouse.url) => migrateClickhouse({ url })
const read = async <T>(query: string, by = client) => (await by.query({ query, format: 'JSONEachRow' })).json<T>()
const tables = async () =>
  (await read<{ name: string }>('SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name')).map(
    (table) => table.name,
  )

describe('migrating ClickHouse', () => {
  test('four starts at once on an empty database apply each migration once', async () => {
    const runs = await Promise.all([migrate(), migrate(), migrate(), migrate()])
    const applied = runs.filter((names) => names.length > 0)
    expect(applied).toHaveLength(1)
    const marks = await read('SELECT name, count() AS marks FROM schema_migration GROUP BY name ORDER BY name')
    expect(marks).toEqual(applied[0]?.toSorted().map((name) => ({ name, marks: '2' })))
    expect(await tables()).toEqual(
      expect.arrayContaining(['event_identity', 'event_index', 'rollup_hour', 'usage_records']),
    )
    expect(await tables()).not.toContain('schema_migration_lock')
  })

  test('a second run does nothing', async () => {
    const before = await read('SELECT * FROM schema_migration ORDER BY at')
    expect(await migrate()).toEqual([])
    expect(await read('SELECT * FROM schema_migration ORDER BY at')).toEqual(before)
  })

  test('makes the database that the URL names, and refuses a URL that names none, or anything but a name', async () => {
    const url = new URL(database.clickhouse.url)
    for (const path of ['/', '/a.b', '/a;DROP', '/1st', '/a`b']) {
      url.pathname = path
      await expect(migrate(url.href), path).rejects.toThrow('must name a database')
    }
    url.pathname = `${new URL(database.clickhouse.url).pathname}_made`
    const made = createClickHouse(url.href)
    try {
      expect(await migrate(url.href)).not.toEqual([])
      expect(await read('SELECT count() AS count FROM usage_records', made)).toEqual([{ count: '0' }])
    } finally {
      await made.command({ query: `DROP DATABASE ${url.pathname.slice(1)} SYNC` })
      await made.close()
    }
  })

  test('a start waits while another one migrates, and takes over from one that died', async () => {
    const other = `INSERT INTO schema_migration (name, digest, state) SELECT name, digest, state FROM schema_migration`
    await client.command({ query: 'CREATE TABLE schema_migration_lock (held UInt8) ENGINE = Memory' })
    await client.command({ query: 'RENAME TABLE schema_migration TO schema_migration_kept' })
    const run = migrate()
    await until(async () => (await tables()).includes('schema_migration'))
    await expect(Promise.race([run.then(() => 'migrated'), read('SELECT sleep(1)').then(() => 'waits')])).resolves.toBe(
      'waits',
    )
    await client.command({ query: `${other}_kept` })
    await client.command({ query: 'DROP TABLE schema_migration_lock' })
    expect(await run).toEqual([])

    await client.command({ query: 'CREATE TABLE schema_migration_lock (held UInt8) ENGINE = Memory' })
    await client.command({ query: 'TRUNCATE TABLE schema_migration' })
    const heir = migrateClickhouse({ url: database.clickhouse.url, lockSecondsMax: 0 })
    await expect(heir).rejects.toThrow(/usage_records|event_index/)
    expect(await tables()).not.toContain('schema_migration_lock')
    await client.command({ query: 'TRUNCATE TABLE schema_migration' })
    await client.command({ query: `${other}_kept` })
    expect(await migrate()).toEqual([])
  })

  test('a migration that was changed after it was applied is refused, naming it', async () => {
    const [first] = await read<{ name: string; digest: string }>(
      `SELECT name, digest FROM schema_migration WHERE state = 'done' ORDER BY name LIMIT 1`,
    )
    await client.command({
      query: `ALTER TABLE schema_migration UPDATE digest = 'other' WHERE state = 'done' AND name = '${first?.name}' SETTINGS mutations_sync = 1`,
    })
    await expect(migrate()).rejects.toThrow(
      `ClickHouse migration ${first?.name} was changed after it was applied: expected other, found ${first?.digest}`,
    )
    expect(await tables()).not.toContain('schema_migration_lock')
  })

  test('a migration that stopped half way is reported as that, and nothing is guessed', async () => {
    await client.command({
      query: `ALTER TABLE schema_migration DELETE WHERE state = 'done' SETTINGS mutations_sync = 1`,
    })
    await expect(migrate()).rejects.toThrow('stopped half way')
  })
})

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 30_000; !(await isTrue()); ) {
    if (performance.now() > end) throw new Error('expected it to come true in time')
  }
}
