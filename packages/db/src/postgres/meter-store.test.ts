import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listMeters } from './meter-store.ts'
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
  seeded = await seedCatalogue(database.pool)
})
afterAll(() => database.drop())

const meter = async () => (await listMeters(database.pool)).find((each) => each.id === seeded.meterId)

describe('the list of meters', () => {
  test('describes a meter by its newest version, and keeps every older one’s divisor exactly', async () => {
    await database.pool.query(
      `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation, value, divisor, group_by) VALUES
       ($1, 3, '2026-01-01Z', 'completion', 'MAX', '{"product":[{"path":"$.a"},{"path":"$.b"}]}', 3, '{}'),
       ($1, 2, '2025-01-01Z', 'prompt', 'SUM', '{"path":"$.total"}', 12345678901234567890.000000000000000001, '{"region":"$.region"}')`,
      [seeded.meterId],
    )
    expect(await meter()).toMatchObject({
      slug: expect.stringMatching(/^m_/),
      unit: 'token',
      aggregation: 'MAX',
      eventType: 'completion',
      valueProperty: null,
      groupBy: {},
      versions: [
        { version: 1, divisor: '1', aggregation: 'SUM' },
        { version: 2, divisor: '12345678901234567890.000000000000000001', aggregation: 'SUM' },
        { version: 3, divisor: '3', aggregation: 'MAX' },
      ],
    })
  })

  test('leaves out what is archived, and goes by slug', async () => {
    const others = [await seedCatalogue(database.pool), await seedCatalogue(database.pool)]
    const slugs = (await listMeters(database.pool)).map((each) => each.slug)
    expect(slugs).toEqual(slugs.toSorted())
    expect(slugs).toHaveLength(3)
    await database.pool.query('UPDATE meter SET archived_at = now() WHERE id = $1', [others[0]?.meterId])
    expect((await listMeters(database.pool)).map((each) => each.id)).not.toContain(others[0]?.meterId)
    expect(await listMeters(database.pool)).toHaveLength(2)
  })

  test('says of which fraction a percentile is, to the last digit', async () => {
    const { meterId } = await seedCatalogue(database.pool)
    await database.pool.query(
      `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation, percentile, value)
       VALUES ($1, 2, now(), 'prompt', 'PERCENTILE', 0.99900, '{"path":"$.ms"}')`,
      [meterId],
    )
    const found = (await listMeters(database.pool)).find((each) => each.id === meterId)
    expect(found).toMatchObject({ aggregation: 'PERCENTILE', percentile: '0.999' })
  })

  test('names the path of a value that is one member, and none for a count', async () => {
    const { meterId } = await seedCatalogue(database.pool)
    const valueProperty = async () =>
      (await listMeters(database.pool)).find((each) => each.id === meterId)?.valueProperty
    expect(await valueProperty()).toBe('$.tokens')
    await database.pool.query(
      `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation) VALUES ($1, 2, now(), 'prompt', 'COUNT')`,
      [meterId],
    )
    expect(await valueProperty()).toBeNull()
  })
})
