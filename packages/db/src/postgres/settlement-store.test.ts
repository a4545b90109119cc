import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  openPostgresTestDatabase,
  type PostgresTestDatabase,
  type SeededCatalogue,
  seedCatalogue,
} from './postgres-test-database.ts'
import { readRatingFacts } from './price-reader-rating.ts'
import { readSettlementStand, takeSettlement, writeSettlementProgress } from './settlement-store.ts'

let database: PostgresTestDatabase
let seeded: SeededCatalogue
beforeAll(async () => {
  database = await openPostgresTestDatabase()
  seeded = await seedCatalogue(database.owner)
})
afterAll(() => database.drop())

describe('how far a shard is settled', () => {
  it('moves on from where it was found, and from nowhere else', async () => {
    await database.owner.query(
      `INSERT INTO projection_progress (shard, generation, through, watermark) VALUES (7, 1, 20, '2026-06-01T00:00:00.000001Z')`,
    )
    const { pool } = database
    const nowhere = { through: 0n, until: null }
    expect(await readSettlementStand(pool, 7)).toEqual({
      shard: 7,
      generation: 1n,
      projected: 20n,
      watermark: 1_780_272_000_000_001n,
      isIdle: true,
      isRebuilding: false,
      settled: nowhere,
      settledAt: null,
    })
    const [first, second] = [
      { through: 10n, until: 3_600_000_000n },
      { through: 12n, until: 7_200_000_000n },
    ]
    const write = (from: typeof nowhere | typeof first, to: typeof first) =>
      writeSettlementProgress(pool, { shard: 7, generation: 1n, from, to })
    expect(await write(nowhere, first)).toBe(true)
    expect(await write(nowhere, second)).toBe(false)
    expect(await write(first, second)).toBe(true)
    expect(await write(second, first)).toBe(false)
    expect((await readSettlementStand(pool, 7))?.settled).toEqual(second)
    expect(await readSettlementStand(pool, 8)).toBeNull()
  })

  it('one process settles a shard, and the next may when it has let go', async () => {
    const input = { url: database.url, shard: 7 }
    const lock = await takeSettlement(input)
    expect(await takeSettlement(input)).toBeNull()
    const other = await takeSettlement({ ...input, shard: 8 })
    expect(other).not.toBeNull()
    await lock?.release()
    await lock?.lost
    const next = await takeSettlement(input)
    expect(next).not.toBeNull()
    await Promise.all([next?.release(), other?.release()])
  })
})

describe('what rating reads', () => {
  it('prices keep every digit, tiers and packages their form, and what is archived is still owed', async () => {
    const { bookId, capability, spaceId } = seeded
    const price = (version: number, from: string, tiers: object | null, packaging: string) =>
      database.owner.query(
        `INSERT INTO price (price_book_id, capability_key, version, effective_from, allowance, price, per, packaging, tiers)
          VALUES ($1, $2, $3, $4, 0.1, 0.000000000000000001, 1000, $5, $6)`,
        [bookId, capability, version, from, packaging, tiers && JSON.stringify(tiers)],
      )
    const tiers = {
      mode: 'volume',
      tiers: [
        { upTo: '10', price: '1', flat: '2.5' },
        { upTo: null, price: '0.5' },
      ],
    }
    await price(1, '2026-01-01T00:00:00.000001Z', null, 'exact')
    await price(2, '2026-02-01T00:00:00Z', tiers, 'package')
    await database.owner.query('UPDATE developer_space SET billing_zone = $1, archived_at = now()', ['Asia/Kathmandu'])
    await database.owner.query('UPDATE meter SET archived_at = now()')
    const facts = await readRatingFacts(database.pool)
    const common = { bookId, capabilityKey: capability, allowance: '0.1', price: '0.000000000000000001', per: '1000' }
    expect(facts.prices).toEqual([
      { ...common, version: 1, effectiveFrom: 1_767_225_600_000_001n, packaging: 'exact', tiers: null },
      {
        ...common,
        version: 2,
        effectiveFrom: 1_769_904_000_000_000n,
        packaging: 'package',
        tiers: { mode: 'volume', tiers: [tiers.tiers[0], { upTo: null, price: '0.5', flat: '0' }] },
      },
    ])
    expect(facts.spaces.get(spaceId)).toMatchObject({
      currency: 'USD',
      billingZone: 'Asia/Kathmandu',
      subscriptions: [{ bookId, to: null }],
    })
    expect(facts.meters).toMatchObject([{ capabilityKey: capability, unit: 'token' }])
    expect([...(facts.meters[0]?.versions ?? [])]).toEqual([[1, { aggregation: 'SUM', divisor: '1' }]])
  })

  it('tiers that cannot be read are an error and not a price without tiers', async () => {
    await database.owner.query(
      `INSERT INTO price (price_book_id, capability_key, version, effective_from, allowance, price, per, tiers)
        VALUES ($1, $2, 3, '2026-03-01', 0, 1, 1, '{"mode":"stairs","tiers":[]}')`,
      [seeded.bookId, seeded.capability],
    )
    await expect(readRatingFacts(database.pool)).rejects.toThrow(/graduated or volume/)
  })
})
