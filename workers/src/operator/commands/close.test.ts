import { execFile } from 'node:child_process'
import path from 'node:path'
import { addDecimals } from '@meterbook/core/kernel'
import { periodOfMonth } from '@meterbook/core/statement'
import { countHeldEvents } from '@meterbook/db/held-events'
import {
  type Closing,
  closeStatement,
  findBilledSpace,
  listStatements,
  readBilledMonths,
  readEntries,
} from '@meterbook/db/postgres'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  createSettleTestDatabase,
  eventOf as event,
  instant,
  type SettleTestDatabase,
} from '../../settle/settle-test-database.ts'
import { chainFaults } from '../../settle/settle-test-laws.ts'

const MAIN = path.resolve(import.meta.dirname, '..', 'main.ts')
/** All of June is settled from then on. */
const SETTLED = '2026-07-03T00:02:00Z'

let database: SettleTestDatabase
beforeEach(async () => {
  database = await createSettleTestDatabase()
})
afterEach(async () => {
  expect(await chainFaults(database)).toEqual([])
  await database.drop()
})

const space = async () => {
  const found = await findBilledSpace(database.pool, 'space')
  if (found === null) throw new Error('expected the space')
  return found
}

async function close(month: string, over: Partial<Closing> = {}) {
  const of = await space()
  const period = periodOfMonth(month, of.billingZone)
  if (period === null) throw new Error(`expected a month, found ${month}`)
  const held = await countHeldEvents(database, { spaceId: of.id, period })
  const actor = { id: 'ada', name: 'Ada' }
  return closeStatement(database.pool, {
    space: of,
    period,
    held,
    asOf: instant('2026-08-10T00:00:00Z'),
    actor,
    ...over,
  })
}

const lastEntries = async () =>
  (await readEntries(database.pool, { spaceId: database.spaceId, limit: 5_000 })).map(({ entry }) => entry)

/** Everything that is kept of the statements, as text. */
const issued = async () =>
  (await database.owner.query<{ text: string }>('SELECT t::text AS text FROM statement t ORDER BY period_start')).rows

async function useJune(): Promise<void> {
  await database.send([
    event('request', '2026-06-01T10:00:00Z'),
    ...Array.from({ length: 5 }, (_, hour) => event('request', `2026-06-30T1${hour}:00:00Z`)),
    event('prompt', '2026-06-15T10:30:00Z', { tokens: '120.5', user: 'ann' }),
  ])
}

