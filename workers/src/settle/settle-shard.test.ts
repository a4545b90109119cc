import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSettleTestDatabase, type SettleTestDatabase } from './settle-test-database.ts'

let database: SettleTestDatabase
beforeAll(async () => {
  database = await createSettleTestDatabase()
})
afterAll(() => database.drop())

let made = 0
const event = (type: string, time: string, data: object | null = {}, more: object = {}) => ({
  specversion: '1.0',
  id: `e${++made}`,
  source: '/test',
  type,
  time,
  data,
  ...more,
})

describe('settling a shard', () => {
  test('a window is posted once it is over and two days old, with its price taken apart, and not before', async () => {
    await database.send([
      event('request', '2026-06-01T10:00:00Z'),
      event('request', '2026-06-01T10:59:59.999999Z'),
      event('request', '2026-06-01T11:00:00Z', {}, { environment: 'staging' }),
      event('request', '2026-06-01T11:30:00Z'),
      event('prompt', '2026-06-01T10:30:00Z', { tokens: '120.5', user: 'ann' }),
    ])
    expect(await database.settle('2026-06-03T11:02:00Z')).toBe(2)
    expect(await database.settle('2026-06-03T12:01:59Z')).toBe(0)
    expect(await database.settle('2026-06-03T12:02:00Z')).toBe(2)
    const entries = await database.entries()
    expect(
      entries.map(({ kind, capability, environment, window, quantity, amount }) => [
        kind,
        capability,
        environment,
        window.start,
        quantity,
        amount,
      ]),
    ).toEqual([
      ['usage', 'requests', 'production', '2026-06-01T10:00:00Z', '2', '0'],
      ['usage', 'tokens', 'production', '2026-06-01T10:00:00Z', '120.5', '1.025'],
      ['usage', 'requests', 'production', '2026-06-01T11:00:00Z', '1', '0'],
      ['usage', 'requests', 'staging', '2026-06-01T11:00:00Z', '1', '2'],
    ])
    expect(entries[1]).toMatchObject({
      app: database.appId,
      exempt: false,
      unit: 'unit',
      window: { end: '2026-06-01T11:00:00Z' },
      period: { start: '2026-06-01T00:00:00Z', end: '2026-07-01T00:00:00Z' },
      currency: 'USD',
      priceBook: database.bookId,
      measured: [{ meter: 'tokens', version: 1, base: '120.5', divisor: '1' }],
      journal: { shard: database.shard, through: '1' },
      cumulative: { before: '0', after: '120.5' },
    })
    expect(await database.settle('2026-06-03T12:02:00Z')).toBe(0)
  })

  test('late usage posts one adjustment that points back and says why', async () => {
    await database.send([event('request', '2026-06-01T10:15:00Z')])
    expect(await database.settle('2026-06-03T12:02:00Z')).toBe(1)
    const entries = await database.entries()
    expect(entries.at(-1)).toMatchObject({
      kind: 'adjustment',
      adjusts: '1',
      reason: 'late_usage',
      quantity: '1',
      amount: '2',
      window: { start: '2026-06-01T10:00:00Z' },
      journal: { through: '2' },
      cumulative: { before: '4', after: '5' },
    })
    expect(await database.settle('2026-06-03T12:02:00Z')).toBe(0)
  })
})
