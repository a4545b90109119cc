import { appendEntries, countOpenIncidents, recordIncidents } from '@meterbook/db/postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CatalogueCache } from '../attribute/catalogue-cache.ts'
import {
  createSettleTestDatabase,
  eventOf as event,
  instant,
  type SettleTestDatabase,
} from '../settle/settle-test-database.ts'
import type { LookDeps } from './look.ts'
import { ledgerStretchesOf, lookAtLedger } from './look-at-ledger.ts'
import { recheckIncidents } from './recheck.ts'

const NOW = '2026-06-20T00:00:00Z'

let database: SettleTestDatabase
let deps: LookDeps
beforeAll(async () => {
  database = await createSettleTestDatabase({ billingZone: 'Asia/Kathmandu' })
  const { pool, clickhouse } = database
  deps = { pool, clickhouse, catalogues: new CatalogueCache(pool), rest: async () => undefined }
  const cancelled = event('request', '2026-06-10T10:10:00Z')
  await database.send([
    cancelled,
    event('request', '2026-06-10T10:00:00Z'),
    event('prompt', '2026-06-10T11:00:00Z', { tokens: '7.5' }, { environment: 'staging' }),
    event('level', '2026-06-09T00:00:00Z', { thirds: 1 }, { subject: 'db' }),
  ])
  await database.settle(NOW)
  await database.act('cancel', [cancelled])
  await database.settle(NOW)
})
afterAll(() => database.drop())

const look = async () => {
  const { shard, appId } = database
  const stretches = await ledgerStretchesOf(deps, { shard, appId, from: 0n })
  return (await Promise.all(stretches.map((stretch) => lookAtLedger(deps, stretch)))).flatMap(
    ({ differences }) => differences,
  )
}

describe('the ledger against the usage records', () => {
  test('nothing differs once it is settled, nor while there is usage that is not settled yet', async () => {
    expect(await look()).toEqual([])
    await database.send([event('request', '2026-06-10T10:30:00Z')])
    expect(await look()).toEqual([])
    await database.settle(NOW)
    expect(await look()).toEqual([])
  })

  test('a charge that no usage stands behind is an incident, with its size and hour, until it is taken back', async () => {
    const [genuine] = (await database.entries()).filter(({ capability }) => capability === 'tokens')
    const { format: _format, postedAt: _postedAt, sequence: _sequence, ...draft } = genuine!
    const post = (base: string) =>
      appendEntries(database.pool, {
        spaceId: database.spaceId,
        drafts: [{ ...draft, measured: [{ meter: 'tokens', version: 1, base, divisor: '1' }] }],
        postedAt: instant(NOW),
      })
    await post('2.5')
    const [difference, ...others] = await look()
    expect(others).toEqual([])
    expect(difference).toMatchObject({
      what: 'ledger_entry',
      figure: 'sum',
      shard: database.shard,
      appId: database.appId,
      spaceId: database.spaceId,
      meter: 'tokens',
      environment: 'staging',
      isExempt: false,
      hour: instant('2026-06-10T11:00:00Z'),
      expected: '7.5',
      found: '10',
      difference: '2.5',
    })
    await recordIncidents(database.pool, [difference!])
    expect(await recheckIncidents(deps)).toBe(0)
    await post('-2.5')
    expect(await recheckIncidents(deps)).toBe(1)
    expect(await countOpenIncidents(database.pool)).toBe(0)
  })

  test('usage that the ledger does not know is found, to the digit', async () => {
    const row = {
      shard: database.shard,
      batch: 1,
      pos: 900,
      space: database.spaceId,
      app: database.appId,
      meter: 'tokens',
    }
    const at = Number(instant('2026-06-10T12:00:00Z'))
    const values = [
      { ...row, meter_version: 1, environment: 'production', at, quantity: '0.000000000000000000000000000001' },
    ]
    await database.clickhouse.insert({ table: 'usage_records', values, format: 'JSONEachRow' })
    expect(await look()).toMatchObject([
      {
        what: 'ledger_entry',
        expected: '0.000000000000000000000000000001',
        found: '0',
        hour: instant('2026-06-10T12:00:00Z'),
      },
    ])
  })
})
