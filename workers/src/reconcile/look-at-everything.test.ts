import type { Difference } from '@meterbook/core/reconciliation'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CatalogueCache } from '../attribute/catalogue-cache.ts'
import { createProjectionTestDatabase, type ProjectionTestDatabase } from '../attribute/projection-test-database.ts'
import type { LookDeps } from './look.ts'
import { type LookResult, lookAtEverything } from './look-at-everything.ts'

let database: ProjectionTestDatabase
beforeEach(async () => {
  database = await createProjectionTestDatabase()
  await database.journal([
    request('a'),
    request('b', { time: '2026-07-01T13:30:00Z' }),
    request('a'),
    request('a', { subject: 'other' }),
    prompt('c', { tokens: 5, user: 'ann' }),
    prompt('d', { tokens: '0.1', user: 'bob' }),
    prompt('e', null),
    request('f', { type: 'unheard.of' }),
  ])
  await database.project()
  await database.journal([prompt('g', { tokens: 7, user: 'ann' }), request('a'), request('h'), request('i')])
  await database.project()
})
afterEach(() => database.drop())

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

  test('a lost usage record is missed in its group and by the hour that was made of it', async () => {
    await damage(`ALTER TABLE usage_records DELETE WHERE meter = 'tokens' AND batch = 1 AND pos = 4`)
    expect(await found()).toEqual([
      'rollup_hour count app tokens +0h 2 → 3 1',
      'rollup_hour distinct app tokens +0h 2 → 3 1',
    ])
  })
})
