import { addDecimals } from '@meterbook/core/kernel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createStatementsTestDatabase,
  type StatementsTestDatabase,
  seedMonths,
} from '../statements/statements-test-database.ts'
import { type Caller, prompt } from './caller-on-test-database.ts'
import { createCaller } from './procedures.ts'
import { appRouter } from './router.ts'

const callerFor = createCaller(appRouter)
const JUNE = '2026-06-ours'
const JULY = '2026-07-ours'

let database: StatementsTestDatabase
let admin: Caller
beforeAll(async () => {
  database = await createStatementsTestDatabase()
  await seedMonths(database)
  admin = callerFor({ person: await database.personOf({ space: 'ours', role: 'admin' }) })
})
afterAll(() => database.drop())

const askEach = (caller: Caller, of: { space: string; id: string }) => ({
  list: () => caller.statements.list({ space: of.space }),
  get: () => caller.statements.get(of),
  provisional: () => caller.statements.provisional(of),
  entries: () => caller.statements.entries(of),
  events: () => caller.statements.events({ ...of, sequence: '1' }),
})

async function allowed(caller: Caller, of = { space: 'ours', id: JUNE }): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {}
  for (const [name, ask] of Object.entries(askEach(caller, of))) {
    outcomes[name] = await ask().then(
      () => 'ok',
      ({ code }: { code: string }) => code,
    )
  }
  return outcomes
}

const all = (outcome: string) => ({
  list: outcome,
  get: outcome,
  provisional: outcome,
  entries: outcome,
  events: outcome,
})

