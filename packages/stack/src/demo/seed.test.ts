import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { verifyPassword } from '@better-auth/utils/password'
import { CatalogueDocument, compileCatalogue, shardOf } from '@meterbook/core/catalogue'
import { parseInstant } from '@meterbook/core/kernel'
import { measureOf } from '@meterbook/core/meter'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writePrivate } from '../private-file.ts'
import { createTestDatabase, type TestDatabase } from '../test-servers.ts'
import { type DemoCredentials, demoFile, splitKey } from './credentials.ts'
import { METERS } from './meters.ts'
import { readPriceList } from './price-book.ts'
import { seedDemo, seedEmpty } from './seed.ts'

const SHARDS = 4

let database: TestDatabase
let db: pg.Client
let home: string
let credentials: DemoCredentials

beforeAll(async () => {
  database = await createTestDatabase({ migrate: true })
  db = new pg.Client({ connectionString: database.postgres.url })
  await db.connect()
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-seed-test-'))
  credentials = await seed()
})
afterAll(async () => {
  await db.end()
  await database.drop()
  fs.rmSync(home, { recursive: true, force: true })
})

test('the demo has two spaces and six apps, each app with its own colour in its space and on the shard of its id', async () => {
  const apps = await rows<{ id: string; space: string; series: number; shard: number }>(
    `SELECT app.id, developer_space.slug AS space, series, shard FROM app
     JOIN app_ownership ON app_ownership.app_id = app.id JOIN developer_space ON developer_space.id = space_id`,
  )
  expect(apps.map((app) => app.space).sort()).toEqual([...Array(4).fill('fernline'), ...Array(2).fill('quarry-lane')])
  expect(new Set(apps.map((app) => `${app.space} ${app.series}`)).size).toBe(6)
  for (const app of apps) {
    expect(app.series).toBeGreaterThanOrEqual(1)
    expect(app.series).toBeLessThanOrEqual(7)
    expect(app.shard).toBe(shardOf(app.id, SHARDS))
  }
  expect(credentials.apps.map((app) => app.id).sort()).toEqual(apps.map((app) => app.id).sort())
})

test('the price book is loaded with every version, to the digit', async () => {
  const stored = await rows<Record<string, string>>(
    `SELECT capability_key AS key, version::text, to_char(effective_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "effectiveFrom",
            trim_scale(allowance)::text AS allowance, price::text, trim_scale(per)::text AS per FROM price ORDER BY capability_key, version`,
  )
  const listed = readPriceList().capabilities.flatMap(({ key, versions }) =>
    versions.map((version, index) => ({
      key,
      version: String(index + 1),
      ...version,
      price: version.price.padEnd(20, '0'),
    })),
  )
  expect(listed.length).toBe(11)
  expect(stored).toEqual(listed.sort((a, b) => (a.key + a.version < b.key + b.version ? -1 : 1)))
})

test('every app may use every capability, and every meter reads its value from the events that the contract describes', async () => {
  const document = CatalogueDocument.parse(await catalogueRows())
  const catalogue = compileCatalogue(document)
  const long = parseInstant('2001-01-01T00:00:00Z')
  const at = long.ok ? long.value : 0n
  for (const app of document.apps) {
    const spaceId = catalogue.ownershipOf(app.id, at)?.spaceId ?? ''
    for (const { capabilityKey } of METERS)
      expect(catalogue.entitlementOf({ appId: app.id, spaceId, capabilityKey, at })).not.toBeNull()
  }
  for (const [type, slug, data, base] of CONTRACT_EXAMPLES) {
    const found = catalogue.metersInForce(type, at).find(({ meter }) => meter.slug === slug)
    const measured = found && measureOf(found.version)({ data, subject: 's' })
    expect([slug, measured?.ok && measured.quantity]).toEqual([slug, BigInt(base) * 10n ** 30n])
  }
  expect(new Set(CONTRACT_EXAMPLES.map(([, slug]) => slug))).toEqual(new Set(METERS.map((meter) => meter.slug)))
})

