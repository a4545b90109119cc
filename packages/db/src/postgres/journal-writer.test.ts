import { hash, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { JournalAppend, JournalPosition } from '@meterbook/core/event'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listBatches, readBatches } from './journal-reader.ts'
import { JOURNAL_CODEC, JournalWriter } from './journal-writer.ts'
import { createPool, isUnavailable, type Pool } from './pool.ts'
import { openPostgresTestDatabase, type PostgresTestDatabase } from './postgres-test-database.ts'

const DEADLINE_MS = 30_000
const RECEIVED_AT = 1_782_907_200_123_456n

let database: PostgresTestDatabase
let writer: JournalWriter
beforeAll(async () => {
  database = await openPostgresTestDatabase()
  writer = new JournalWriter(database.pool)
})
afterAll(() => database.drop())

const batch = (shard: number, body = `[{"id":"${randomUUID()}"}]`, receivedAt = RECEIVED_AT): JournalAppend => ({
  shard,
  appId: randomUUID(),
  keyId: randomUUID(),
  receivedAt,
  eventCount: 1,
  body,
})
const one = async (append: JournalAppend, by = writer) => (await by.append([append]))[0] as JournalPosition
const read = async ({ shard, number }: JournalPosition, pool = database.pool) =>
  (await readBatches(pool, { shard, first: number, last: number }))[0]
const numbersOf = async (shard: number) =>
  (await listBatches(database.pool, { shard, after: 0n, limit: 100_000 })).map((each) => each.number)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => BigInt(index + 1))
const within = <T>(promise: Promise<T>): Promise<T> =>
  Promise.race([
    promise,
    delay(DEADLINE_MS, undefined, { ref: false }).then((): never => {
      throw new Error(`nothing happened within ${DEADLINE_MS} ms`)
    }),
  ])

