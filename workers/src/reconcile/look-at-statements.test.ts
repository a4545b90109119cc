import { randomUUID } from 'node:crypto'
import { parseInstant } from '@meterbook/core/kernel'
import { closeStatement, countOpenIncidents, findBilledSpace, recordIncidents } from '@meterbook/db/postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CatalogueCache } from '../attribute/catalogue-cache.ts'
import { createSettleTestDatabase, eventOf as event, type SettleTestDatabase } from '../settle/settle-test-database.ts'
import { type LookDeps, SeenStatements } from './look.ts'
import { lookAtStatements } from './look-at-statements.ts'
import { recheckIncidents } from './recheck.ts'

const AFTER = '2026-07-05T00:00:00Z'

let database: SettleTestDatabase
let deps: LookDeps
beforeAll(async () => {
  database = await createSettleTestDatabase({
    prices: [
      { capability: 'requests', allowance: '1', price: '2' },
      { capability: 'tokens', price: '0.0333' },
    ],
  })
  const { pool, clickhouse, owner, spaceId } = database
  deps = { pool, clickhouse, catalogues: new CatalogueCache(pool), rest: async () => undefined }
  await database.send([
    ...['08', '09', '10'].map((hour) => event('request', `2026-06-10T${hour}:00:00Z`)),
    event('prompt', '2026-06-11T00:00:00Z', { tokens: '7.5' }),
  ])
  await database.settle(AFTER)
  await owner.query(
    `INSERT INTO billing_term (id, space_id, kind, percent, text, effective_from) VALUES ($1, $2, 'discount', 10, 'Ten off', '2020-01-01')`,
    [randomUUID(), spaceId],
  )
  const space = await findBilledSpace(pool, spaceId)
  if (space === null) throw new Error('expected the space')
  const period = { start: instant('2026-06-01T00:00:00Z'), end: instant('2026-07-01T00:00:00Z') }
  const actor = { id: 'ada', name: 'Ada' }
  await closeStatement(pool, { space, period, held: 0, asOf: instant(AFTER), actor })
})
afterAll(() => database.drop())

describe('issued statements against their entries and their files', () => {
  test('nothing differs, with terms and rounding, until a line is touched; that is an incident, and gone when it is put back', async () => {
    const seen = new SeenStatements()
    expect(await lookAtStatements({ ...deps, seen }, database.spaceId)).toEqual([])
    const touch = async (from: string, to: string) => {
      await database.owner.query('ALTER TABLE statement DISABLE TRIGGER USER')
      const changed = await database.owner.query(
        `UPDATE statement SET lines = replace(lines::text, $1, $2)::jsonb WHERE lines::text LIKE '%' || $1 || '%'`,
        [from, to],
      )
      expect(changed.rowCount).toBe(1)
      await database.owner.query('ALTER TABLE statement ENABLE TRIGGER USER')
    }
    const [own, other] = ['"amount": "0.24975"', '"amount": "0.25975"']
    await touch(own, other)
    const found = await lookAtStatements(deps, database.spaceId)
    const place = { appId: database.appId, spaceId: database.spaceId, figure: 'sum' }
    expect(found).toEqual([
      expect.objectContaining({
        ...place,
        what: 'statement',
        meter: 'tokens',
        expected: '0.24975',
        difference: '0.01',
      }),
      expect.objectContaining({ ...place, what: 'statement_export', meter: '', difference: '-0.01' }),
    ])
    expect(await lookAtStatements({ ...deps, seen }, database.spaceId)).toEqual(found)
    await recordIncidents(database.pool, found)
    expect(await recheckIncidents(deps)).toBe(0)
    await touch(other, own)
    expect(await recheckIncidents(deps)).toBe(2)
    expect(await countOpenIncidents(database.pool)).toBe(0)
  })
})

describe('a statement that agreed', () => {
  test('is not read again until a row of its entries is touched, however little, and then is', async () => {
    const { owner, spaceId } = database
    const seen = new SeenStatements()
    let pages = 0
    const looking: LookDeps = {
      ...deps,
      seen,
      rest: async () => {
        pages++
      },
    }
    const pagesOf = async () => {
      const before = pages
      expect(await lookAtStatements(looking, spaceId)).toEqual([])
      return pages - before
    }
    expect(await pagesOf()).toBeGreaterThan(0)
    expect(await pagesOf()).toBe(0)
    await owner.query('ALTER TABLE ledger_entry DISABLE TRIGGER USER')
    await owner.query(
      'UPDATE ledger_entry SET amount = amount WHERE sequence = (SELECT min(sequence) FROM ledger_entry WHERE space_id = $1) AND space_id = $1',
      [spaceId],
    )
    expect(await pagesOf()).toBeGreaterThan(0)
    expect(await pagesOf()).toBe(0)
    const touch = (text: string) =>
      owner.query(
        `UPDATE ledger_entry SET canonical = replace(canonical, '"0.24975"', $1) WHERE space_id = $2 AND canonical LIKE '%"0.24975"%'`,
        [text, spaceId],
      )
    expect((await touch('"0.24976"')).rowCount).toBe(1)
    expect(await lookAtStatements(looking, spaceId)).toEqual([expect.objectContaining({ what: 'statement_export' })])
    await owner.query(
      `UPDATE ledger_entry SET canonical = replace(canonical, '"0.24976"', '"0.24975"') WHERE space_id = $1`,
      [spaceId],
    )
    expect(await pagesOf()).toBeGreaterThan(0)
    await owner.query('ALTER TABLE ledger_entry ENABLE TRIGGER USER')
  })
})

function instant(text: string): bigint {
  const parsed = parseInstant(text)
  if (!parsed.ok) throw new RangeError(text)
  return parsed.value
}