/** Event type, meter, data, quantity in the base measure. */
const CONTRACT_EXAMPLES: [string, string, Parameters<ReturnType<typeof measureOf>>[0]['data'], number][] = [
  ['request', 'requests', {}, 1],
  ['prompt', 'tokens_total', { tokens: 71 }, 71],
  ['signin', 'users_total', { user: 'u1' }, 1],
  ['connections', 'peak_connections', { open: 9 }, 9],
  ['function.invoked', 'functions_duration', { durationMs: 100, outcome: 'ok' }, 51_200],
  [
    'function.invoked',
    'functions_duration',
    { durationMs: 100, memoryMiB: 1024, outcome: 'timeout', timeoutMs: 50 },
    102_400,
  ],
  [
    'function.invoked',
    'functions_duration',
    { durationMs: 100, memoryMiB: 1024, outcome: 'crash', timeoutMs: 50 },
    51_200,
  ],
  ['function.invoked', 'functions_duration', { durationMs: 100, memoryMiB: 1024, outcome: 'oom' }, 102_400],
  ['kvs.read', 'kvs_reads', { bytes: 0 }, 1024],
  ['kvs.read', 'kvs_reads', { bytes: 3 }, 3],
  ['kvs.written', 'kvs_writes', { bytes: 0 }, 0],
  ['logs.written', 'logs_writes', { bytes: 77 }, 77],
  ['sql.executed', 'sql_compute', { durationMs: 40 }, 40],
  ['sql.executed', 'sql_requests', { durationMs: 40 }, 1],
  ['sql.executed', 'sql_requests', { durationMs: 40, statements: 3 }, 3],
  ['sql.level', 'sql_stored', { bytes: 1_073_741_824 }, 1_073_741_824],
  ['object.requested', 'objects_requests', {}, 1],
  ['container.level', 'containers_compute', { vcpu: 2, memoryMiB: 4096 }, 2],
  ['container.level', 'containers_memory', { vcpu: 2, memoryMiB: 4096 }, 4096],
]

test('the key of an app opens that app alone, and only the hash of its secret is stored', async () => {
  for (const app of credentials.apps) {
    expect(app.ingestKey).toMatch(/^mbk_[a-z0-9]{12}_[A-Za-z0-9_-]{43}$/)
    const [stored] = await rows<{ app_id: string; secret_hash: Buffer; scopes: string[] }>(
      'SELECT app_id, secret_hash, scopes FROM ingest_key WHERE prefix = $1',
      [splitKey(app.ingestKey)?.prefix],
    )
    const secret = app.ingestKey.slice('mbk_'.length + 13)
    expect(stored?.app_id).toBe(app.id)
    expect(stored?.secret_hash.equals(createHash('sha256').update(secret).digest())).toBe(true)
    expect(stored?.scopes).toEqual(['events:write', 'usage:read'])
  }
  expect(credentials.serviceKey).toMatch(/^mbs_/)
})

test('each person signs in with the password handed out, and sees one space at most', async () => {
  const people = [credentials.signIn, credentials.admin, ...credentials.people]
  for (const { email, password } of people) {
    const [found] = await rows<{ hash: string; is_platform_admin: boolean; spaces: number }>(
      `SELECT account.password AS hash, is_platform_admin, (SELECT count(*)::int FROM membership WHERE person_id = person.id) AS spaces
       FROM person JOIN account ON account.person_id = person.id AND provider_id = 'credential' AND account_id = person.id WHERE email = $1`,
      [email],
    )
    expect(await verifyPassword(found?.hash ?? '', password)).toBe(true)
    expect(found?.spaces).toBe(email === credentials.admin.email ? 0 : 1)
    expect(found?.is_platform_admin).toBe(email === credentials.admin.email)
  }
  expect(new Set(people.map((person) => person.password)).size).toBe(people.length)
})

test('a second start changes no row and returns the same credentials', async () => {
  writePrivate(demoFile(home), JSON.stringify(credentials))
  const before = await everything()
  expect(await seed()).toEqual(credentials)
  expect(await everything()).toEqual(before)
})