describe('closing a month', () => {
  test('waits until the month is over and all of it is settled, and then issues lines that are its entries, to the last digit', async () => {
    await useJune()
    await database.settle('2026-07-02T23:00:00Z')
    const early = await close('2026-06', { asOf: instant('2026-06-30T23:59:59Z') })
    expect([early.outcome, early.checklist.map(({ state }) => state)]).toEqual([
      'refused',
      ['waiting', 'waiting', 'ok', 'ok'],
    ])
    expect((await close('2026-06')).checklist.map(({ state }) => state)).toEqual(['ok', 'waiting', 'ok', 'ok'])
    await database.settle(SETTLED)
    const { outcome, statement, stored } = await close('2026-06')
    expect(outcome).toBe('closed')
    // three requests of six are included, and 100 tokens of 120.5, at 0.5 for ten
    expect(statement.lines.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['usage', '6'],
      ['usage', '1.025'],
      ['rounding', '-0.005'],
    ])
    expect([statement.exactTotal, statement.total]).toEqual(['7.025', '7.02'])
    const of = await space()
    const june = (await readBilledMonths(database.pool, { space: of, starts: [stored!.period.start] })).values().next()
    expect(june.value).toMatchObject({ amount: '7.02' })
    const entries = await lastEntries()
    const sum = entries.reduce((total, entry) => addDecimals(total, 'amount' in entry ? entry.amount : '0'), '0')
    expect([sum, entries.length]).toEqual(['7.02', Number(stored?.ledgerSequence)])
    expect(entries.at(-1)).toMatchObject({ kind: 'statement', statement: '2026-06-space', total: '7.02' })
    expect(stored).toMatchObject({ id: '2026-06-space', closedBy: 'Ada', statement })
  })

  test('twice, or by two at once, is one statement and one set of entries', async () => {
    await useJune()
    await database.settle(SETTLED)
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => close('2026-06')))
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([
      ...Array.from({ length: 5 }, () => 'already_closed'),
      'closed',
    ])
    expect(new Set(outcomes.map(({ stored }) => stored?.ledgerSequence)).size).toBe(1)
    const before = [await issued(), await lastEntries()]
    expect((await close('2026-06', { asOf: instant('2026-09-01T00:00:00Z') })).outcome).toBe('already_closed')
    expect([await issued(), await lastEntries()]).toEqual(before)
    expect(before[0]).toHaveLength(1)
  })

  test.each(['ledger_entry', 'ledger_head', 'quarantine_waiver', 'statement'])(
    'killed while it writes %s leaves nothing, and once more leaves everything',
    async (table) => {
      await useJune()
      await database.send([event('nothing.known', '2026-06-10T00:00:00Z')])
      await database.settle(SETTLED)
      const entries = await lastEntries()
      const { owner } = database
      await owner.query(`CREATE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$`)
      await owner.query(
        `CREATE TRIGGER killed BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION end_session()`,
      )
      const waived = { waiverReason: 'a typing error' }
      await expect(close('2026-06', waived)).rejects.toThrow()
      await owner.query(`DROP TRIGGER killed ON ${table}`)
      expect([await issued(), await lastEntries()]).toEqual([[], entries])
      expect((await owner.query('SELECT 1 FROM quarantine_waiver')).rowCount).toBe(0)
      expect((await close('2026-06', waived)).outcome).toBe('closed')
      expect((await owner.query('SELECT 1 FROM quarantine_waiver')).rowCount).toBe(1)
      expect(await issued()).toHaveLength(1)
    },
  )

  test('is stopped by what is held of the space in the month, until somebody waives it with a reason that stays', async () => {
    await useJune()
    const other = await database.addApp({ slug: 'other', spaceId: await database.addSpace({ slug: 'others' }) })
    await database.send([
      event('nothing.known', '2026-06-10T00:00:00Z'),
      event('nothing.known', '2026-07-01T00:00:00Z'),
    ])
    await database.send([event('nothing.known', '2026-06-10T00:00:00Z')], other)
    await database.settle(SETTLED)
    const refused = await close('2026-06')
    expect(refused.checklist.filter(({ state }) => state !== 'ok')).toEqual([
      { key: 'quarantine', state: 'blocked', text: '1 event of the month held, neither cured nor waived.' },
    ])
    const waived = await close('2026-06', { waiverReason: 'a typing error' })
    expect(waived.outcome).toBe('closed')
    expect(waived.stored?.checklist.at(-1)).toMatchObject({
      state: 'waived',
      text: '1 event of the month held, waived by Ada: a typing error',
    })
    const { rows } = await database.owner.query('SELECT reason, actor_id, actor_name FROM quarantine_waiver')
    expect(rows).toEqual([{ reason: 'a typing error', actor_id: 'ada', actor_name: 'Ada' }])
  })

  test('is stopped by an open difference of the space, not by one of another space or another month', async () => {
    await useJune()
    await database.settle(SETTLED)
    const differ = (spaceId: string, hour: string) =>
      database.owner.query(
        `INSERT INTO incident (id, scope_key, what, figure, app_id, meter, hour, space_id, environment, expected, found, difference, positions)
          VALUES (gen_random_uuid(), gen_random_uuid(), 'usage_records', 'quantity', $1, 'tokens', $3, $2, '', '1', '2', '1', '{}')`,
        [database.appId, spaceId, hour],
      )
    await differ('another', '2026-06-01T00:00:00Z')
    await differ(database.spaceId, '2026-07-01T00:00:00Z')
    expect((await close('2026-06', { isTrial: true })).outcome).toBe('ready')
    await differ(database.spaceId, '2026-06-30T23:00:00Z')
    expect((await close('2026-06')).checklist.map(({ state }) => state)).toEqual(['ok', 'ok', 'blocked', 'ok'])
    await database.owner.query(`UPDATE incident SET resolved_at = now()`)
    expect((await close('2026-06')).outcome).toBe('closed')
  })

  test('leaves what comes later to the next month, as a correction, and the issued statement as it was, byte by byte', async () => {
    await useJune()
    await database.settle(SETTLED)
    await close('2026-06')
    const [june] = await issued()
    await database.send([event('request', '2026-06-30T23:30:00Z'), event('request', '2026-07-01T00:00:00Z')])
    await database.settle('2026-08-04T00:00:00Z')
    const { statement } = await close('2026-07')
    expect(statement.lines.map((line) => [line.kind, 'period' in line && line.period.start, line.amount])).toEqual([
      ['usage', '2026-07-01T00:00:00Z', '0'],
      ['correction', '2026-06-01T00:00:00Z', '2'],
    ])
    expect((await issued())[0]).toEqual(june)
    expect(
      (await lastEntries()).filter((entry) => 'period' in entry && entry.period.start !== entry.billedIn.start),
    ).toMatchObject([
      { kind: 'usage', billedIn: { start: '2026-07-01T00:00:00Z' }, window: { start: '2026-06-30T23:00:00Z' } },
    ])
    // both are closed now: what still comes of either is August's
    await database.send([event('request', '2026-06-30T23:31:00Z'), event('request', '2026-07-01T00:01:00Z')])
    await database.settle('2026-08-05T00:00:00Z')
    const late = (await lastEntries()).slice(-2)
    expect(late.map((entry) => 'billedIn' in entry && entry.billedIn.start)).toEqual([
      '2026-08-01T00:00:00Z',
      '2026-08-01T00:00:00Z',
    ])
    expect((await listStatements(database.pool, database.spaceId)).map(({ id }) => id)).toEqual([
      '2026-06-space',
      '2026-07-space',
    ])
  })

  test('while usage is being settled leaves each entry in one statement: nothing joins an issued one', async () => {
    await useJune()
    await database.settle(SETTLED)
    await database.send(Array.from({ length: 40 }, (_, n) => event('request', `2026-06-${10 + (n % 20)}T05:00:00Z`)))
    const [closed] = await Promise.all([close('2026-06'), database.settle('2026-07-05T00:00:00Z')])
    expect(closed.outcome).toBe('closed')
    const { period, statement } = closed.stored!
    const billed = await readBilledMonths(database.pool, { space: await space(), starts: [period.start, period.end] })
    expect(billed.get(period.start)?.amount).toBe(statement.total)
    const requests = (await database.entries()).filter(({ capability }) => capability === 'requests')
    expect(requests.reduce((sum, { quantity }) => addDecimals(sum, quantity), '0')).toBe('46')
  })

  test('takes what was agreed: a discount, a minimum and a credit are lines, and posted once', async () => {
    await useJune()
    await database.settle(SETTLED)
    const agree = (kind: string, percent: string | null, amount: string | null, from: string) =>
      database.owner.query(
        `INSERT INTO billing_term (id, space_id, kind, percent, amount, text, effective_from) VALUES (gen_random_uuid(), $1, $2, $3, $4, $2, $5)`,
        [database.spaceId, kind, percent, amount, from],
      )
    await agree('discount', '10.00', null, '2026-01-01T00:00:00Z')
    await agree('credit', null, '1', '2026-06-30T00:00:00Z')
    await agree('credit', null, '5', '2026-07-01T00:00:00Z')
    const { statement } = await close('2026-06')
    expect(statement.lines.slice(2).map(({ kind, amount }) => [kind, amount])).toEqual([
      ['discount', '-0.7025'],
      ['credit', '-1'],
      ['rounding', '-0.0025'],
    ])
    expect((await lastEntries()).slice(-4).map(({ kind }) => kind)).toEqual([
      'discount',
      'credit',
      'rounding',
      'statement',
    ])
  })

  test('in a zone of its own has that zone’s month', async () => {
    await database.owner.query(`UPDATE developer_space SET billing_zone = 'Asia/Kathmandu'`)
    await database.send([event('request', '2026-06-30T18:14:59Z'), event('request', '2026-06-30T18:15:00Z')])
    await database.settle('2026-07-02T20:02:00Z')
    const { statement } = await close('2026-06')
    expect([statement.period, statement.lines.map((line) => 'quantity' in line && line.quantity)]).toEqual([
      { start: '2026-05-31T18:15:00Z', end: '2026-06-30T18:15:00Z' },
      ['1'],
    ])
  })
})

