import { randomUUID } from 'node:crypto'
import type { Act } from '@meterbook/core/event'
import { appendCorrection, type CorrectionRequest, listBatches } from '@meterbook/db/postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProjectionTestDatabase, type ProjectionTestDatabase } from './projection-test-database.ts'

let database: ProjectionTestDatabase
beforeAll(async () => {
  database = await createProjectionTestDatabase()
})
afterAll(() => database.drop())

const prompt = (id: string, data: object | null, more: object = {}) => ({
  specversion: '1.0',
  id,
  source: '/test',
  type: 'prompt',
  time: '2026-07-01T12:00:00Z',
  data,
  ...more,
})

/** Appends an act upon events by id: always the first one taken of that id. */
async function act(name: CorrectionRequest['act'], targets: { id: string; event?: object }[], id = randomUUID()) {
  const places = await Promise.all(
    targets.map(async ({ id: eventId, event }): Promise<Act['targets'][number]> => {
      const [row] = await database.rows<{ batch: string; pos: number }>(
        `SELECT batch, pos FROM event_index WHERE event_id = '${eventId}' ORDER BY batch, pos LIMIT 1`,
      )
      if (row === undefined) throw new Error(`expected an event ${eventId}`)
      return {
        batch: BigInt(row.batch),
        pos: row.pos,
        ...(event === undefined ? {} : { event: JSON.stringify(event) }),
      }
    }),
  )
  return append(name, places, id)
}

function append(name: CorrectionRequest['act'], targets: Act['targets'], id = randomUUID()) {
  const request = {
    id,
    act: name,
    app: { id: database.appId, shard: database.shard },
    actor: { id: 'op', name: 'Op' },
    reason: 'because',
    filter: {},
    targets,
  }
  return appendCorrection(database.pool, { request, receivedAt: BigInt(Date.now()) * 1000n })
}

/** What each event is now, and how often rows of it stand in force: always one. */
async function verdicts(): Promise<Record<string, string>> {
  const rows = await database.rows<{ place: string; now: string; rows: string }>(
    `SELECT concat(event_id, if(original_batch = 0, '', ' again')) AS place,
      argMaxIf(concat(toString(verdict), if(reason = '', '', ' '), reason), (entry_batch, entry_pos), sign = 1) AS now,
      toString(sum(sign)) AS rows FROM event_index GROUP BY place ORDER BY place`,
  )
  for (const { place, rows: inForce } of rows) expect(inForce, place).toBe('1')
  return Object.fromEntries(rows.map(({ place, now }) => [place, now]))
}

const TOTALS = `SELECT meter, toString(sum(t.count)) AS n, toString(sum(t.sum)) AS total FROM TABLE AS t
  GROUP BY meter HAVING sum(t.count) != 0 ORDER BY meter`
async function totals(): Promise<Record<string, string>> {
  const records = await database.rows<{ meter: string; n: string; total: string }>(
    `SELECT meter, toString(sum(toInt64(sign))) AS n, toString(sumIf(quantity, sign = 1) - sumIf(quantity, sign = -1)) AS total
     FROM usage_records GROUP BY meter HAVING sum(toInt64(sign)) != 0 ORDER BY meter`,
  )
  for (const table of ['rollup_minute', 'rollup_hour']) {
    expect(await database.rows(TOTALS.replace('TABLE', table)), table).toEqual(records)
  }
  return Object.fromEntries(records.map(({ meter, n, total }) => [meter, `${n}: ${total}`]))
}

async function everything(): Promise<unknown[]> {
  const tables = ['event_index', 'usage_records', 'rollup_minute', 'rollup_hour']
  const counts = await Promise.all(
    tables.map((table) =>
      database.rows(
        `SELECT '${table}' AS name, ${table.startsWith('rollup') ? 'sum(count), sum(sum), sum(reversals)' : 'count(), sum(sign)'} FROM ${table}`,
      ),
    ),
  )
  return [...counts, await verdicts(), await totals()]
}