test('credentials that were lost are made anew, and a lost key no longer opens anything', async () => {
  const lost = credentials.apps[0]!
  writePrivate(
    demoFile(home),
    JSON.stringify({
      ...credentials,
      apps: credentials.apps.slice(1),
      signIn: { ...credentials.signIn, password: 'another' },
    }),
  )
  const again = await seed()
  expect(again.apps.slice(1)).toEqual(credentials.apps.slice(1))
  expect(again.apps[0]?.id).toBe(lost.id)
  expect(again.apps[0]?.ingestKey).not.toBe(lost.ingestKey)
  expect(again.admin).toEqual(credentials.admin)
  expect(again.signIn.password).not.toBe('another')
  const [old] = await rows<{ revoked_at: Date | null }>('SELECT revoked_at FROM ingest_key WHERE prefix = $1', [
    splitKey(lost.ingestKey)?.prefix,
  ])
  expect(old?.revoked_at).toBeInstanceOf(Date)
})

test('an empty start makes one platform admin, and never resets a password that the admin chose', async () => {
  const empty = await createTestDatabase({ migrate: true })
  const emptyHome = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-seed-test-'))
  const input = { databaseUrl: empty.postgres.url, home: emptyHome, url: 'http://127.0.0.1:3000', log: () => {} }
  const client = new pg.Client({ connectionString: empty.postgres.url })
  await client.connect()
  try {
    const first = await seedEmpty(input)
    expect(first.admin.password).toMatch(/^.{24}$/)
    expect(await seedEmpty(input)).toEqual(first)
    expect(fs.statSync(path.join(emptyHome, 'admin.json')).mode & 0o777).toBe(0o600)
    const counts = `SELECT (SELECT count(*)::int FROM person WHERE is_platform_admin) AS admins, (SELECT count(*)::int FROM person) AS people,
                           (SELECT count(*)::int FROM developer_space) AS spaces, (SELECT count(*)::int FROM meter) AS meters`
    expect((await client.query(counts)).rows).toEqual([{ admins: 1, people: 1, spaces: 0, meters: 0 }])
    await client.query("UPDATE account SET password = '00:00'")
    expect((await seedEmpty(input)).admin.password).toBeNull()
    expect((await client.query('SELECT password FROM account')).rows).toEqual([{ password: '00:00' }])
  } finally {
    await client.end()
    await empty.drop()
    fs.rmSync(emptyHome, { recursive: true, force: true })
  }
})

function seed(): Promise<DemoCredentials> {
  const url = 'http://127.0.0.1:3000'
  return seedDemo({ databaseUrl: database.postgres.url, home, url, shardCount: SHARDS, log: () => {} })
}

async function rows<T>(sql: string, values: unknown[] = []): Promise<T[]> {
  return (await db.query(sql, values)).rows as T[]
}

/** Every row of every table that the seed writes, and the catalogue's revision. */
async function everything(): Promise<unknown> {
  const tables = [
    ...['person', 'account', 'membership', 'developer_space', 'app', 'app_ownership', 'environment', 'installation'],
    ...['ingest_key', 'service_key', 'capability', 'meter', 'meter_version', 'price_book', 'price', 'subscription'],
    ...['entitlement', 'catalogue_head'],
  ]
  const found: Record<string, unknown> = {}
  for (const table of tables) {
    found[table] = await rows(`SELECT to_jsonb(${table}.*) AS row FROM ${table} ORDER BY 1`)
    expect(found[table]).not.toEqual([])
  }
  return found
}

async function catalogueRows(): Promise<unknown> {
  const instant = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
  const validity = `${instant('effective_from')} AS "from", ${instant('effective_to')} AS "to"`
  return {
    revision: '1',
    apps: await rows('SELECT id, slug, shard FROM app'),
    ownerships: await rows(`SELECT app_id AS "appId", space_id AS "spaceId", ${validity} FROM app_ownership`),
    installations: await rows(`SELECT app_id AS "appId", key, exempt, ${validity} FROM installation`),
    subscriptions: await rows(`SELECT id, space_id AS "spaceId", ${validity} FROM subscription`),
    entitlements: await rows(
      `SELECT id, subscription_id AS "subscriptionId", app_id AS "appId", capability_key AS "capabilityKey", ${validity} FROM entitlement`,
    ),
    meters: await rows(
      `SELECT id, slug, capability_key AS "capabilityKey", jsonb_build_array(jsonb_build_object('version', version, 'from',
         ${instant('effective_from')}, 'eventType', event_type, 'aggregation', aggregation, 'value', value, 'divisor', divisor::text,
         'groupBy', group_by, 'subjectRequired', subject_required)) AS versions
       FROM meter JOIN meter_version ON meter_id = meter.id`,
    ),
  }
}
