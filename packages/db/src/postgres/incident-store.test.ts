import type { Difference } from '@meterbook/core/reconciliation'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  countOpenIncidents,
  listIncidents,
  listOpenIncidents,
  recordIncidents,
  resolveIncidents,
  resolveUnseenIncidents,
} from './incident-store.ts'
import { openPostgresTestDatabase, type PostgresTestDatabase } from './postgres-test-database.ts'
import { readReconciliationHealth, readReconciliationRound, writeReconciliationRound } from './reconciliation-store.ts'

let database: PostgresTestDatabase
beforeAll(async () => {
  database = await openPostgresTestDatabase()
})
afterAll(() => database.drop())

const difference = (more: Partial<Difference> = {}): Difference => ({
  ...{ what: 'usage_records', figure: 'sum', shard: 1, first: 5n, last: 9_007_199_254_740_993n, appId: 'app' },
  ...{ meter: 'tokens', meterVersion: 2, hour: 1_782_907_200_000_000n, spaceId: '', environment: '', isExempt: null },
  ...{ expected: '0.000000000000000000000000000001', found: '0', difference: '-0.000000000000000000000000000001' },
  positions: ['5:0', '7:12'],
  ...more,
})

describe('incidents', () => {
  test('one is open for one scope however often it is found, with its newest size, to the last digit', async () => {
    const { pool } = database
    expect(await recordIncidents(pool, [difference()])).toEqual({ opened: 1, withheld: 0 })
    expect(await listIncidents(pool, { limit: 10 })).toMatchObject([difference()])
    const grown = difference({ found: '2', difference: '1.999999999999999999999999999999', positions: [] })
    expect(await recordIncidents(pool, [grown, grown])).toEqual({ opened: 0, withheld: 0 })
    const [incident, ...others] = await listIncidents(pool, { limit: 10 })
    expect(others).toEqual([])
    expect(incident).toMatchObject(grown)
    expect(incident?.lastSeenAt).toBeGreaterThan(incident?.openedAt ?? 0n)
  })

  test('scopes that differ in one part are two incidents, and those in every table fit', async () => {
    const { pool } = database
    const rollup = difference({
      ...{ what: 'rollup_hour', figure: 'maximum', shard: null, first: null, last: null },
      ...{ spaceId: 'space', environment: "o'clock ".repeat(2_000), isExempt: true },
    })
    const event = difference({ what: 'event_index', figure: 'missing', meter: '', meterVersion: null, hour: null })
    expect(await recordIncidents(pool, [rollup, event, { ...rollup, isExempt: false }])).toEqual({
      opened: 3,
      withheld: 0,
    })
    expect(await countOpenIncidents(pool)).toBe(4)
    expect(await listIncidents(pool, { limit: 10 })).toEqual(expect.arrayContaining([expect.objectContaining(rollup)]))
  })

  test('what is gone is resolved once and kept; found again, it is another incident', async () => {
    const { pool } = database
    const [first] = await listOpenIncidents(pool, { limit: 1 })
    expect(await resolveIncidents(pool, [first?.id ?? ''])).toBe(1)
    expect(await resolveIncidents(pool, [first?.id ?? ''])).toBe(0)
    expect(await countOpenIncidents(pool)).toBe(3)
    const kept = (await listIncidents(pool, { limit: 10 })).find(({ id }) => id === first?.id)
    expect(kept?.resolvedAt).toBeGreaterThan(first?.openedAt ?? 0n)
    expect(await recordIncidents(pool, [first as Difference])).toEqual({ opened: 1, withheld: 0 })
    expect(await countOpenIncidents(pool)).toBe(4)
    expect(await listIncidents(pool, { limit: 10 })).toHaveLength(5)
  })

  test('none is ever removed, not even by the owner of the database', async () => {
    await expect(database.pool.query('DELETE FROM incident')).rejects.toThrow('append-only')
    await expect(database.owner.query('DELETE FROM incident')).rejects.toThrow('append-only')
    await expect(database.owner.query('TRUNCATE incident')).rejects.toThrow('append-only')
    expect(await listIncidents(database.pool, { limit: 10 })).toHaveLength(5)
  })

  test('beyond ten thousand none is opened, and it is said how many were not', async () => {
    const many = Array.from({ length: 10_050 }, (_, index) => difference({ first: BigInt(index + 100) }))
    expect(await recordIncidents(database.pool, many)).toEqual({ opened: 9_996, withheld: 54 })
    expect(await countOpenIncidents(database.pool)).toBe(10_000)
    // Those that are open are seen again all the same.
    const grown = many.slice(9_990).map((each) => ({ ...each, found: '3' }))
    expect(await recordIncidents(database.pool, grown)).toEqual({ opened: 0, withheld: 54 })
    const seen = await database.pool.query(`SELECT count(*)::int AS count FROM incident WHERE found = '3'`)
    expect(seen.rows).toEqual([{ count: 6 }])
  })

  test('the health of reconciliation says when it looked, and how much stands open', async () => {
    const { pool } = database
    expect(await readReconciliationHealth(pool)).toMatchObject({
      openIncidents: 10_000,
      lookedAt: null,
      completedAt: null,
    })
    const round = await readReconciliationRound(pool)
    await writeReconciliationRound(pool, { ...round, phase: 'rollups', position: 'here', events: 9n })
    expect(await readReconciliationRound(pool)).toEqual({ ...round, phase: 'rollups', position: 'here', events: 9n })
    expect((await readReconciliationHealth(pool)).lookedAt).not.toBeNull()
  })

  test('a round that looked everywhere resolves what it did not see, and nothing that it saw', async () => {
    const { pool } = database
    const round = await readReconciliationRound(pool)
    await writeReconciliationRound(pool, { ...round, round: round.round + 1n })
    const seen = difference({ first: 200n })
    await recordIncidents(pool, [seen])
    expect(await resolveUnseenIncidents(pool)).toBe(9_999)
    expect(await listOpenIncidents(pool, { limit: 10 })).toMatchObject([seen])
  })
})
