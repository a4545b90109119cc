import type { Pool } from '@meterbook/db/postgres'
import { beginRebuild } from '@meterbook/db/rebuild'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { settleShard } from './settle-shard.ts'
import { createSettleTestDatabase, eventOf as event, instant, type SettleTestDatabase } from './settle-test-database.ts'
import { chainFaults, owedBy, postedOf, strayAdjustments } from './settle-test-laws.ts'

let database: SettleTestDatabase
beforeEach(async () => {
  database = await createSettleTestDatabase()
})
afterEach(() => database.drop())

const NOW = '2026-06-20T00:00:00Z'
const UNTIL = '2026-06-17T23:00:00Z'

class Killed extends Error {}

/**
 * A pool of a process that dies at its n-th statement, before or after the server has run it: nothing it would say later is heard, and its
 * connections are gone.
 */
function dyingPool(pool: Pool, input: { at: number; isRun: boolean }): Pool {
  let said = 0
  const mayRun = async (run: () => Promise<unknown>): Promise<unknown> => {
    said += 1
    if (said > input.at || (said === input.at && !input.isRun)) throw new Killed()
    const answer = await run()
    if (said === input.at) throw new Killed()
    return answer
  }
  return {
    query: (...query: [never]) => mayRun(() => pool.query(...query)),
    connect: async () => {
      const client = await pool.connect()
      return {
        query: (...query: [never]) => mayRun(() => client.query(...query)),
        release: () => client.release(said >= input.at),
      }
    },
  } as unknown as Pool
}

async function fill(): Promise<void> {
  await database.send([
    event('request', '2026-06-01T10:00:00Z'),
    event('request', '2026-06-05T10:00:00Z', {}, { environment: 'staging' }),
    event('prompt', '2026-06-01T11:00:00Z', { tokens: '333.3' }),
    event('level', '2026-06-01T00:30:00Z', { thirds: 7 }, { subject: 'db' }),
    event('level', '2026-06-01T05:00:00Z', { thirds: 0 }, { subject: 'db' }),
  ])
}

describe('a settlement that is killed', () => {
  test('at any of its statements, and run again, leaves the ledger of one run', async () => {
    const other = await database.addSpace({ slug: 'other' })
    await database.move(database.app, other, '2026-06-05T00:00:00Z')
    await fill()
    let kills = 0
    for (let at = 1; ; at += 1) {
      let isDone = true
      for (const isRun of [false, true]) {
        try {
          await database.settle(NOW, { pool: dyingPool(database.pool, { at, isRun }) })
        } catch (error) {
          expect(error).toBeInstanceOf(Killed)
          isDone = false
          kills += 1
        }
      }
      if (isDone) break
    }
    expect(kills).toBeGreaterThan(20)
    expect(await database.settle(NOW)).toBe(0)
    expect(await postedOf(database)).toEqual(await owedBy(database, UNTIL))
    for (const spaceId of [database.spaceId, other]) {
      const entries = await database.entries(spaceId)
      expect(entries.every(({ kind }) => kind === 'usage')).toBe(true)
      expect(strayAdjustments(entries)).toEqual([])
    }
    expect(await chainFaults(database)).toEqual([])
  }, 300_000)

  test('and run again when more has come and something was cancelled, posts what is owed then and adjusts what it had posted', async () => {
    await fill()
    const killed = event('prompt', '2026-06-02T10:00:00Z', { tokens: 500 })
    await database.send([killed])
    // dies when it wants to say how far it has come
    const isProgress = (query: unknown) => (query as { name?: string }).name === 'settlement-progress'
    const pool = new Proxy(database.pool, {
      get(target, name) {
        if (name !== 'query') return Reflect.get(target, name, target).bind(target)
        return (query: never) => (isProgress(query) ? Promise.reject(new Killed()) : target.query(query))
      },
    })
    await expect(database.settle(NOW, { pool })).rejects.toBeInstanceOf(Killed)
    const before = await database.entries()
    await database.act('cancel', [killed])
    await database.send([event('request', '2026-06-01T10:10:00Z')])
    expect(await database.settle(NOW)).toBe(2)
    const entries = await database.entries()
    expect(entries.slice(0, before.length)).toEqual(before)
    expect(entries.slice(before.length).map(({ kind, capability, quantity }) => [kind, capability, quantity])).toEqual([
      ['adjustment', 'requests', '1'],
      ['adjustment', 'tokens', '-500'],
    ])
    expect(await postedOf(database)).toEqual(await owedBy(database, UNTIL))
  })
})

describe('a rebuild', () => {
  test('changes nothing that was posted, and what comes after it is posted once', async () => {
    await fill()
    const cancelled = event('request', '2026-06-03T10:00:00Z')
    await database.send([cancelled])
    await database.settle(NOW)
    await database.act('cancel', [cancelled])
    await database.settle(NOW)
    const before = await database.entries()
    const { databaseUrl, clickhouseUrl } = database
    await beginRebuild({ databaseUrl, clickhouseUrl, by: 'test', reason: 'to post nothing', ownerMsMax: 500 })
    // nothing is replayed yet: what is read now is not what there is
    expect(await database.settle(NOW)).toBe(0)
    await database.project()
    expect(await database.settle(NOW)).toBe(0)
    expect(await database.entries()).toEqual(before)
    await database.send([event('request', '2026-06-01T10:20:00Z')])
    expect(await database.settle(NOW)).toBe(1)
    expect(await postedOf(database)).toEqual(await owedBy(database, UNTIL))
  })
})

describe('a settlement that is told to stop', () => {
  test('ends between two pages and goes on from there the next time', async () => {
    await fill()
    await database.send([event('request', '2026-06-16T10:00:00Z')])
    let pages = 0
    const isStopped = () => ++pages > 1
    const { pool, clickhouse, shard } = database
    const deps = { pool, clickhouse, now: () => instant(NOW), onPosted: () => undefined }
    const step = await settleShard({ ...deps, isStopped }, shard)
    expect(step.hasMore).toBe(true)
    expect(step.entries).toBe((await database.entries()).length)
    expect(await database.settle(NOW)).toBeGreaterThan(0)
    expect(await postedOf(database)).toEqual(await owedBy(database, UNTIL))
  })
})
