import type { Difference } from '@meterbook/core/reconciliation'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CatalogueCache } from '../attribute/catalogue-cache.ts'
import { createProjectionTestDatabase, type ProjectionTestDatabase } from '../attribute/projection-test-database.ts'
import type { LookDeps } from './look.ts'
import { type LookResult, lookAtEverything } from './look-at-everything.ts'

const TABLES = ['event_index', 'event_identity', 'usage_records', 'rollup_minute', 'rollup_hour']

let database: ProjectionTestDatabase
beforeAll(async () => {
  database = await createProjectionTestDatabase()
  await database.journal([
    request('a'),
    request('b', { time: '2026-07-01T13:30:00Z', subject: 'half \ud800 a pair' }),
    request('a'),
    request('a', { subject: 'other' }),
    prompt('c', { tokens: 5, user: 'ann' }),
    prompt('d', { tokens: '0.1', user: 'bob \udc00' }),
    prompt('e', null),
    request('f', { type: 'unheard.of' }),
  ])
  await database.project()
  await database.journal([prompt('g', { tokens: 7, user: 'ann' }), request('a'), request('h'), request('i')])
  await database.project()
  for (const table of TABLES) {
    await damage(`CREATE TABLE sound_${table} AS ${table}`)
    await damage(`ALTER TABLE sound_${table} ATTACH PARTITION ALL FROM ${table}`)
  }
})
afterAll(() => database.drop())
/** Parts are put back as they were; no view sees it. */
afterEach(async () => {
  for (const table of TABLES) {
    await damage(`TRUNCATE TABLE ${table}`)
    await damage(`ALTER TABLE ${table} ATTACH PARTITION ALL FROM sound_${table}`)
  }
})

const request = (id: string, more: object = {}) => ({
  ...{ specversion: '1.0', id, source: '/test', type: 'request', time: '2026-07-01T12:00:00.123456Z' },
  ...more,
})
const prompt = (id: string, data: object | null) => request(id, { type: 'prompt', data })

const EVERYTHING = { from: null, to: null, appId: null }
const HOUR = 1_782_907_200_000_000n

function look(
  range: { from: bigint | null; to: bigint | null; appId: string | null } = EVERYTHING,
): Promise<LookResult> {
  const { pool, clickhouse } = database
  const deps: LookDeps = { pool, clickhouse, catalogues: new CatalogueCache(pool), rest: async () => undefined }
  return lookAtEverything(deps, range, () => undefined)
}

/** The differences in few words: what, figure, meter, hour, expected and found. */
async function found(): Promise<string[]> {
  return (await look()).differences.map(inWords).sort()
}

function inWords(each: Difference): string {
  const app = each.appId === database.appId ? 'app' : each.appId
  const range = each.first === null ? '' : `${each.first}-${each.last}`
  const hour = each.hour === null ? '' : `+${(each.hour - HOUR) / 3_600_000_000n}h`
  return [each.what, each.figure, app, each.meter, hour, range, `${each.expected} → ${each.found}`, each.difference]
    .filter((part) => part !== '')
    .join(' ')
}

/** A change that the store makes at once and keeps, as a fault of a disk or of a hand would. */
async function damage(statement: string): Promise<void> {
  await database.clickhouse.command({
    query: statement,
    clickhouse_settings: { mutations_sync: '2', insert_deduplicate: 0 },
  })
}

