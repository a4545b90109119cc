import { addDecimals, compareDecimals } from '@meterbook/core/kernel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OverviewMonth } from '../../features/overview/overview-view.ts'
import {
  createStatementsTestDatabase,
  type StatementsTestDatabase,
  seedMonths,
} from '../statements/statements-test-database.ts'
import { type Caller, prompt } from './caller-on-test-database.ts'

const OURS = { space: 'ours' }
const sum = (texts: readonly (string | null)[]) =>
  texts.reduce<string>((total, text) => addDecimals(total, text ?? '0'), '0')

let database: StatementsTestDatabase
let admin: Caller
beforeAll(async () => {
  database = await createStatementsTestDatabase()
  await seedMonths(database)
  admin = await database.callerOf({ space: 'ours', role: 'admin' })
})
afterAll(() => database.drop())

async function monthOf(caller: Caller, month: string): Promise<OverviewMonth> {
  const view = await caller.overview.month({ ...OURS, month })
  if (view.state !== 'ready') throw new Error(`expected a month, found it ${view.why}`)
  return view.month
}

async function refusal(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'ok',
    ({ code }: { code: string }) => code,
  )
}

describe('a space’s month as money', () => {
  it.each(['2026-06', '2026-07'])(
    'of %s is what its statement says of usage and corrections, to the last digit',
    async (month) => {
      const { spent, usage, corrections, totals, apps } = await monthOf(admin, month)
      const statement = await admin.statements.get({ ...OURS, id: `${month}-ours` })
      const billed = statement.lines.filter(({ app }) => app !== null).map(({ amount }) => amount)
      expect(compareDecimals(spent, sum(billed))).toBe(0)
      expect(compareDecimals(spent, '0')).toBe(1)
      expect(sum([usage, ...corrections.map(({ amount }) => amount)])).toBe(spent)
      expect(sum(totals)).toBe(usage)
      expect(sum(apps.map(({ total }) => total))).toBe(usage)
      for (const app of apps) expect(sum(app.days)).toBe(app.total)
    },
  )

  it('says why it costs more or less than the one before, in rows that add up', async () => {
    const { changes } = await monthOf(admin, '2026-07')
    expect(sum(changes.rows.map(({ amount }) => amount))).toBe(changes.difference)
    expect(changes.rows.length).toBeGreaterThan(0)
  })

  it('is for who may see cost, and of no space but their own', async () => {
    const ask = async (input: Parameters<StatementsTestDatabase['callerOf']>[0]) =>
      refusal((await database.callerOf(input)).overview.month(OURS))
    expect(await ask({ space: 'ours', role: 'viewer' })).toBe('FORBIDDEN')
    expect(await ask({ space: 'ours', role: 'developer', apps: ['one'] })).toBe('FORBIDDEN')
    expect(await ask({ space: 'theirs', role: 'admin' })).toBe('NOT_FOUND')
    expect(await ask({ space: 'ours', role: 'viewer', isBillingAdmin: true })).toBe('ok')
  })

  it('names what a billing admin pays for without leading them into apps that they may not see', async () => {
    const billing = await database.callerOf({ space: 'ours', role: 'developer', isBillingAdmin: true, apps: ['one'] })
    const [theirs, whole] = [await monthOf(billing, '2026-07'), await monthOf(admin, '2026-07')]
    expect(theirs.spent).toBe(whole.spent)
    expect(theirs.apps.map(({ total }) => total)).toEqual(whole.apps.map(({ total }) => total))
    for (const { app } of theirs.apps) if (app.slug !== 'one') expect(app.slug).toBe('')
  })
})

describe('an app’s page', () => {
  it('tells what is held and used up to who may see the app, and what it costs only to who may see cost', async () => {
    const developer = await database.callerOf({ space: 'ours', role: 'developer', apps: ['one'] })
    const life = await developer.overview.appLife({ ...OURS, app: 'one' })
    expect(life.keys).not.toBeNull()
    const viewer = await database.callerOf({ space: 'ours', role: 'viewer' })
    expect((await viewer.overview.appLife({ ...OURS, app: 'one' })).keys).toBeNull()
    const seen = await viewer.overview.appAllowances({ ...OURS, app: 'one' })
    expect(seen).toMatchObject({ state: 'ready', currency: null })
    expect(await refusal(developer.overview.appLife({ ...OURS, app: 'two' }))).toBe('NOT_FOUND')
  })
})

describe('a space before its first event', () => {
  it('is one whose apps have no event that counts, whoever sent what elsewhere', async () => {
    const platform = await database.callerOf({ isPlatformAdmin: true })
    const fresh = { slug: 'fresh', name: 'Fresh', currency: 'USD', billingZone: 'UTC', reason: null }
    await platform.developerSpaces.create(fresh)
    await platform.apps.create({ space: 'fresh', slug: 'tide', name: 'Tide', isEntitled: true, reason: null })
    expect(await platform.overview.isBeforeFirstEvent({ space: 'fresh' })).toBe(true)
    const view = await platform.overview.firstEvent({ space: 'fresh' })
    expect(view).toMatchObject({ apps: [{ slug: 'tide' }], keys: [], counted: 0, outcomes: [], minutes: [] })
    expect(await admin.overview.isBeforeFirstEvent(OURS)).toBe(false)
  })

  it('is told what is in the way of the events that came, with what would cure it', async () => {
    const far = await database.callerOf({ space: 'theirs', role: 'admin' })
    const time = new Date().toISOString()
    await database.taken('far', prompt('no-meter', { tokens: 1 }, { type: 'no.such.type', time }))
    const { outcomes, minutes } = await far.overview.firstEvent({ space: 'theirs' })
    expect(outcomes).toContainEqual(
      expect.objectContaining({
        verdict: 'quarantined',
        reason: 'unknown_type',
        events: 1,
        cure: expect.stringContaining('meter'),
      }),
    )
    expect(minutes.map(({ count }) => count)).toEqual([1])
  })
})
