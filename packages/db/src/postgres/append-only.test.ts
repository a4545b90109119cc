import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  openPostgresTestDatabase,
  type PostgresTestDatabase,
  type SeededCatalogue,
  seedCatalogue,
} from './postgres-test-database.ts'

let database: PostgresTestDatabase
let seeded: SeededCatalogue
beforeAll(async () => {
  database = await openPostgresTestDatabase()
  seeded = await seedCatalogue(database.owner)
  await fillAppendOnlyTables()
})
afterAll(() => database.drop())

/** Each with a column that a change would touch. */
const TABLES = [
  ['journal_batch', 'body'],
  ['ledger_entry', 'canonical'],
  ['audit_entry', 'canonical'],
  ['meter_version', 'value'],
  ['price', 'price'],
  ['catalogue_snapshot', 'document'],
  ['correction', 'reason'],
  ['statement', 'total'],
  ['quarantine_waiver', 'reason'],
  ['proposal', 'reason'],
  ['proposal_decision', 'decision'],
  ['frozen_view', 'names'],
  ['moved_money', 'amount'],
] as const
const REFUSED_BY_GRANT = '42501'
const OVERLAPS = '23P01'

/** The SQLSTATE of the refusal, or null if the statement was accepted; nothing of it stays. */
async function refusal(client: pg.Client, ...statements: string[]): Promise<string | null> {
  await client.query('BEGIN')
  try {
    for (const statement of statements) await client.query(statement)
    return null
  } catch (error) {
    return (error as { code: string }).code
  } finally {
    await client.query('ROLLBACK')
  }
}

describe('as the app’s role', () => {
  let app: pg.Client
  beforeAll(async () => {
    app = new pg.Client({ connectionString: database.url })
    await app.connect()
  })
  afterAll(() => app.end())

  test.each(TABLES)('%s can be read and added to, never changed, emptied or dropped', async (table, column) => {
    expect((await app.query(`SELECT count(*)::int AS count FROM ${table}`)).rows).toEqual([{ count: 1 }])
    for (const statement of [
      `UPDATE ${table} SET ${column} = ${column}`,
      `UPDATE ${table} SET ${column} = ${column} WHERE false`,
      `DELETE FROM ${table}`,
      `DELETE FROM ${table} WHERE false`,
      `TRUNCATE ${table}`,
      `TRUNCATE ${table} CASCADE`,
      `INSERT INTO ${table} SELECT * FROM ${table} ON CONFLICT ON CONSTRAINT ${table}_pkey DO UPDATE SET ${column} = excluded.${column}`,
      `DROP TABLE ${table}`,
      `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
      `ALTER TABLE ${table} DISABLE TRIGGER ${table}_append_only`,
      `DROP TRIGGER ${table}_append_only ON ${table}`,
      `ALTER TABLE ${table} OWNER TO CURRENT_USER`,
      `GRANT UPDATE ON ${table} TO CURRENT_USER`,
    ]) {
      const code = await refusal(app, statement)
      // A GRANT without the right to give is a warning that gives nothing.
      if (statement.startsWith('GRANT'))
        expect(await refusal(app, statement, `UPDATE ${table} SET ${column} = ${column}`)).toBe(REFUSED_BY_GRANT)
      else expect(code, statement).toBe(REFUSED_BY_GRANT)
    }
  })

  test('the guards cannot be gone around: no superuser, no other role, no replica mode, no other trigger function', async () => {
    const { rows } = await app.query(
      `SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
        (SELECT count(*)::int FROM pg_auth_members WHERE member = r.oid) AS memberships
       FROM pg_roles r WHERE rolname = current_user`,
    )
    expect(rows).toEqual([
      {
        rolsuper: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolreplication: false,
        rolbypassrls: false,
        memberships: 0,
      },
    ])
    const owner = decodeURIComponent(new URL(database.ownerUrl).username)
    for (const statement of [
      `SET ROLE ${pg.escapeIdentifier(owner)}`,
      `SET SESSION AUTHORIZATION ${pg.escapeIdentifier(owner)}`,
      'SET session_replication_role = replica',
      `CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
      'DROP FUNCTION refuse_change() CASCADE',
      'CREATE TABLE public.mine (id int)',
      'DELETE FROM "_prisma_migrations"',
      'UPDATE catalogue_head SET revision = 1',
      'DELETE FROM catalogue_head',
    ]) {
      expect(await refusal(app, statement), statement).toBe(REFUSED_BY_GRANT)
    }
  })

  test('a table of its own cannot stand in for the catalogue’s head, which the owner’s function writes', async () => {
    await app.query('BEGIN')
    const before = await app.query('SELECT revision FROM public.catalogue_head')
    await app.query('CREATE TEMP TABLE catalogue_head (id smallint, revision bigint)')
    await app.query('INSERT INTO pg_temp.catalogue_head VALUES (1, 1)')
    await app.query(`CREATE FUNCTION pg_temp.as_whom() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM set_config('test.ran_as', current_user, true); RETURN NEW; END $$`)
    await app.query(
      'CREATE TRIGGER as_whom BEFORE UPDATE ON pg_temp.catalogue_head FOR EACH ROW EXECUTE FUNCTION pg_temp.as_whom()',
    )
    await app.query('GRANT ALL ON pg_temp.catalogue_head TO PUBLIC')
    await app.query('UPDATE app SET name = name')
    const ranAs = await app.query(`SELECT current_setting('test.ran_as', true) AS role`)
    const after = await app.query('SELECT revision FROM public.catalogue_head')
    await app.query('ROLLBACK')
    expect(ranAs.rows[0]?.role ?? '').toBe('')
    expect(BigInt(after.rows[0].revision)).toBe(BigInt(before.rows[0].revision) + 1n)
  })
})

