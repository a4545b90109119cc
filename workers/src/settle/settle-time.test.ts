import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSettleTestDatabase, eventOf as event, type SettleTestDatabase } from './settle-test-database.ts'
import { chainFaults, owedBy, postedOf } from './settle-test-laws.ts'

describe('windows of settlement', () => {
  let database: SettleTestDatabase
  beforeAll(async () => {
    database = await createSettleTestDatabase({ billingZone: 'Asia/Kathmandu' })
  })
  afterAll(() => database.drop())

  test('a billing period that begins at a quarter of an hour cuts the hour, and each side has its own allowance', async () => {
    const requests = (count: number, time: string) => Array.from({ length: count }, () => event('request', time))
    await database.send([...requests(4, '2026-06-30T18:14:59.999999Z'), ...requests(5, '2026-06-30T18:15:00Z')])
    await database.settle('2026-07-20T00:00:00Z')
    const entries = await database.entries()
    expect(entries.map(({ window, period, quantity, amount }) => [window, period.start, quantity, amount])).toEqual([
      [{ start: '2026-06-30T18:00:00Z', end: '2026-06-30T18:15:00Z' }, '2026-05-31T18:15:00Z', '4', '2'],
      [{ start: '2026-06-30T18:15:00Z', end: '2026-06-30T19:00:00Z' }, '2026-06-30T18:15:00Z', '5', '4'],
    ])
  })

  test('a price that changes inside an hour cuts it, and usage is rated by the price at its time', async () => {
    await database.addPrice({
      capability: 'requests',
      version: 2,
      from: '2026-07-05T10:20:30.000001Z',
      allowance: '3',
      price: '100',
    })
    const requests = (count: number, time: string) => Array.from({ length: count }, () => event('request', time))
    await database.send([
      ...requests(2, '2026-07-05T10:20:30Z'),
      ...requests(1, '2026-07-05T10:20:30.000001Z'),
      event('prompt', '2026-07-05T10:10:00Z', { tokens: 7 }),
      event('prompt', '2026-07-05T10:50:00Z', { tokens: 8 }),
    ])
    await database.settle('2026-07-20T00:00:00Z')
    const entries = (await database.entries()).filter(({ window }) => window.start.startsWith('2026-07-05'))
    expect(
      entries.map(({ capability, window, quantity, amount }) => [
        capability,
        window.start,
        window.end,
        quantity,
        amount,
      ]),
    ).toEqual([
      ['requests', '2026-07-05T10:00:00Z', '2026-07-05T10:20:30.000001Z', '2', '4'],
      ['tokens', '2026-07-05T10:00:00Z', '2026-07-05T11:00:00Z', '15', '0'],
      ['requests', '2026-07-05T10:20:30.000001Z', '2026-07-05T11:00:00Z', '1', '100'],
    ])
  })

  test('a level is settled hour by hour until its next sample, and a late sample adjusts the hours it changes and no other', async () => {
    const level = (time: string, thirds: number) => event('level', time, { thirds }, { subject: 'db' })
    await database.send([level('2026-07-10T00:30:00Z', 1), level('2026-07-10T10:00:00Z', 0)])
    await database.settle('2026-07-20T00:00:00Z')
    const stored = async () => (await database.entries()).filter(({ capability }) => capability === 'stored')
    const first = await stored()
    expect(first.map(({ window }) => window.start.slice(11, 13))).toEqual([
      '00',
      '01',
      '02',
      '03',
      '04',
      '05',
      '06',
      '07',
      '08',
      '09',
    ])
    expect(first.slice(0, 3).map(({ quantity }) => quantity)).toEqual([
      `0.1${'6'.repeat(28)}7`,
      `0.${'3'.repeat(30)}`,
      `0.${'3'.repeat(30)}`,
    ])
    expect(first[0]?.measured).toEqual([{ meter: 'stored', version: 1, base: '1800000000', divisor: '10800000000' }])
    await database.send([level('2026-07-10T04:00:00Z', 4), level('2026-07-10T06:00:00Z', 1)])
    expect(await database.settle('2026-07-20T00:00:00Z')).toBe(2)
    const adjustments = (await stored()).slice(first.length)
    expect(adjustments.map(({ kind, window, quantity }) => [kind, window.start.slice(11, 13), quantity])).toEqual([
      ['adjustment', '04', '1'],
      ['adjustment', '05', '1'],
    ])
  })

  test('a level that goes on is settled in every hour, without any event', async () => {
    await database.send([event('level', '2026-07-18T00:00:00Z', { thirds: 3 }, { subject: 'other' })])
    const count = async () => (await database.entries()).filter(({ capability }) => capability === 'stored').length
    await database.settle('2026-07-20T04:00:00Z')
    const before = await count()
    await database.settle('2026-07-25T04:02:00Z')
    expect((await count()) - before).toBe(5 * 24 + 1)
  })

  test('all of it together is the price of the usage', async () => {
    expect(await postedOf(database)).toEqual(await owedBy(database, '2026-07-23T04:00:00Z'))
    expect(await chainFaults(database)).toEqual([])
  })
})