describe('reconciliation', () => {
  test('finds nothing where nothing is wrong, and has looked at every event', async () => {
    expect(await look()).toEqual({ events: 12, waitingBatches: 0, undecided: 0, unmeasured: 0, differences: [] })
  })

  test('a lost usage record is missed in its group, and by the rollups that were made of it', async () => {
    await damage(`ALTER TABLE usage_records DELETE WHERE meter = 'tokens' AND batch = 1 AND pos = 4`)
    expect(await found()).toEqual([
      'rollup_hour count app tokens +0h 2 → 3 1',
      'rollup_hour sum app tokens +0h 7.1 → 12.1 5',
      'rollup_minute count app tokens +0h 2 → 3 1',
      'rollup_minute sum app tokens +0h 7.1 → 12.1 5',
      'usage_records count app tokens +0h 1-1 2 → 1 -1',
      'usage_records sum app tokens +0h 1-1 5.1 → 0.1 -5',
    ])
  })

  test('a usage record that is there twice is found against the journal, though every rollup agrees with it', async () => {
    await damage(`INSERT INTO usage_records SELECT * FROM usage_records WHERE meter = 'tokens' AND batch = 2`)
    expect(await found()).toEqual([
      'usage_records count app tokens +0h 2-2 1 → 2 1',
      'usage_records sum app tokens +0h 2-2 7 → 14 7',
    ])
  })

  test('a changed quantity is found to its last digit, and its event is named', async () => {
    await damage(
      `ALTER TABLE usage_records UPDATE quantity = quantity + toDecimal256('0.000000000000000000000000000001', 30) WHERE meter = 'tokens' AND batch = 2`,
    )
    const { differences } = await look()
    expect(differences.map(inWords).sort()).toEqual([
      'rollup_hour maximum app tokens +0h 7.000000000000000000000000000001 → 7 -0.000000000000000000000000000001',
      'rollup_hour sum app tokens +0h 12.100000000000000000000000000001 → 12.1 -0.000000000000000000000000000001',
      'rollup_minute maximum app tokens +0h 7.000000000000000000000000000001 → 7 -0.000000000000000000000000000001',
      'rollup_minute sum app tokens +0h 12.100000000000000000000000000001 → 12.1 -0.000000000000000000000000000001',
      'usage_records sum app tokens +0h 2-2 7 → 7.000000000000000000000000000001 0.000000000000000000000000000001',
    ])
    expect(differences.find(({ what }) => what === 'usage_records')?.positions).toEqual(['2:0'])
  })

  test('two errors that make each other good in the sum are found all the same', async () => {
    await damage(
      `ALTER TABLE usage_records UPDATE quantity = if(pos = 4, toDecimal256('0.1', 30), toDecimal256('5', 30)) WHERE meter = 'tokens' AND batch = 1`,
    )
    expect(await found()).toEqual(['usage_records altered app tokens +0h 1-1 2 → 0 -2'])
  })

  test('a record whose subject, user or space is another is found, though count and sum agree', async () => {
    await damage(`ALTER TABLE usage_records UPDATE unique_value = 'eve' WHERE meter = 'users' AND batch = 2`)
    expect(await found()).toEqual([
      'rollup_hour distinct app users +0h 3 → 2 -1',
      'rollup_minute distinct app users +0h 3 → 2 -1',
      'usage_records altered app users +0h 2-2 1 → 0 -1',
    ])
  })

  test('a missing block of a rollup is found in that rollup and hour alone', async () => {
    await damage(`ALTER TABLE rollup_minute DELETE WHERE meter = 'requests' AND t >= '2026-07-01 13:00:00'`)
    expect(await found()).toEqual([
      'rollup_minute count app requests +1h 1 → 0 -1',
      'rollup_minute sum app requests +1h 1 → 0 -1',
    ])
  })

  test('a row too many, of a batch that the journal does not have, is a stray', async () => {
    await damage(
      `INSERT INTO usage_records SELECT * REPLACE (toUInt64(77) AS batch, toUInt64(77) AS entry_batch) FROM (SELECT * FROM usage_records WHERE meter = 'requests' AND batch = 1 AND pos = 0)`,
    )
    expect(await found()).toEqual([
      'rollup_hour count app requests +0h 3 → 4 1',
      'rollup_hour sum app requests +0h 3 → 4 1',
      'rollup_minute count app requests +0h 3 → 4 1',
      'rollup_minute sum app requests +0h 3 → 4 1',
      'usage_records stray app requests 77-77 0 → 1 1',
    ])
  })

  test('a row too many, of an event that its batch does not have, is unknown', async () => {
    await damage(
      `INSERT INTO event_index SELECT * REPLACE (toUInt32(8) AS pos, toUInt32(8) AS entry_pos, unhex(repeat('ab', 16)) AS identity) FROM (SELECT * FROM event_index WHERE batch = 1 AND pos = 0)`,
    )
    expect(await found()).toEqual(['event_index unknown app 1-1 0 → 1 1'])
  })

  test('a row that says an act wrote it is a stray where there was no act', async () => {
    await damage(
      `INSERT INTO usage_records SELECT * REPLACE (toInt8(-1) AS sign, toUInt64(2) AS act_batch) FROM (SELECT * FROM usage_records WHERE meter = 'requests' AND batch = 1 AND pos = 0)`,
    )
    expect(await found()).toEqual(['usage_records stray app requests 2-2 0 → 1 1'])
  })

  test('a row moved to another app is missed by one and too many for the other', async () => {
    await damage(
      `INSERT INTO usage_records SELECT * REPLACE ('other' AS app) FROM (SELECT * FROM usage_records WHERE meter = 'tokens' AND batch = 2)`,
    )
    await damage(`ALTER TABLE usage_records DELETE WHERE meter = 'tokens' AND batch = 2 AND app != 'other'`)
    expect(await found()).toEqual([
      'rollup_hour count app tokens +0h 2 → 3 1',
      'rollup_hour maximum app tokens +0h 5 → 7 2',
      'rollup_hour sum app tokens +0h 5.1 → 12.1 7',
      'rollup_minute count app tokens +0h 2 → 3 1',
      'rollup_minute maximum app tokens +0h 5 → 7 2',
      'rollup_minute sum app tokens +0h 5.1 → 12.1 7',
      'usage_records count app tokens +0h 2-2 1 → 0 -1',
      'usage_records count other tokens +0h 2-2 0 → 1 1',
      'usage_records sum app tokens +0h 2-2 7 → 0 -7',
      'usage_records sum other tokens +0h 2-2 0 → 7 7',
    ])
  })

  test('an event without its row is missed, whatever became of it', async () => {
    await damage(`ALTER TABLE event_index DELETE WHERE batch = 1 AND pos IN (2, 7)`)
    expect(await found()).toEqual(['event_identity unknown 0-1023 0 → 1 1', 'event_index missing app 1-1 8 → 6 -2'])
  })

  test('an event that is indexed twice has claimed its identity twice', async () => {
    await damage('INSERT INTO event_index SELECT * FROM event_index WHERE batch = 2 AND pos = 2')
    expect(await found()).toEqual(['event_identity repeated 2-2 0 → 1 1', 'event_index repeated app 2-2 4 → 5 1'])
  })

  test('a duplicate that was counted is found by its second claim', async () => {
    await damage(
      `INSERT INTO event_identity SELECT * REPLACE (toUInt64(2) AS batch, toUInt32(1) AS pos) FROM (SELECT * FROM event_identity WHERE batch = 1 AND pos = 0)`,
    )
    expect(await found()).toEqual(['event_identity repeated 2-2 0 → 1 1', 'event_identity unknown 0-1023 0 → 1 1'])
  })

  test('a claim that was lost, so that the next event like it would be counted again, is missed', async () => {
    await damage('ALTER TABLE event_identity DELETE WHERE batch = 2 AND pos = 0')
    expect(await found()).toEqual(['event_identity missing 0-1023 9 → 8 -1'])
  })

  test('a verdict, an original or a content that the journal does not say is found', async () => {
    await damage(`ALTER TABLE event_index UPDATE verdict = 'conflict' WHERE batch = 2 AND pos = 1`)
    await damage('ALTER TABLE event_index UPDATE original_pos = 1 WHERE batch = 1 AND pos = 2')
    await damage(`ALTER TABLE event_index UPDATE digest = unhex(repeat('00', 16)) WHERE batch = 1 AND pos = 7`)
    expect(await found()).toEqual([
      'event_identity missing 0-1023 9 → 8 -1',
      'event_identity unknown 0-1023 0 → 1 1',
      'event_index altered app 1-1 8 → 7 -1',
      'event_index original app 1-1 8 → 7 -1',
      'event_index verdict app 2-2 4 → 3 -1',
    ])
  })

  test('what is mended is no difference any more', async () => {
    expect(await found()).toEqual([])
  })

  test('only the hours and the app that were asked for are told', async () => {
    await damage(`ALTER TABLE usage_records DELETE WHERE meter = 'requests'`)
    const hour = HOUR + 3_600_000_000n
    const { differences } = await look({ from: hour, to: hour + 1n, appId: database.appId })
    expect(new Set(differences.map((each) => each.hour))).toEqual(new Set([hour]))
    expect(differences).toHaveLength(6)
    expect((await look({ from: hour, to: null, appId: 'another' })).differences).toEqual([])
  })
})
