import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migratePostgres } from './migrate.ts'

let database: TestDatabase
let owner: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  owner = new pg.Client({ connectionString: database.postgres.ownerUrl })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await database.drop()
})

const migrate = () => migratePostgres({ ownerUrl: database.postgres.ownerUrl, appUrl: database.postgres.url })
const rows = async () =>
  (
    await owner.query(
      'SELECT migration_name, checksum, finished_at, applied_steps_count FROM _prisma_migrations ORDER BY 1',
    )
  ).rows

describe('migrating Postgres', () => {
  test('three starts at once on an empty database apply each migration once, in order', async () => {
    const runs = await Promise.all([migrate(), migrate(), migrate()])
    const applied = runs.filter((names) => names.length > 0)
    expect(applied).toHaveLength(1)
    expect(applied[0]).toEqual(applied[0]?.toSorted())
    expect(
      (await rows()).map((row) => [row.migration_name, row.applied_steps_count, row.finished_at !== null]),
    ).toEqual(applied[0]?.map((name) => [name, 1, true]))
  })

  test('a second run does nothing', async () => {
    const before = await rows()
    expect(await migrate()).toEqual([])
    expect(await rows()).toEqual(before)
  })

  test('leaves the app what it needs, and nothing of the owner’s', async () => {
    const app = new pg.Client({ connectionString: database.postgres.url })
    await app.connect()
    try {
      const { rows: tables } = await app.query<{ name: string; rights: string[] }>(
        `SELECT c.relname AS name, array_remove(ARRAY[
           CASE WHEN has_table_privilege(c.oid, 'SELECT') THEN 'read' END,
           CASE WHEN has_table_privilege(c.oid, 'INSERT') THEN 'add' END,
           CASE WHEN has_table_privilege(c.oid, 'UPDATE') THEN 'change' END,
           CASE WHEN has_table_privilege(c.oid, 'DELETE') THEN 'remove' END,
           CASE WHEN has_table_privilege(c.oid, 'TRUNCATE') THEN 'empty' END,
           CASE WHEN has_table_privilege(c.oid, 'TRIGGER') THEN 'trigger' END], NULL) AS rights
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind = 'r'`,
      )
      const rights = new Map(tables.map((table) => [table.name, table.rights.join(' ')]))
      for (const table of [
        'journal_batch',
        'ledger_entry',
        'audit_entry',
        'meter_version',
        'price',
        'catalogue_snapshot',
        'correction',
        'statement',
        'quarantine_waiver',
        'proposal',
        'proposal_decision',
        'frozen_view',
        'moved_money',
      ]) {
        expect(rights.get(table), table).toBe('read add')
        rights.delete(table)
      }
      for (const table of ['_prisma_migrations', 'catalogue_head']) {
        expect(rights.get(table), table).toBe('read')
        rights.delete(table)
      }
      expect(rights.get('ledger_head')).toBe('read add change')
      rights.delete('ledger_head')
      expect(rights.get('audit_head')).toBe('read change')
      rights.delete('audit_head')
      for (const [table, found] of rights) expect(found, table).toBe('read add change remove')
      expect(rights.size).toBeGreaterThan(15)
    } finally {
      await app.end()
    }
  })

  test('a migration that was changed after it was applied is refused, naming it', async () => {
    const [first] = await rows()
    await owner.query('UPDATE _prisma_migrations SET checksum = $1 WHERE migration_name = $2', [
      '0'.repeat(64),
      first.migration_name,
    ])
    await expect(migrate()).rejects.toThrow(
      `Postgres migration ${first.migration_name} was changed after it was applied: expected ${'0'.repeat(64)}, found ${first.checksum}`,
    )
    await owner.query('UPDATE _prisma_migrations SET checksum = $1 WHERE migration_name = $2', [
      first.checksum,
      first.migration_name,
    ])
    expect(await migrate()).toEqual([])
  })

  test('a migration that failed earlier stops the start, until somebody has looked', async () => {
    await owner.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'x', '20991231_broken')`,
    )
    await expect(migrate()).rejects.toThrow('Postgres migrations failed earlier: 20991231_broken')
    await owner.query(`UPDATE _prisma_migrations SET rolled_back_at = now() WHERE id = 'x'`)
    expect(await migrate()).toEqual([])
  })

  test('on a database that has other tables in the way fails whole: no half of a migration stays', async () => {
    const other = await createTestDatabase()
    const client = new pg.Client({ connectionString: other.postgres.ownerUrl })
    await client.connect()
    try {
      await client.query('CREATE TABLE membership (id int)')
      const run = migratePostgres({ ownerUrl: other.postgres.ownerUrl, appUrl: other.postgres.url })
      await expect(run).rejects.toThrow(/_init failed: relation "membership" already exists/)
      const { rows: tables } = await client.query(
        `SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public' AND relkind = 'r' ORDER BY 1`,
      )
      expect(tables).toEqual([{ relname: '_prisma_migrations' }, { relname: 'membership' }])
    } finally {
      await client.end()
      await other.drop()
    }
  })
})
