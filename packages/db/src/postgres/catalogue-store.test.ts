import { randomUUID } from 'node:crypto'
import { CatalogueDocument, compileCatalogue, type StoredCatalogue } from '@meterbook/core/catalogue'
import { parseInstant } from '@meterbook/core/kernel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCatalogueRevision, readCatalogueSnapshot, snapshotCatalogue } from './catalogue-store.ts'
import {
  openPostgresTestDatabase,
  type PostgresTestDatabase,
  type SeededCatalogue,
  seedCatalogue,
} from './postgres-test-database.ts'

const SINCE = '2020-01-01T00:00:00.000001Z'

let database: PostgresTestDatabase
let seeded: SeededCatalogue
beforeAll(async () => {
  database = await openPostgresTestDatabase()
  seeded = await seedCatalogue(database.pool, SINCE)
})
afterAll(() => database.drop())

const run = (sql: string, ...values: unknown[]) => database.pool.query(sql, values)
const instant = (text: string) => {
  const result = parseInstant(text)
  if (!result.ok) throw new Error(`expected an instant, found ${text}`)
  return result.value
}

async function raisedBy(sql: string, ...values: unknown[]): Promise<boolean> {
  const before = await readCatalogueRevision(database.pool)
  await run(sql, ...values)
  const after = await readCatalogueRevision(database.pool)
  expect(after).toBeGreaterThanOrEqual(before)
  return after > before
}

describe('the revision of the catalogue', () => {
  test('rises with each change of what attribution or measuring reads', async () => {
    const s = seeded
    const [app, ownership, installation, meter, subscription, entitlement] = Array.from({ length: 6 }, () =>
      randomUUID(),
    )
    for (const [sql, ...values] of [
      [`INSERT INTO app (id, slug, name, shard) VALUES ($1, 'other', 'Other', 0)`, app],
      ['UPDATE app SET slug = $2 WHERE id = $1', app, 'renamed'],
      [
        `INSERT INTO app_ownership (id, app_id, space_id, effective_from) VALUES ($1, $2, $3, now())`,
        ownership,
        app,
        s.spaceId,
      ],
      ['UPDATE app_ownership SET effective_to = now() WHERE id = $1', ownership],
      ['DELETE FROM app_ownership WHERE id = $1', ownership],
      [
        `INSERT INTO installation (id, app_id, key, name, exempt, effective_from) VALUES ($1, $2, 'k', 'K', true, now())`,
        installation,
        app,
      ],
      ['UPDATE installation SET exempt = false WHERE id = $1', installation],
      ['DELETE FROM installation WHERE id = $1', installation],
      [`INSERT INTO meter (id, slug, name, capability_key) VALUES ($1, 'other', 'Other', $2)`, meter, s.capability],
      [
        `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation) VALUES ($1, 1, now(), 't', 'COUNT')`,
        meter,
      ],
      [`UPDATE meter SET slug = 'renamed' WHERE id = $1`, meter],
      ['UPDATE subscription SET effective_to = $2 WHERE id = $1', s.subscriptionId, '2030-01-01Z'],
      [
        `INSERT INTO subscription (id, space_id, price_book_id, effective_from) VALUES ($1, $2, $3, '2031-01-01Z')`,
        subscription,
        s.spaceId,
        s.bookId,
      ],
      ['DELETE FROM subscription WHERE id = $1', subscription],
      [
        `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from) VALUES ($1, $2, $3, $4, now())`,
        entitlement,
        s.subscriptionId,
        app,
        s.capability,
      ],
      ['UPDATE entitlement SET effective_to = now() WHERE id = $1', entitlement],
      ['DELETE FROM entitlement WHERE id = $1', entitlement],
      ['DELETE FROM app WHERE id = $1', app],
    ] as [string, ...unknown[]][]) {
      expect(await raisedBy(sql, ...values), sql).toBe(true)
    }
  })

  test('stays with everything else: people, keys, prices, the journal', async () => {
    for (const [sql, ...values] of [
      [`INSERT INTO person (id, name, email) VALUES ('p', 'P', 'p@example.com')`],
      [`UPDATE developer_space SET name = 'renamed' WHERE id = $1`, seeded.spaceId],
      [`INSERT INTO membership (person_id, space_id, role) VALUES ('p', $1, 'admin')`, seeded.spaceId],
      [`INSERT INTO environment (app_id, key, name) VALUES ($1, 'staging', 'Staging')`, seeded.appId],
      [
        `INSERT INTO ingest_key (id, prefix, secret_hash, app_id, name) VALUES ($1, 'prefix', '\\x00', $2, 'key')`,
        randomUUID(),
        seeded.appId,
      ],
      ['UPDATE ingest_key SET revoked_at = now()'],
      [`UPDATE capability SET name = 'renamed' WHERE key = $1`, seeded.capability],
      [
        `INSERT INTO price (price_book_id, capability_key, version, effective_from, allowance, price, per) VALUES ($1, $2, 1, now(), 0, 1, 1)`,
        seeded.bookId,
        seeded.capability,
      ],
      ['INSERT INTO journal_head (shard) VALUES (9)'],
    ] as [string, ...unknown[]][]) {
      expect(await raisedBy(sql, ...values), sql).toBe(false)
    }
  })

  test('a change that is rolled back leaves no trace in it', async () => {
    const before = await readCatalogueRevision(database.pool)
    await database.owner.query('BEGIN')
    await database.owner.query(`UPDATE app SET name = 'never'`)
    await database.owner.query('ROLLBACK')
    expect(await readCatalogueRevision(database.pool)).toBe(before)
  })
})

