import { addDecimals } from '@meterbook/core/kernel'
import { type Pool, takeSettlement } from '@meterbook/db/postgres'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createSettleTestDatabase, eventOf as event, type SettleTestDatabase } from './settle-test-database.ts'

const NOW = '2026-06-20T00:00:00Z'

let database: SettleTestDatabase
const opened: SettleTestDatabase[] = []
beforeEach(async () => {
  database = await createSettleTestDatabase()
  opened.push(database)
})
afterAll(() => Promise.all(opened.map((each) => each.drop())))

const total = async () => (await database.entries()).map(({ quantity }) => quantity).reduce(addDecimals, '0')

/** Settles in a pool that holds still before the posting transaction begins, after everything was read. */
function settleFrozen(lockedBy?: number) {
  let arrive: () => void = () => undefined
  let wake: () => void = () => undefined
  const atDoor = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const gate = new Promise<void>((resolve) => {
    wake = resolve
  })
  let connects = 0
  const pool = new Proxy(database.pool, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown
      if (name !== 'connect') return typeof value === 'function' ? value.bind(target) : value
      return async () => {
        // the first one reads the prices
        if (++connects === 2) {
          arrive()
          await gate
        }
        return target.connect()
      }
    },
  }) as Pool
  const done = database.settle(NOW, { pool, lockedBy }).then(String, (error: Error) => error.name)
  return { atDoor, wake, done }
}

describe('a settler that was frozen between reading and posting', () => {
  test('takes nothing back that another one settled meanwhile', async () => {
    await database.send([event('request', '2026-06-10T10:10:00Z')])
    const lock = await takeSettlement({ url: database.databaseUrl, shard: database.shard })
    const frozen = settleFrozen(lock?.pid)
    await frozen.atDoor
    await lock?.release()
    await database.send([event('request', '2026-06-10T10:20:00Z'), event('request', '2026-06-10T10:30:00Z')])
    await database.settle(NOW)
    expect(await total()).toBe('3')
    frozen.wake()
    expect(await frozen.done).toBe('StaleSettlement')
    await database.settle(NOW)
    expect(await total()).toBe('3')
  })

  test('posts nothing, and moves nothing on, once a rebuild has begun to drop the tables', async () => {
    await database.send([event('request', '2026-06-10T10:10:00Z')])
    await database.settle(NOW)
    await database.send([event('request', '2026-06-10T10:20:00Z')])
    const begin = `INSERT INTO projection_generation (generation, begun_by, reason)
      SELECT max(generation) + 1, 'test', 'test' FROM projection_generation`
    const frozen = settleFrozen()
    await frozen.atDoor
    await database.owner.query(begin)
    frozen.wake()
    expect(await frozen.done).toBe('StaleSettlement')
    // the tables are empty now, for all that settlement knows
    await database.clickhouse.command({ query: 'TRUNCATE TABLE usage_records' })
    expect(await database.settle(NOW)).toBe(0)
    expect(await total()).toBe('1')
    const { rows } = await database.owner.query('SELECT through FROM settlement_progress')
    expect(rows).toEqual([{ through: '1' }])
  })
})
