import { randomUUID } from 'node:crypto'
import { readActBody } from '@meterbook/core/event'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appendCorrections, type CorrectionRequest, findCorrections, listCorrections } from './correction-store.ts'
import { readBatches } from './journal-reader.ts'
import { openPostgresTestDatabase, type PostgresTestDatabase } from './postgres-test-database.ts'

const RECEIVED_AT = 1_782_864_000_000_001n

let database: PostgresTestDatabase
beforeAll(async () => {
  database = await openPostgresTestDatabase()
})
afterAll(() => database.drop())

const request = (more: Partial<CorrectionRequest> = {}): CorrectionRequest => ({
  id: randomUUID(),
  act: 'cancel',
  app: { id: randomUUID(), shard: 1 },
  actor: { id: 'p', name: 'Pat' },
  reason: 'because',
  filter: {},
  targets: [{ batch: 1n, pos: 0 }],
  ...more,
})
const append = (...requests: CorrectionRequest[]) =>
  appendCorrections(database.pool, { requests, receivedAt: RECEIVED_AT })
const rowsIn = async (shard: number) =>
  Number((await database.pool.query(`SELECT count(*) AS n FROM journal_batch WHERE shard = $1`, [shard])).rows[0].n)

describe('corrections of one asking', () => {
  test('are written all or none: a fault in the last leaves no row of the first', async () => {
    const good = request({ app: { id: randomUUID(), shard: 2 } })
    await expect(append(good, request({ app: { id: 'no uuid', shard: 3 } }))).rejects.toThrow()
    expect([await rowsIn(2), await rowsIn(3), await findCorrections(database.pool, [good.id])]).toEqual([0, 0, []])
    await expect(append(request(), request({ targets: [] }))).rejects.toThrow(RangeError)
  })

  test('asked for by many at once are written once, and each is told the same', async () => {
    const both = [request({ app: { id: randomUUID(), shard: 5 } }), request({ app: { id: randomUUID(), shard: 4 } })]
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => append(...(index % 2 === 0 ? both : [...both].reverse()))),
    )
    for (const answer of answers) expect(answer.map(({ id }) => id).sort()).toEqual(both.map(({ id }) => id).sort())
    expect([await rowsIn(4), await rowsIn(5)]).toEqual([1, 1])
  })

  test('with more content than a journal row may hold are several rows, each of which can be read again', async () => {
    const event = JSON.stringify({ id: 'x', source: 's', data: { text: '"'.repeat(30_000) } })
    const targets = Array.from({ length: 300 }, (_, pos) => ({ batch: 7n, pos, event }))
    const [stored] = await append(request({ act: 'amend', app: { id: randomUUID(), shard: 6 }, targets }))
    expect(stored?.targetCount).toBe(300)
    const { first, last } = stored!
    expect(last).toBeGreaterThan(first)
    const rows = await readBatches(database.pool, { shard: 6, first, last })
    expect(rows.flatMap(({ body }) => readActBody(body).targets)).toEqual(targets)
  })

  test('are listed newest first to whoever may see them: a space those asked for in it, and the platform’s upon its own apps', async () => {
    const [ours, theirs] = [randomUUID(), randomUUID()]
    const app = { id: randomUUID(), shard: 1 }
    const asked = [
      request({ app, filter: { spaceId: ours } }),
      request({ app, filter: { spaceId: theirs } }),
      request({ app }),
      request(),
    ]
    for (const [index, each] of asked.entries()) {
      await appendCorrections(database.pool, { requests: [each], receivedAt: RECEIVED_AT + 1_000_000n + BigInt(index) })
    }
    const ids = async (space: { id: string; ownedAppIds: string[] } | null, before?: number) => {
      const last = before === undefined ? [] : await findCorrections(database.pool, [asked[before]!.id])
      const found = await listCorrections(database.pool, { space, limit: 4, before: last[0] })
      return found.map(({ id }) => asked.findIndex((each) => each.id === id))
    }
    expect(await ids(null)).toEqual([3, 2, 1, 0])
    expect(await ids({ id: ours, ownedAppIds: [app.id] })).toEqual([2, 0])
    expect(await ids({ id: theirs, ownedAppIds: [] })).toEqual([1])
    expect(await ids({ id: ours, ownedAppIds: [app.id] }, 2)).toEqual([0])
  })
})
