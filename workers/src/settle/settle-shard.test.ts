import { randomUUID } from 'node:crypto'
import { addDecimals } from '@meterbook/core/kernel'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  createSettleTestDatabase,
  eventOf as event,
  type SettleTestDatabase,
  type UsageEntry,
} from './settle-test-database.ts'
import { chainFaults, owedBy, postedOf, strayAdjustments } from './settle-test-laws.ts'

let database: SettleTestDatabase
beforeEach(async () => {
  database = await createSettleTestDatabase()
})
afterEach(async () => {
  expect(strayAdjustments(await database.entries())).toEqual([])
  expect(await chainFaults(database)).toEqual([])
  await database.drop()
})

const line = ({ kind, capability, environment, window, quantity, amount }: UsageEntry) =>
  [kind, capability, environment, window.start, quantity, amount].join(' ')

describe('settling a shard', () => {
  test('a shard that holds nothing but held events is settled at nothing, and usage that comes for its past is posted', async () => {
    await database.send([event('unheard.of', '2026-06-01T10:00:00Z')])
    expect(await database.settle('2026-06-05T00:02:00Z')).toBe(0)
    const { rows } = await database.owner.query('SELECT until FROM settlement_progress')
    expect(rows).toEqual([{ until: new Date('2026-06-03T00:00:00Z') }])
    await database.send([event('request', '2026-06-01T11:00:00Z')])
    expect(await database.settle('2026-06-05T00:02:00Z')).toBe(1)
    expect((await database.entries()).map(line)).toEqual(['usage requests production 2026-06-01T11:00:00Z 1 0'])
  })

  test('nothing is settled from tables that were lost and are empty again: hours that look unused would never be read again', async () => {
    await database.send([event('request', '2026-06-01T10:00:00Z'), event('request', '2026-06-01T11:00:00Z')])
    expect(await database.settle('2026-06-03T11:02:00Z')).toBe(1)
    for (const table of ['usage_records', 'event_index', 'projection_marker'])
      await database.clickhouse.command({ query: `TRUNCATE TABLE ${table}` })
    expect(await database.settle('2026-06-05T00:00:00Z')).toBe(0)
    const { rows } = await database.owner.query('SELECT until FROM settlement_progress')
    expect(rows).toEqual([{ until: new Date('2026-06-01T11:00:00Z') }])
    expect(await database.entries()).toHaveLength(1)
  })

  test('a window is posted once it is over and two days old, with its price taken apart, and not before', async () => {
    await database.send([
      event('request', '2026-06-01T10:00:00Z'),
      event('request', '2026-06-01T10:59:59.999999Z'),
      event('request', '2026-06-01T11:00:00Z', {}, { environment: 'staging' }),
      event('request', '2026-06-01T11:30:00Z'),
      event('prompt', '2026-06-01T10:30:00Z', { tokens: '120.5', user: 'ann' }),
    ])
    expect(await database.settle('2026-06-03T11:01:59Z')).toBe(0)
    expect(await database.settle('2026-06-03T11:02:00Z')).toBe(2)
    expect(await database.settle('2026-06-03T12:02:00Z')).toBe(2)
    const entries = await database.entries()
    expect(entries.map(line)).toEqual([
      'usage requests production 2026-06-01T10:00:00Z 2 0',
      'usage tokens production 2026-06-01T10:00:00Z 120.5 1.025',
      'usage requests production 2026-06-01T11:00:00Z 1 0',
      'usage requests staging 2026-06-01T11:00:00Z 1 2',
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
    expect(database.news.map(({ entries: count, appIds }) => [count, appIds])).toEqual([
      [2, [database.appId]],
      [2, [database.appId]],
    ])
  })

  test('late usage posts one adjustment that points back and says why', async () => {
    await database.send([event('request', '2026-06-01T10:00:00Z')])
    await database.settle('2026-06-09T00:00:00Z')
    await database.send([event('request', '2026-06-01T10:15:00Z'), event('request', '2026-05-01T10:15:00Z')])
    expect(await database.settle('2026-06-09T00:00:00Z')).toBe(2)
    const [, before, adjustment] = await database.entries()
    // a window that nothing was posted of is posted for the first time, however late
    expect(before).toMatchObject({ kind: 'usage', window: { start: '2026-05-01T10:00:00Z' } })
    expect(adjustment).toMatchObject({
      kind: 'adjustment',
      adjusts: '1',
      reason: 'late_usage',
      quantity: '1',
      amount: '0',
      journal: { through: '2' },
      cumulative: { before: '1', after: '2' },
    })
    expect(await database.settle('2026-06-09T00:00:00Z')).toBe(0)
  })

  test('cancelled, amended and re-attributed usage posts the difference with its reason and the act', async () => {
    const events = [1, 2, 3].map((hour) => event('prompt', `2026-06-01T0${hour}:00:00Z`, { tokens: 200, user: 'u' }))
    await database.send(events)
    await database.settle('2026-06-09T00:00:00Z')
    const [cancelled, amended, moved] = events.map(({ id }) => ({ id }))
    const acts = [
      await database.act('cancel', [cancelled!]),
      await database.act('amend', [{ ...amended!, event: { ...events[1], data: { tokens: 50, user: 'u' } } }]),
    ]
    const other = await database.addSpace({ slug: 'other' })
    await database.owner.query(`UPDATE app_ownership SET effective_from = '2026-06-02T00:00:00Z'`)
    await database.owner.query(`UPDATE entitlement SET effective_from = '2026-06-02T00:00:00Z'`)
    await database.owner.query(
      `INSERT INTO app_ownership (id, app_id, space_id, effective_from, effective_to) VALUES ($1, $2, $3, '2026-05-01T00:00:00Z', '2026-06-02T00:00:00Z')`,
      [randomUUID(), database.appId, other],
    )
    await database.owner.query(
      `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from, effective_to)
       SELECT $1, id, $2, 'tokens', '2026-05-01T00:00:00Z', '2026-06-02T00:00:00Z' FROM subscription WHERE space_id = $3`,
      [randomUUID(), database.appId, other],
    )
    acts.push(await database.act('reattribute', [moved!]))
    expect(await database.settle('2026-06-09T00:00:00Z')).toBe(4)
    const adjustments = (await database.entries()).filter((entry) => entry.kind === 'adjustment')
    expect(adjustments.map(({ adjusts, reason, acts: ids, quantity }) => [adjusts, reason, ids, quantity])).toEqual([
      ['1', 'cancelled', [acts[0]], '-200'],
      ['2', 'amended', [acts[1]], '-150'],
      ['3', 'reattributed', [acts[2]], '-200'],
    ])
    expect((await database.entries(other)).map(line)).toEqual(['usage tokens production 2026-06-01T03:00:00Z 200 5'])
    expect(await postedOf(database)).toEqual(await owedBy(database, '2026-06-06T23:00:00Z'))
  })

  test('an app that moves to another space in mid-month is split at the instant, with an allowance in each', async () => {
    const other = await database.addSpace({ slug: 'other' })
    await database.move(database.app, other, '2026-06-10T10:30:00.000001Z')
    await database.send([
      ...Array.from({ length: 5 }, () => event('request', '2026-06-10T10:30:00Z')),
      ...Array.from({ length: 4 }, () => event('request', '2026-06-10T10:30:00.000001Z')),
    ])
    expect(await database.settle('2026-06-20T00:00:00Z')).toBe(2)
    expect((await database.entries()).map(line)).toEqual(['usage requests production 2026-06-10T10:00:00Z 5 4'])
    expect((await database.entries(other)).map(line)).toEqual(['usage requests production 2026-06-10T10:00:00Z 4 2'])
  })

  test('the allowance is shared by the environments of an app and never with another app', async () => {
    const second = await database.addApp({ slug: 'second' })
    const of = (environment: string) =>
      Array.from({ length: 3 }, () => event('request', '2026-06-10T10:30:00Z', {}, { environment }))
    await database.send([...of('production'), ...of('staging')])
    await database.send(of('production'), second)
    await database.settle('2026-06-20T00:00:00Z')
    const entries = await database.entries()
    const amounts = (appId: string) => entries.filter(({ app }) => app === appId).map(({ amount }) => amount)
    expect(amounts(database.appId)).toEqual(['0', '6'])
    expect(amounts(second.id)).toEqual(['0'])
  })

  test('exempt usage is posted, costs nothing and takes nothing of the allowance', async () => {
    await database.owner.query(
      `INSERT INTO installation (id, app_id, key, name, exempt, effective_from) VALUES ($1, $2, 'free', 'Free', true, '2020-01-01')`,
      [randomUUID(), database.appId],
    )
    const requests = (count: number, more: object) =>
      Array.from({ length: count }, () => event('request', '2026-06-10T10:30:00Z', {}, more))
    await database.send([...requests(7, { installation: 'free' }), ...requests(4, {})])
    await database.settle('2026-06-20T00:00:00Z')
    const entries = await database.entries()
    expect(entries.map(({ exempt, quantity, amount }) => [exempt, quantity, amount])).toEqual([
      [false, '4', '2'],
      [true, '7', '0'],
    ])
  })

  test('what a space has no price for is not posted', async () => {
    await database.send([
      event('prompt', '2026-06-10T10:30:00Z', { tokens: 1, user: 'only unique users have no price' }),
    ])
    await database.settle('2026-06-20T00:00:00Z')
    expect((await database.entries()).map(({ capability }) => capability)).toEqual(['tokens'])
  })

  test('two settlers at once, and two shards of one space, post nothing twice and keep one chain', async () => {
    const second = await database.addApp({ slug: 'second', shard: database.shard + 50 })
    const hours = Array.from({ length: 12 }, (_, hour) => event('request', `2026-06-10T${10 + hour}:30:00Z`))
    await database.send(hours)
    await database.send(hours, second)
    const now = '2026-06-20T00:00:00Z'
    const { shard } = second
    await Promise.all([
      database.settle(now),
      database.settle(now),
      database.settle(now, { shard }),
      database.settle(now, { shard }),
    ])
    const entries = await database.entries()
    expect(entries.map(({ sequence }) => Number(sequence))).toEqual(Array.from({ length: 24 }, (_, index) => index + 1))
    expect(entries.map(({ quantity }) => quantity).reduce(addDecimals)).toBe('24')
    expect(entries.map(({ amount }) => amount).reduce(addDecimals)).toBe('36')
  })
})