describe('journal numbers', () => {
  test('have no gap and appear in order, with many requests of two processes at once', async () => {
    const shards = [11, 12, 13]
    const writers = [writer, new JournalWriter(database.openPool('second'))]
    let isDone = false
    const watchers = shards.map((shard) => watchOrder(shard, () => isDone))
    const appends = Array.from({ length: 200 }, (_, index) =>
      (writers[index % 2] as JournalWriter).append([batch(shards[index % 3] as number)]),
    )
    const positions = (await Promise.all(appends)).flat()
    isDone = true
    await Promise.all(watchers)
    for (const shard of shards) {
      const given = positions.filter((position) => position.shard === shard).map((position) => position.number)
      expect(given.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(upTo(given.length))
      expect(await numbersOf(shard)).toEqual(upTo(given.length))
    }
  })

  test('of one request’s batches are each in their own shard, and answered in the order they were given', async () => {
    const appends = [batch(21), batch(22), batch(21)]
    const positions = await writer.append(appends)
    expect(positions.map(({ shard, number }) => [shard, number])).toEqual([
      [21, 1n],
      [22, 1n],
      [21, 2n],
    ])
    for (const [index, position] of positions.entries()) {
      expect((await read(position))?.body).toBe(appends[index]?.body)
    }
  })

  /** What a projection relies on: having seen number n, it will never be shown a lower one. */
  async function watchOrder(shard: number, isDone: () => boolean): Promise<void> {
    let last = 0n
    for (let rounds = 0; !isDone() || rounds === 0; rounds++) {
      for (const { number } of await listBatches(database.pool, { shard, after: last, limit: 1000 })) {
        expect(number).toBe(last + 1n)
        last = number
      }
    }
  }
})

describe('a journal batch', () => {
  test('comes back as it was given, to the byte and the microsecond, whichever way it was stored', async () => {
    const bodies = fc.oneof(
      fc.constantFrom('[]', '[{"id":"ü✓🎉\\u0000"}]', `["${'compressible '.repeat(500)}"]`, `["${'ä'.repeat(70)}"]`),
      fc.string({ unit: 'grapheme', maxLength: 300 }).map((text) => JSON.stringify([text])),
      fc.integer({ min: 1, max: 5_000 }).map((size) => JSON.stringify([randomBytes(size).toString('base64')])),
    )
    const instants = fc.bigInt({ min: 946_684_800_000_000n, max: 4_102_444_800_000_000n })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(bodies, instants, fc.nat(9_999)), { minLength: 1, maxLength: 8 }),
        async (drawn) => {
          const appends = drawn.map(([body, at, eventCount]) => ({ ...batch(31, body, at), eventCount }))
          const positions = await writer.append(appends)
          const [first, last] = [positions[0]?.number ?? 0n, positions.at(-1)?.number ?? 0n]
          const found = await readBatches(database.pool, { shard: 31, first, last })
          expect(found).toEqual(
            appends.map(({ shard: _, ...append }, index) => ({
              ...append,
              kind: 'events',
              number: positions[index]?.number,
            })),
          )
          expect(positions.map((position) => position.digest)).toEqual(
            appends.map((append) => hash('sha256', append.body, 'hex')),
          )
        },
      ),
      { numRuns: 40 },
    )
    const { rows } = await database.pool.query('SELECT DISTINCT codec FROM journal_batch WHERE shard = 31 ORDER BY 1')
    expect(rows).toEqual([{ codec: JOURNAL_CODEC.plain }, { codec: JOURNAL_CODEC.zstd }])
  })

  test('of the largest request is stored whole, several of them together too', async () => {
    const bodies = Array.from({ length: 3 }, () => JSON.stringify([randomBytes(7_000_000).toString('base64')]))
    const positions = await writer.append(bodies.map((body) => batch(32, body)))
    for (const [index, position] of positions.entries()) {
      const found = await read(position)
      expect(hash('sha256', found?.body ?? '', 'hex')).toBe(hash('sha256', bodies[index] ?? '', 'hex'))
    }
  })

  test('that somebody changed is refused by its digest, naming it', async () => {
    const position = await one(batch(33))
    await asForger(`UPDATE journal_batch SET body = convert_to('[{"id":"forged"}]', 'UTF8') WHERE shard = 33`)
    await expect(read(position)).rejects.toThrow(/shard 33 batch 1: expected a body with digest [0-9a-f]{64}, found/)
  })

  test('that is missing stops the reader: a hole is never read as nothing', async () => {
    await writer.append([batch(34), batch(34), batch(34)])
    await asForger('DELETE FROM journal_batch WHERE shard = 34 AND number = 2')
    await expect(readBatches(database.pool, { shard: 34, first: 1n, last: 3n })).rejects.toThrow(
      'expected 3 batches 1 to 3, found 2',
    )
  })

  test('is listed with its event count and its receipt, in order, after the number asked for', async () => {
    await writer.append([batch(35, '[1]', 1n), batch(35, '[2]', 2n), batch(35, '[3]', 3n)])
    expect(await listBatches(database.pool, { shard: 35, after: 1n, limit: 1 })).toEqual([
      { number: 2n, kind: 'events', eventCount: 1, receivedAt: 2n },
    ])
    expect(await listBatches(database.pool, { shard: 35, after: 3n, limit: 9 })).toEqual([])
  })

  async function asForger(statement: string): Promise<void> {
    await database.owner.query('ALTER TABLE journal_batch DISABLE TRIGGER USER')
    await database.owner.query(statement)
    await database.owner.query('ALTER TABLE journal_batch ENABLE TRIGGER USER')
  }
})

