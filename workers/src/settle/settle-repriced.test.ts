import { addDecimals } from '@meterbook/core/kernel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSettleTestDatabase, eventOf as event, type SettleTestDatabase } from './settle-test-database.ts'
import { chainFaults, owedBy, postedOf, strayAdjustments } from './settle-test-laws.ts'

const NOW = '2026-06-20T00:00:00Z'

let database: SettleTestDatabase
beforeAll(async () => {
  database = await createSettleTestDatabase({ prices: [{ capability: 'requests', allowance: '1', price: '2' }] })
  const times = ['2026-06-10T08:00:00Z', '2026-06-10T10:10:00Z', '2026-06-10T10:50:00Z', '2026-06-11T00:00:00Z']
  await database.send([
    ...times.map((time) => event('request', time)),
    ...times.map((time) => event('prompt', time, { tokens: 10 })),
  ])
  await database.settle(NOW)
})
afterAll(() => database.drop())

const isOwed = async () => {
  expect(await postedOf(database)).toEqual(await owedBy(database, '2026-06-17T23:00:00Z'))
  expect(strayAdjustments(await database.entries())).toEqual([])
  expect(await chainFaults(database)).toEqual([])
  expect(await database.settle(NOW)).toBe(0)
}

describe('a price that is added to the past', () => {
  test('reprices what was posted by adjustments that say so, also where it begins within an hour', async () => {
    const before = (await database.entries()).length
    await database.addPrice({
      capability: 'requests',
      version: 2,
      from: '2026-06-10T10:30:00Z',
      allowance: '1',
      price: '7',
    })
    await database.settle(NOW)
    const repriced = (await database.entries()).slice(before)
    expect(repriced.map(({ amount }) => amount).reduce(addDecimals)).toBe('10')
    expect(repriced.some((entry) => entry.kind === 'adjustment' && entry.reason === 'repriced')).toBe(true)
    expect(repriced.filter(({ kind }) => kind === 'usage').map(({ window }) => window)).toEqual([
      { start: '2026-06-10T10:00:00Z', end: '2026-06-10T10:30:00Z' },
      { start: '2026-06-10T10:30:00Z', end: '2026-06-10T11:00:00Z' },
    ])
    await isOwed()
  })

  test('posts what had no price when it was settled', async () => {
    const before = (await database.entries()).length
    await database.addPrice({ capability: 'tokens', from: '2026-06-10T09:00:00Z', price: '0.1' })
    expect(await database.settle(NOW)).toBe(3)
    const posted = (await database.entries()).slice(before)
    expect(posted.map(({ amount }) => amount).reduce(addDecimals)).toBe('3')
    await isOwed()
  })

  test('is seen by a settler that began after it', async () => {
    await database.addPrice({
      capability: 'requests',
      version: 3,
      from: '2026-06-10T23:00:00Z',
      allowance: '0',
      price: '1',
    })
    await database.settle(NOW, { ratedBy: new Set() })
    await isOwed()
  })
})