describe('an act upon events', () => {
  test('cancels, amends, replays and dismisses by appended rows, and totals follow to the digit', async () => {
    await database.journal([
      prompt('a', { tokens: 5, user: 'u1' }),
      prompt('b', { tokens: 0.1, user: 'u2' }),
      prompt('c', null),
      prompt('d', { tokens: 7 }),
      prompt('e', {}),
    ])
    await database.journal([prompt('a', { tokens: 6, user: 'u1' }), prompt('b', { tokens: 0.1, user: 'u2' })])
    await database.project()
    expect(await totals()).toEqual({ tokens: '3: 12.1', users: '2: 2' })
    await act('cancel', [{ id: 'a' }])
    await act('amend', [
      { id: 'b', event: prompt('b', { tokens: '0.25', user: 'u3' }, { time: '2026-08-01T00:00:00Z' }) },
    ])
    await act('replay', [{ id: 'c', event: prompt('c', { tokens: 3 }) }])
    await act('dismiss', [{ id: 'e' }])
    await database.project()
    expect(await verdicts()).toEqual({
      a: 'cancelled',
      'a again': 'conflict',
      b: 'counted',
      'b again': 'duplicate',
      c: 'counted',
      d: 'counted',
      e: 'dismissed',
    })
    expect(await totals()).toEqual({ tokens: '3: 10.25', users: '1: 1' })
    expect(
      await database.rows(
        `SELECT toString(at) AS at, sign, toString(quantity) AS q FROM usage_records WHERE meter = 'tokens' AND pos = 1 ORDER BY at, sign`,
      ),
    ).toEqual([
      { at: '2026-07-01 12:00:00.000000', sign: -1, q: '0.1' },
      { at: '2026-07-01 12:00:00.000000', sign: 1, q: '0.1' },
      { at: '2026-08-01 00:00:00.000000', sign: 1, q: '0.25' },
    ])
  })

  test('asked for twice is done once; what it no longer fits is left as it is', async () => {
    const before = await everything()
    const id = randomUUID()
    const first = await act('cancel', [{ id: 'd' }], id)
    expect(await act('cancel', [{ id: 'd' }], id)).toEqual(first)
    await act('cancel', [{ id: 'd' }, { id: 'd' }])
    await act('replay', [{ id: 'd' }])
    await database.project()
    // Cancelled, and by the replay counted again: reversed once and recorded once.
    expect(await verdicts()).toMatchObject({ d: 'counted' })
    expect(await totals()).toEqual({ tokens: '3: 10.25', users: '1: 1' })
    const settled = await everything()
    expect(settled).not.toEqual(before)
    await act('replay', [{ id: 'd' }, { id: 'b' }])
    await act('amend', [{ id: 'a', event: prompt('a', { tokens: 1 }) }])
    await database.project()
    expect(await everything()).toEqual(settled)
  })

  test('that was written but not closed writes nothing new when it is run again, nor does the whole journal', async () => {
    const before = await everything()
    for (const back of [1, 3, 100]) {
      await database.owner.query('UPDATE projection_progress SET through = greatest(through - $1, 0)', [back])
      await database.project()
      expect(await everything()).toEqual(before)
    }
  })

  test('takes back the same rows when it is run again, although the store has merged them since', async () => {
    const ids = Array.from({ length: 24 }, (_, index) => `spread-${index}`)
    // A part of the store for each pair, as many small groups leave them.
    for (let at = 0; at < ids.length; at += 2) {
      await database.journal(ids.slice(at, at + 2).map((id) => prompt(id, { tokens: at, user: id })))
      await database.project()
    }
    await act(
      'cancel',
      ids.map((id) => ({ id })),
    )
    await database.project()
    const settled = await everything()
    await database.clickhouse.command({ query: 'OPTIMIZE TABLE usage_records FINAL' })
    await database.clickhouse.command({ query: 'OPTIMIZE TABLE event_index FINAL' })
    await database.owner.query('UPDATE projection_progress SET through = through - 1')
    await database.project()
    expect(await everything()).toEqual(settled)
  })

  test('re-attributes to the catalogue as it is now, and writes nothing where nothing differs', async () => {
    const before = await everything()
    await act('reattribute', [{ id: 'b' }, { id: 'd' }])
    await database.project()
    expect(await everything()).toEqual(before)
    const space = randomUUID()
    await database.owner.query(`INSERT INTO developer_space (id, slug, name) VALUES ($1, 'second', 'Second')`, [space])
    await database.owner.query(`UPDATE app_ownership SET effective_to = '2026-07-15' WHERE app_id = $1`, [
      database.appId,
    ])
    await database.owner.query(
      `INSERT INTO app_ownership (id, app_id, space_id, effective_from) VALUES ($1, $2, $3, '2026-07-15')`,
      [randomUUID(), database.appId, space],
    )
    await act('reattribute', [{ id: 'b' }, { id: 'd' }])
    await database.project()
    // b happened in August, in a space that has no right to it yet: held, no longer counted, and with its reason.
    expect(await verdicts()).toMatchObject({ b: 'quarantined not_entitled', d: 'counted' })
    expect(await totals()).toEqual({ tokens: '2: 10' })
  })

  test('stands in the journal in its order with the events, and in a group of its own', async () => {
    const heads = await listBatches(database.pool, { shard: database.shard, after: 0n, limit: 100 })
    const acts = heads.filter(({ kind }) => kind === 'act').map(({ number }) => number)
    expect(acts.length).toBeGreaterThan(6)
    const { rows } = await database.pool.query<{ first: string; last: string }>(
      'SELECT first, last FROM projection_group WHERE shard = $1 AND first = ANY($2::bigint[])',
      [database.shard, acts.map(String)],
    )
    expect(rows.map(({ first, last }) => [first, last])).toEqual(acts.map((number) => [`${number}`, `${number}`]))
  })

  test('reaches more events than one journal row can name: they are several rows under one correction', async () => {
    const before = await totals()
    const ids = Array.from({ length: 2_005 }, (_, index) => `many-${index}`)
    await database.journal(ids.map((id) => prompt(id, { tokens: 1 }, { time: '2026-07-02T00:00:00Z' })))
    await database.project()
    expect(await totals()).not.toEqual(before)
    const places = await database.rows<{ batch: string; pos: number }>(
      `SELECT batch, pos FROM event_index WHERE event_id LIKE 'many-%' ORDER BY pos`,
    )
    const correction = await append(
      'cancel',
      places.map(({ batch, pos }) => ({ batch: BigInt(batch), pos })),
    )
    expect(correction).toMatchObject({ targetCount: 2_005, last: correction.first + 1n })
    await database.project()
    expect(await totals()).toEqual(before)
  })
})