describe('as the owner', () => {
  test.each(TABLES)('%s refuses every change by its trigger', async (table, column) => {
    for (const statement of [
      `UPDATE ${table} SET ${column} = ${column}`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table}`,
      `TRUNCATE ${table} CASCADE`,
    ]) {
      await expect(database.owner.query(statement), statement).rejects.toThrow(`${table} is append-only`)
    }
    expect((await database.owner.query(`SELECT count(*)::int AS count FROM ${table}`)).rows).toEqual([{ count: 1 }])
  })
})

describe('at any instant', () => {
  const period = (from: string, to: string | null) =>
    `'${from}'::timestamptz, ${to === null ? 'NULL' : `'${to}'::timestamptz`}`
  const inserts = {
    'an app has one owner': (validity: string) =>
      `INSERT INTO app_ownership (id, app_id, space_id, effective_from, effective_to)
       VALUES ('${randomUUID()}', '${seeded.appId}', '${seeded.spaceId}', ${validity})`,
    'a space has one price book': (validity: string) =>
      `INSERT INTO subscription (id, space_id, price_book_id, effective_from, effective_to)
       VALUES ('${randomUUID()}', '${seeded.spaceId}', '${seeded.bookId}', ${validity})`,
    'an app has one right to a capability': (validity: string) =>
      `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from, effective_to)
       VALUES ('${randomUUID()}', '${seeded.subscriptionId}', '${seeded.appId}', '${seeded.capability}', ${validity})`,
    'an installation is exempt or it is not': (validity: string) =>
      `INSERT INTO installation (id, app_id, key, name, exempt, effective_from, effective_to)
       VALUES ('${randomUUID()}', '${seeded.appId}', 'site', 'Site', false, ${validity})`,
  }

  test.each(Object.keys(inserts) as (keyof typeof inserts)[])(
    '%s: periods may touch, to the microsecond, but not overlap',
    async (name) => {
      const insert = inserts[name]
      // What is seeded holds since 2020 and for ever.
      for (const validity of [
        period('2019-01-01Z', null),
        period('2019-01-01Z', '2020-01-01T00:00:00.000001Z'),
        period('2026-01-01Z', '2026-01-01T00:00:00.000001Z'),
        period('2020-01-01Z', '2020-01-01T00:00:00.000001Z'),
      ]) {
        expect(await refusal(database.owner, insert(validity)), validity).toBe(OVERLAPS)
      }
      const before = insert(period('2019-01-01Z', '2020-01-01Z'))
      expect(await refusal(database.owner, before)).toBeNull()
      expect(await refusal(database.owner, before, insert(period('2019-12-31T23:59:59.999999Z', '2020-01-01Z')))).toBe(
        OVERLAPS,
      )
      expect(await refusal(database.owner, insert(period('2019-06-01Z', '2019-05-01Z')))).toBe('22000')
    },
  )
})

async function fillAppendOnlyTables(): Promise<void> {
  const { owner } = database
  await owner.query(
    `INSERT INTO journal_batch (shard, number, received_at, key_id, app_id, event_count, digest, codec, body)
     VALUES (1, 1, now(), $1, $2, 0, '\\x00', 0, '\\x00')`,
    [randomUUID(), seeded.appId],
  )
  await owner.query(
    `INSERT INTO ledger_entry (space_id, sequence, format_version, kind, canonical, previous_hash, hash, posted_at)
     VALUES ($1, 1, 1, 'usage', '{}', '\\x00', '\\x00', now())`,
    [seeded.spaceId],
  )
  await owner.query(
    `INSERT INTO audit_entry (sequence, recorded_at, act, target_type, target_id, canonical, previous_hash, hash)
     VALUES (1, now(), 'act', 'app', $1, '{}', '\\x00', '\\x00')`,
    [seeded.appId],
  )
  await owner.query(
    `INSERT INTO price (price_book_id, capability_key, version, effective_from, allowance, price, per) VALUES ($1, $2, 1, now(), 0, 1, 1)`,
    [seeded.bookId, seeded.capability],
  )
  await owner.query(`INSERT INTO catalogue_snapshot (revision, document) VALUES (1, '{}')`)
  await owner.query(
    `INSERT INTO correction (id, act, app_id, reason, actor_id, actor_name, filter, target_count, shard, first, last)
     VALUES (gen_random_uuid(), 'cancel', gen_random_uuid(), 'r', 'a', 'A', '{}', 1, 0, 1, 1)`,
  )
  await owner.query(
    `INSERT INTO statement (id, space_id, period_start, period_end, closed_at, closed_by, currency, exact_total, total, ledger_sequence, lines, checklist)
     VALUES ('2026-10-x', $1, '2026-10-01Z', '2026-11-01Z', now(), 'a', 'USD', 1, 1, 1, '[]', '[]')`,
    [seeded.spaceId],
  )
  await owner.query(
    `INSERT INTO quarantine_waiver (id, space_id, period_start, reason, actor_id, actor_name)
     VALUES (gen_random_uuid(), $1, '2026-10-01Z', 'r', 'a', 'A')`,
    [seeded.spaceId],
  )
  await owner.query(
    `INSERT INTO proposal (id, kind, payload, effect, reason, proposed_by, proposed_by_name, expires_at)
     VALUES ('00000000-0000-4000-8000-000000000001', 'k', '{}', '{}', 'r', 'a', 'A', now() + interval '1 day')`,
  )
  await owner.query(
    `INSERT INTO proposal_decision (proposal_id, decision, decided_by, decided_by_name)
     VALUES ('00000000-0000-4000-8000-000000000001', 'approved', 'b', 'B')`,
  )
  await owner.query(
    `INSERT INTO frozen_view (id, space_id, page, query, frozen_at, frozen_by, positions, ledger_sequence, catalogue_revision, names)
     VALUES (gen_random_uuid(), $1, '/usage', '', now(), 'a', '[]', 0, 0, '{}')`,
    [seeded.spaceId],
  )
  await owner.query(
    `INSERT INTO moved_money (correction_id, space_id, currency, actor_id, amount) VALUES (gen_random_uuid(), $1, 'USD', 'a', 1)`,
    [seeded.spaceId],
  )
}