describe('a snapshot of the catalogue', () => {
  test('answers as the tables would, to the microsecond, and parses as the domain’s document', async () => {
    const stored = await snapshotCatalogue(database.pool)
    const document = CatalogueDocument.parse(stored)
    const catalogue = compileCatalogue(document)
    expect(catalogue.revision).toBe(await readCatalogueRevision(database.pool))
    const { appId, appSlug, spaceId, capability, entitlementId, subscriptionId } = seeded
    const [before, since] = [instant('2020-01-01T00:00:00Z'), instant(SINCE)]

    expect(catalogue.appIdOf(appSlug)).toBe(appId)
    expect(document.apps.find((app) => app.id === appId)).toEqual({ id: appId, slug: appSlug, shard: 3 })
    expect(catalogue.ownershipOf(appId, before)).toBeNull()
    expect(catalogue.ownershipOf(appId, since)?.spaceId).toBe(spaceId)
    expect(catalogue.isExempt({ appId, installation: 'site', at: before })).toBe(false)
    expect(catalogue.isExempt({ appId, installation: 'site', at: since })).toBe(true)
    expect(catalogue.entitlementOf({ appId, spaceId, capabilityKey: capability, at: since })).toEqual({
      id: entitlementId,
      subscriptionId,
      appId,
      capabilityKey: capability,
      from: since,
      to: null,
    })
    expect(catalogue.metersInForce('prompt', before)).toEqual([])
    expect(catalogue.metersInForce('prompt', since).map((found) => found.version)).toEqual([
      {
        version: 1,
        from: since,
        eventType: 'prompt',
        aggregation: 'SUM',
        percentile: null,
        value: { path: '$.tokens' },
        divisor: '1',
        groupBy: { model: '$.model' },
        subjectRequired: false,
        dataSchema: null,
      },
    ])
  })

  test('is kept under its revision for ever, whatever the catalogue says later', async () => {
    const first = await snapshotCatalogue(database.pool)
    await run('UPDATE app_ownership SET effective_to = now()')
    const second = await snapshotCatalogue(database.pool)
    expect(BigInt(second.revision)).toBeGreaterThan(BigInt(first.revision))
    expect(second.ownerships).not.toEqual(first.ownerships)
    expect(await readCatalogueSnapshot(database.pool, BigInt(first.revision))).toEqual(first)
    expect(await readCatalogueSnapshot(database.pool, BigInt(second.revision))).toEqual(second)
  })

  test('that was never taken is an error, not an empty catalogue', async () => {
    await expect(readCatalogueSnapshot(database.pool, 999_999n)).rejects.toThrow('revision 999999')
  })

  test('of one revision is one document, taken by many at once while the catalogue changes', async () => {
    const documents = new Map<string, Set<string>>()
    let isDone = false
    const readers = Array.from({ length: 4 }, async () => {
      do {
        const document = await snapshotCatalogue(database.pool)
        const known = documents.get(document.revision) ?? new Set()
        documents.set(document.revision, known.add(JSON.stringify(document)))
      } while (!isDone)
    })
    try {
      for (let n = 0; n < 25; n++) await seedApp()
    } finally {
      isDone = true
      await Promise.all(readers)
    }
    expect(documents.size).toBeGreaterThan(1)
    for (const [revision, known] of documents) {
      expect(known.size, `revision ${revision}`).toBe(1)
      const kept = await readCatalogueSnapshot(database.pool, BigInt(revision))
      expect([...known].map((text) => JSON.parse(text) as StoredCatalogue)).toEqual([kept])
    }
  })

  test('keeps divisors, percentiles and rules to the last digit', async () => {
    await run(
      `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation, percentile, value, divisor)
       VALUES ($1, 2, '2040-01-01Z', 'prompt', 'PERCENTILE', 0.99990, '{"constant":"0.000000000000000000000000000001"}', 12345678901234567890.000000000000000001)`,
      seeded.meterId,
    )
    const { meters } = CatalogueDocument.parse(await snapshotCatalogue(database.pool))
    expect(meters.find((meter) => meter.id === seeded.meterId)?.versions[1]).toMatchObject({
      divisor: '12345678901234567890.000000000000000001',
      percentile: '0.9999',
      value: { constant: '0.000000000000000000000000000001' },
    })
  })

  async function seedApp(): Promise<void> {
    const id = randomUUID()
    await run('INSERT INTO app (id, slug, name, shard) VALUES ($1, $2, $2, 0)', id, id)
  }
})
