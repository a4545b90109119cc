import { randomUUID } from 'node:crypto'
import type { Act } from '@meterbook/core/event'
import { appendCorrection, type CorrectionRequest, countOpenIncidents, recordIncidents } from '@meterbook/db/postgres'
import { beginRebuild } from '@meterbook/db/rebuild'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CatalogueCache } from '../attribute/catalogue-cache.ts'
import { createProjectionTestDatabase, type ProjectionTestDatabase } from '../attribute/projection-test-database.ts'
import type { LookDeps } from './look.ts'
import { lookAtEverything } from './look-at-everything.ts'
import { recheckIncidents } from './recheck.ts'

let database: ProjectionTestDatabase
let deps: LookDeps
beforeEach(async () => {
  database = await createProjectionTestDatabase()
  const { pool, clickhouse } = database
  deps = { pool, clickhouse, catalogues: new CatalogueCache(pool), rest: async () => undefined }
  await database.journal([
    prompt('a', { tokens: 5, user: 'ann' }),
    prompt('b', { tokens: '0.1', user: 'bob' }),
    prompt('c', null),
    prompt('a', { tokens: 6 }),
  ])
  await act('cancel', [{ batch: 1n, pos: 0 }])
  await act('cancel', [{ batch: 1n, pos: 0 }])
  const amended = prompt('b', { tokens: '0.25', user: 'eve' }, '2026-07-01T13:30:00Z')
  await act('amend', [{ batch: 1n, pos: 1, event: JSON.stringify(amended) }])
  await act('replay', [
    { batch: 1n, pos: 2, event: JSON.stringify(prompt('c', { tokens: 3 })) },
    { batch: 1n, pos: 0 },
  ])
  await act('dismiss', [{ batch: 1n, pos: 3 }])
  await database.journal([prompt('d', { tokens: 1, user: 'ann' }), prompt('a', { tokens: 5, user: 'ann' })])
  await database.project()
})
afterEach(() => database.drop())

function prompt(id: string, data: object | null, time = '2026-07-01T12:00:00Z'): object {
  return { specversion: '1.0', id, source: '/test', type: 'prompt', time, data }
}

async function act(name: CorrectionRequest['act'], targets: Act['targets']): Promise<void> {
  const request = {
    ...{ id: randomUUID(), act: name, app: { id: database.appId, shard: database.shard }, targets },
    ...{ actor: { id: 'op', name: 'Op' }, reason: 'because', filter: {} },
  }
  await appendCorrection(database.pool, { request, receivedAt: BigInt(Date.now()) * 1000n })
}

async function look(): Promise<string[]> {
  const { differences } = await lookAtEverything(deps, { from: null, to: null, appId: null }, () => undefined)
  return differences
    .map(
      ({ what, figure, meter, first, expected, found }) => `${what} ${figure} ${meter} ${first} ${expected} → ${found}`,
    )
    .sort()
}

const damage = (query: string) => database.clickhouse.command({ query, clickhouse_settings: { mutations_sync: '2' } })

describe('reconciliation after acts of operators', () => {
  test('finds nothing where acts were done as the journal says, twice and upon each other', async () => {
    expect(await look()).toEqual([])
  })

  test('a reversal that was lost is missed in its act and by the rollups', async () => {
    await damage(`ALTER TABLE usage_records DELETE WHERE sign = -1 AND act_batch = 2 AND meter = 'tokens'`)
    expect(await look()).toEqual([
      'rollup_hour count tokens null 4 → 3',
      'rollup_hour reversals tokens null 1 → 2',
      'rollup_hour sum tokens null 14 → 9',
      'rollup_minute count tokens null 4 → 3',
      'rollup_minute reversals tokens null 1 → 2',
      'rollup_minute sum tokens null 14 → 9',
      'usage_records count tokens 2 -1 → 0',
      'usage_records reversals tokens 2 1 → 0',
      'usage_records sum tokens 2 -5 → 0',
    ])
  })

  test('the row that says what an event became is missed', async () => {
    await damage('ALTER TABLE event_index DELETE WHERE entry_batch = 4 AND sign = 1')
    expect(await look()).toEqual(['event_index count  4 2 → 1'])
  })

  test('a rebuild mends what was found, and the incidents are resolved by looking again', async () => {
    await damage(`ALTER TABLE usage_records DELETE WHERE batch = 7 OR act_batch = 2`)
    await damage('ALTER TABLE event_index DELETE WHERE batch = 7 AND pos = 0')
    await damage('ALTER TABLE event_identity DELETE WHERE batch = 1 AND pos = 0')
    const { differences } = await lookAtEverything(deps, { from: null, to: null, appId: null }, () => undefined)
    const { opened } = await recordIncidents(database.pool, differences)
    expect(opened).toBeGreaterThan(8)
    expect(await recheckIncidents(deps)).toBe(0)
    expect(await countOpenIncidents(database.pool)).toBe(opened)
    await beginRebuild({
      ...{ databaseUrl: database.databaseUrl, clickhouseUrl: database.clickhouseUrl, by: 'test' },
      ...{ reason: 'to mend', ownerMsMax: 500 },
    })
    await database.project()
    expect(await look()).toEqual([])
    expect(await recheckIncidents(deps)).toBe(opened)
    expect(await countOpenIncidents(database.pool)).toBe(0)
  })
})