describe('meterbook close', () => {
  function meterbook(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = {
      DATABASE_URL: database.databaseUrl,
      CLICKHOUSE_URL: database.clickhouseUrl,
      REDIS_URL: 'redis://127.0.0.1:1',
    }
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [MAIN, 'close', ...args],
        { env: { PATH: process.env.PATH, ...env } },
        (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      )
    })
  }

  test('shows the checklist, exits 1 while it does not hold, writes nothing on trial, and closes once', async () => {
    await useJune()
    const june = ['--space', 'space', '--month', '2026-06']
    const refused = await meterbook(...june)
    expect([refused.code, refused.stdout]).toEqual([
      1,
      expect.stringMatching(/waiting +settled +Nothing is settled yet/),
    ])
    await database.settle(SETTLED)
    const trial = await meterbook(...june, '--dry-run')
    expect([trial.code, trial.stdout.split('\n').at(-2)]).toEqual([
      0,
      '2026-06-space: would be closed with 7.02 USD in 3 lines',
    ])
    expect(await issued()).toEqual([])
    const closed = await meterbook(...june, '--json')
    expect(closed.code).toBe(0)
    expect(JSON.parse(closed.stdout)).toMatchObject({
      ok: true,
      outcome: 'closed',
      total: '7.02',
      statement: '2026-06-space',
    })
    expect((await meterbook(...june)).stdout).toContain('closed before')
    expect((await meterbook('--space', 'nowhere', '--month', '2026-06')).code).toBe(2)
    expect((await meterbook('--space', 'space', '--month', 'June')).code).toBe(2)
    expect((await meterbook(...june, '--waive', ' ')).code).toBe(2)
  })
})