describe('statements', () => {
  it('are for admins, billing admins and who runs the platform; their raw events take the right to find events, too', async () => {
    const as = async (input: Parameters<StatementsTestDatabase['personOf']>[0]) =>
      allowed(callerFor({ person: await database.personOf(input) }))
    expect(await allowed(database.stranger)).toEqual(all('UNAUTHORIZED'))
    expect(await as({})).toEqual(all('NOT_FOUND'))
    expect(await as({ space: 'theirs', role: 'admin', isBillingAdmin: true })).toEqual(all('NOT_FOUND'))
    expect(await as({ space: 'ours', role: 'viewer' })).toEqual(all('FORBIDDEN'))
    expect(await as({ space: 'ours', role: 'developer' })).toEqual(all('FORBIDDEN'))
    expect(await as({ space: 'ours', role: 'viewer', isBillingAdmin: true })).toEqual({
      ...all('ok'),
      events: 'FORBIDDEN',
    })
    expect(await as({ space: 'ours', role: 'developer', isBillingAdmin: true })).toEqual(all('ok'))
    expect(await as({ space: 'ours', role: 'admin' })).toEqual(all('ok'))
    expect(await as({ isPlatformAdmin: true })).toEqual(all('ok'))
  })

  it('of another space are not found, neither by its name nor through one’s own', async () => {
    for (const id of ['2026-06-theirs', '2026-05-ours', 'nothing']) {
      expect(await allowed(admin, { space: 'ours', id })).toEqual({ ...all('NOT_FOUND'), list: 'ok' })
    }
    expect(await allowed(admin, { space: 'theirs', id: '2026-06-theirs' })).toEqual(all('NOT_FOUND'))
    const other = callerFor({ person: await database.personOf({ space: 'theirs', role: 'admin' }) })
    expect((await other.statements.get({ space: 'theirs', id: '2026-06-theirs' })).lines.map(({ app }) => app)).toEqual(
      ['far'],
    )
    // an entry of one's own that another statement carries
    const [correction] = (await admin.statements.entries({ space: 'ours', id: JULY })).entries
    await expect(
      admin.statements.events({ space: 'ours', id: JUNE, sequence: correction!.sequence }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('say each month with its state, the issued one amended where a later one corrects it', async () => {
    const { months } = await admin.statements.list({ space: 'ours' })
    const [running] = months
    expect([running?.state, running?.closedAt]).toEqual(['open', null])
    expect(months.slice(-2)).toMatchObject([
      { id: JULY, state: 'closing', closedAt: null, settledUntil: '2026-07-01T00:00:00Z' },
      { id: JUNE, state: 'amended', closedAt: '2026-07-03T01:00:00Z', currency: 'USD', total: '0.06' },
    ])
  })

  it('open from a line to its entries, and from an entry to its raw events', async () => {
    const june = await admin.statements.get({ space: 'ours', id: JUNE })
    // (1,500 - 1,000) × 0.03 / 1,000, and (2,500.5 - 1,000) × 0.03 / 1,000
    expect(june.lines.map(({ kind, app, quantity, amount }) => [kind, app, quantity, amount])).toEqual([
      ...[
        ['usage', 'one', '1500', '0.015'],
        ['usage', 'two', '2500.5', '0.045015'],
      ].sort((a, b) => (database.ids[a[1] as 'one'] < database.ids[b[1] as 'one'] ? -1 : 1)),
      ['exempt', 'one', '700', '0'],
      ['rounding', null, null, '-0.000015'],
    ])
    for (const line of june.lines) {
      const { entries } = await admin.statements.entries({ space: 'ours', id: JUNE, line: line.id })
      expect(entries.reduce((sum, { amount }) => addDecimals(sum, amount), '0')).toBe(line.amount)
      if (line.app === null) continue
      expect(entries.map(({ quantity }) => quantity)).toEqual([line.quantity])
      const events = await admin.statements.events({ space: 'ours', id: JUNE, sequence: entries[0]!.sequence })
      const ids = { usage: line.app === 'one' ? ['u2', 'u1'] : ['u4'], exempt: ['u3'] }
      expect(events.events.map(({ id }) => id)).toEqual(ids[line.kind as 'usage'])
      expect(events.events[0]?.content).toContain('"tokens"')
    }
  })

  it('go through entries and events page by page, and miss none', async () => {
    const entries: string[] = []
    for (let cursor: string | undefined; ; ) {
      const page = await admin.statements.entries({ space: 'ours', id: JUNE, cursor, limit: 1 })
      entries.push(...page.entries.map(({ sequence }) => sequence))
      if (page.cursor === null) break
      cursor = page.cursor
    }
    expect(entries).toEqual(['1', '2', '3', '4'])
    const events: string[] = []
    const { id } = (await admin.statements.get({ space: 'ours', id: JUNE })).lines.find(
      ({ kind, app }) => kind === 'usage' && app === 'one',
    )!
    const [entry] = (await admin.statements.entries({ space: 'ours', id: JUNE, line: id })).entries
    for (let cursor: string | undefined; ; ) {
      const asked = { space: 'ours', id: JUNE, sequence: entry!.sequence, limit: 1 }
      const page = await admin.statements.events({ ...asked, cursor })
      events.push(...page.events.map((event) => event.id))
      if (page.cursor === null) break
      cursor = page.cursor
    }
    // u6 is of the same hour and came later: what it changed is another entry's
    expect(events).toEqual(['u2', 'u1'])
    const { entries: july } = await admin.statements.entries({ space: 'ours', id: JULY })
    const { sequence } = july.find(({ kind }) => kind === 'adjustment')!
    const late = await admin.statements.events({ space: 'ours', id: JULY, sequence })
    expect(late.events.map((event) => event.id)).toEqual(['u2', 'u6', 'u1'])
  })

  it('that are not issued say what is posted of them, why they cannot be closed, and correct the past in lines of their own', async () => {
    const july = await admin.statements.get({ space: 'ours', id: JULY })
    expect(july.lines.find(({ kind }) => kind === 'correction')).toMatchObject({
      app: 'one',
      quantity: '250',
      amount: '0.0075',
      correctionOf: '2026-06-01T00:00:00Z',
    })
    expect(july.checklist.map(({ item, state }) => [item, state])).toEqual([
      ['period_ended', 'ok'],
      ['settled', 'waiting'],
      ['reconciled', 'ok'],
      ['quarantine', 'ok'],
    ])
    expect(july.proof).toMatchObject({ entriesCount: 3, isEqual: true, entriesSum: july.exactTotal })
    expect((await admin.statements.get({ space: 'ours', id: JUNE })).correctedBy).toEqual([
      { id: JULY, state: 'closing', amount: '0.0075' },
    ])
  })

  it('that are not issued show what is measured and not posted apart from what is posted, and their expected total is the total once it is posted', async () => {
    expect(await admin.statements.provisional({ space: 'ours', id: JUNE })).toBeNull()
    const settled = await provisionalOf(JULY)
    expect(settled).toMatchObject({ provisional: '0', lines: [], expectedTotal: (await statementOf(JULY)).total })
    const before = await statementOf(JULY)
    await database.journal('two', [prompt('p1', { tokens: '4000' }, { time: '2026-07-05T10:10:00Z' })])
    await database.project()
    const measured = await provisionalOf(JULY)
    expect(measured.lines).toEqual([
      expect.objectContaining({ app: 'two', capability: 'tokens', quantity: '4000', exempt: false }),
    ])
    expect(measured.posted).toBe(before.proof.entriesSum)
    expect(measured.provisional).toBe(measured.lines[0]?.amount)
    expect(measured.provisional).not.toBe('0')
    const after = await statementOf(JULY)
    expect([after.lines, after.total]).toEqual([before.lines, before.total])
    expect(measured.expectedExactTotal).toBe(addDecimals(before.exactTotal, measured.provisional))
  })
})

const statementOf = (id: string) => admin.statements.get({ space: 'ours', id })

async function provisionalOf(id: string) {
  const provisional = await admin.statements.provisional({ space: 'ours', id })
  if (provisional?.state !== 'provisional')
    throw new Error(`expected provisional usage, found ${JSON.stringify(provisional)}`)
  return provisional
}