describe('an append', () => {
  test('whose server went away in the middle is refused as unavailable, leaves nothing, and gives its number back', async () => {
    await writer.append([batch(41)])
    const victim = new JournalWriter(database.openPool('victim'))
    await database.owner.query('BEGIN')
    await database.owner.query('SELECT FROM journal_head WHERE shard = 41 FOR UPDATE')
    const appended = one(batch(41), victim).catch((error: unknown) => error)
    await until(async () => (await killed('victim', `AND wait_event_type = 'Lock'`)) > 0)
    expect(await appended).toMatchObject({ code: 'unavailable', message: expect.not.stringContaining('postgres://') })
    await database.owner.query('COMMIT')
    expect(await numbersOf(41)).toEqual([1n])
    expect(await one(batch(41), victim)).toMatchObject({ number: 2n })
  })

  test('that resolved is in the journal, and one that did not says unavailable, however often the server dies', async () => {
    const victim = new JournalWriter(database.openPool('stormed'))
    const outcomes: { append: JournalAppend; result: JournalPosition | { code?: string } }[] = []
    let isDone = false
    const refused = () => outcomes.filter(({ result }) => !('number' in result)).length
    const senders = Array.from({ length: 4 }, async () => {
      for (let n = 0; n < 30 || refused() < 3; n++) {
        const append = batch(42)
        const result = await one(append, victim).catch((error: { code?: string }) => error)
        outcomes.push({ append, result })
      }
    }).map((sender) => within(sender))
    const killer = (async () => {
      while (!isDone) await killed('stormed', '')
    })()
    await Promise.all(senders)
    isDone = true
    await killer
    const journal = new Map(
      (await readBatches(database.pool, { shard: 42, first: 1n, last: BigInt((await numbersOf(42)).length) })).map(
        (each) => [each.number, each.body],
      ),
    )
    expect(await numbersOf(42)).toEqual(upTo(journal.size))
    for (const { append, result } of outcomes) {
      if ('number' in result) expect(journal.get(result.number)).toBe(append.body)
      else expect(result.code).toBe('unavailable')
    }
    expect(await one(batch(42), victim)).toMatchObject({ shard: 42 })
  })

  test('to a server that is not there is refused as unavailable', async () => {
    const url = new URL(database.url)
    url.port = '1'
    const pool = createPool({ url: url.href, name: 'nowhere' })
    await expect(one(batch(43), new JournalWriter(pool))).rejects.toMatchObject({ code: 'unavailable' })
    await pool.end()
  })

  test('made at the very moment the flush before it ends is not left waiting', async () => {
    for (let hop = 0; hop < 14; hop++) {
      const pool = database.openPool('eager')
      const eager = new JournalWriter(pool)
      const second = Promise.withResolvers<JournalPosition>()
      onAnswer(pool, hop, () => second.resolve(one(batch(44), eager)))
      await one(batch(44), eager)
      expect(await within(second.promise), `after ${hop} turns`).toMatchObject({ shard: 44 })
    }
  })

  test('is waited for by drain', async () => {
    const appends = Array.from({ length: 20 }, () => batch(45))
    const appended = Promise.all(appends.map((append) => one(append)))
    await writer.drain()
    expect(await numbersOf(45)).toEqual(upTo(20))
    await appended
  })

  /** Calls back that many turns of the promise queue after the first answer of Postgres. */
  function onAnswer(pool: Pool, turns: number, call: () => void): void {
    const query = pool.query.bind(pool) as (...values: unknown[]) => Promise<unknown>
    let isFirst = true
    const later = (left: number): void => (left === 0 ? call() : queueMicrotask(() => later(left - 1)))
    Object.assign(pool, {
      query: (...values: unknown[]) =>
        query(...values).then((result) => {
          if (isFirst) later(turns)
          isFirst = false
          return result
        }),
    })
  }
})

describe('a fault of the server', () => {
  test('that may pass is called unavailable, a fault of ours is not', async () => {
    const faultOf = async (...statements: string[]) => {
      const client = await database.pool.connect()
      client.on('error', () => undefined)
      try {
        await client.query('BEGIN')
        for (const statement of statements) await client.query(statement)
        return null
      } catch (error) {
        return error
      } finally {
        await client.query('ROLLBACK').catch(() => undefined)
        client.release(true)
      }
    }
    expect(isUnavailable(await faultOf('SELECT pg_terminate_backend(pg_backend_pid())'))).toBe(true)
    expect(isUnavailable(await faultOf('SET LOCAL statement_timeout = 20', 'SELECT pg_sleep(10)'))).toBe(true)
    expect(
      isUnavailable(await faultOf('SET TRANSACTION READ ONLY', 'INSERT INTO journal_head (shard) VALUES (99)')),
    ).toBe(true)
    expect(isUnavailable(await faultOf('SELECT no_such_column'))).toBe(false)
    expect(isUnavailable(await faultOf('SELECT 1 / 0'))).toBe(false)
    expect(isUnavailable(null)).toBe(false)
  })
})

async function killed(application: string, condition: string): Promise<number> {
  const { rowCount } = await database.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = $1 ${condition}`,
    [application],
  )
  return rowCount ?? 0
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + DEADLINE_MS; !(await isTrue()); ) {
    if (performance.now() > end) throw new Error('expected it to come true in time')
  }
}
