import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Caller, type CallerTestDatabase, createCallerTestDatabase, prompt } from './caller-on-test-database.ts'

let database: CallerTestDatabase
let platform: Caller
let second: Caller
let ours: Caller
let theirs: Caller
beforeAll(async () => {
  database = await createCallerTestDatabase()
  platform = await database.callerOf({ isPlatformAdmin: true })
  second = await database.callerOf({ isPlatformAdmin: true })
  ours = await database.callerOf({ space: 'ours', role: 'admin' })
  theirs = await database.callerOf({ space: 'theirs', role: 'admin' })
})
afterAll(() => database.drop())

const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString()

describe('spaces', () => {
  it('are made with a price book, changed and archived by the platform, and renamed by their own admins alone', async () => {
    const slug = `space-${randomUUID().slice(0, 8)}`
    await platform.developerSpaces.create({
      ...{ slug, name: 'New', currency: 'USD', billingZone: 'Europe/Berlin', priceBook: 'book' },
    })
    const made = await platform.developerSpaces.find({ spaceSlug: slug })
    expect(made).toMatchObject({ priceBook: 'book', apps: 0, isBilled: false, subscriptions: [{ priceBook: 'book' }] })
    const facts = { spaceSlug: slug, name: 'Newer', currency: 'USD', billingZone: 'UTC' }
    await platform.developerSpaces.change(facts)
    await expect(platform.developerSpaces.change({ ...facts, currency: 'EUR' })).rejects.toThrow('book in USD')
    await platform.developerSpaces.archive({ spaceSlug: slug, isArchived: true, reason: 'over' })
    expect(await platform.developerSpaces.find({ spaceSlug: slug })).toMatchObject({ name: 'Newer', isArchived: true })

    await ours.developerSpaces.rename({ space: 'ours', name: 'Ours, renamed' })
    expect((await ours.developerSpaces.settings({ space: 'ours' })).name).toBe('Ours, renamed')
    await expect(theirs.developerSpaces.rename({ space: 'ours', name: 'Mine' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(ours.developerSpaces.list()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})

describe('what is agreed with a space', () => {
  it('is shown on the month that runs before it is agreed, seen by its admins, and ended by the platform alone', async () => {
    const month = new Date().toISOString().slice(0, 7)
    const { spaceSlug, ...rest } = {
      ...{ spaceSlug: 'ours', kind: 'minimum' as const, capability: null, percent: null, amount: '25' },
      ...{ text: 'Least to pay', firstMonth: month, lastMonth: null },
    }
    const asked = { spaceSlug, ...rest }
    const trial = await platform.developerSpaces.tryTerm(asked)
    expect([trial.before, trial.after, trial.currency]).toEqual(['0', '25', 'USD'])
    expect((await ours.developerSpaces.settings({ space: 'ours' })).terms).toEqual([])
    await platform.developerSpaces.agreeTerm({ ...asked, reason: 'signed on paper' })
    const [term] = (await ours.developerSpaces.settings({ space: 'ours' })).terms
    expect(term).toMatchObject({ kind: 'minimum', amount: '25', text: 'Least to pay', last: null, isOver: false })
    expect((await platform.developerSpaces.tryTerm({ ...asked, text: 'Again' })).before).toBe('25')
    await expect(platform.developerSpaces.agreeTerm(asked)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(platform.developerSpaces.agreeTerm({ ...asked, firstMonth: '2024-01' })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    for (const wrong of [{ percent: '5' }, { amount: null }, { amount: '0' }, { amount: null, percent: '101' }])
      await expect(platform.developerSpaces.tryTerm({ ...asked, ...wrong })).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      })
    await expect(ours.developerSpaces.agreeTerm(asked)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const { id = '', from = '' } = term ?? {}
    await platform.developerSpaces.endTerm({ spaceSlug, id, from, lastMonth: '2020-01', reason: 'a mistake' })
    expect((await platform.developerSpaces.find({ spaceSlug })).terms).toEqual([])
  })
})

describe('apps', () => {
  it('are made with the rights of their space, managed by its admins, and archived with their past in sight', async () => {
    const slug = `app-${randomUUID().slice(0, 8)}`
    const space = 'ours'
    expect(await ours.apps.create({ space, slug, name: 'App' })).toEqual({ slug, entitlements: 2 })
    await expect(ours.apps.create({ space, slug, name: 'Again' })).rejects.toMatchObject({ code: 'CONFLICT' })
    const app = { space, app: slug }
    await ours.apps.change({ ...app, name: 'App, renamed', series: 3 })
    await ours.apps.addEnvironment({ ...app, key: 'beta', name: 'Beta' })
    await ours.apps.addInstallation({ ...app, key: 'site', name: 'Site' })
    await platform.apps.markInstallation({ appSlug: slug, key: 'site', isExempt: true, reason: 'our own site' })
    const found = await ours.apps.find(app)
    expect(found.environments.map(({ key }) => key)).toEqual(['beta', 'development', 'production', 'staging'])
    expect(found.installations.map(({ exempt }) => exempt)).toEqual([false, true])
    await ours.apps.archive({ ...app, isArchived: true, reason: 'no longer sold' })
    expect((await ours.space({ space })).apps.find((each) => each.slug === slug)).toMatchObject({
      ...{ name: 'App, renamed', isArchived: true, isOwned: false },
    })
    await expect(ours.apps.addEnvironment({ ...app, key: 'b', name: 'B' })).resolves.toBeUndefined()
    await ours.apps.archive({ ...app, isArchived: false })
    await expect(theirs.apps.change({ ...app, name: 'Mine', series: 1 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const developer = await database.callerOf({ space, role: 'developer', apps: ['one'] })
    await expect(developer.apps.archive({ space, app: 'one', isArchived: true })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
  })
})

describe('a transfer', () => {
  it('is shown before, waits for the other side, and splits the usage of both at the instant, once', async () => {
    const [early, moment, late] = [secondsAgo(6), secondsAgo(4), secondsAgo(2)]
    await database.taken(
      'one',
      prompt('before', { tokens: 2_000 }, { time: early }),
      prompt('after', { tokens: 3_000 }, { time: late }),
    )
    const terms = { space: 'ours', app: 'one', to: 'theirs', at: moment }
    const trial = await ours.apps.tryTransfer(terms)
    expect(trial).toMatchObject({ isBackDated: true, events: 1, entitlements: null })
    expect(trial.effect?.usage).toMatchObject([
      { space: 'ours', meter: 'tokens', before: { quantity: '3000' }, after: { quantity: '0' } },
    ])
    expect(await usageBySpace()).toEqual({ ours: '5000' })

    const { id } = await ours.apps.proposeTransfer({ ...terms, reason: 'sold to theirs' })
    const approve = (caller: Caller, space: string) =>
      caller.proposals.decideInSpace({ space, id, decision: 'approved', reason: null })
    await expect(approve(ours, 'ours')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const viewer = await database.callerOf({ space: 'theirs', role: 'viewer' })
    await expect(approve(viewer, 'theirs')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await approve(theirs, 'theirs')
    await expect(approve(theirs, 'theirs')).rejects.toMatchObject({ code: 'CONFLICT' })
    await database.project()
    expect(await usageBySpace()).toEqual({ ours: '2000', theirs: '3000' })
    expect((await theirs.apps.listOfSpace({ space: 'theirs' })).map(({ slug }) => slug)).toContain('one')
    await expect(ours.apps.find({ space: 'ours', app: 'one' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await ours.space({ space: 'ours' })).apps.find(({ slug }) => slug === 'one')?.isOwned).toBe(false)
  })

  it('to a space that is nowhere answers as one to a space that is there, and is never done', async () => {
    const { id } = await ours.apps.proposeTransfer({ space: 'ours', app: 'two', to: 'nowhere', reason: 'to nobody' })
    const decided = second.proposals.decide({ id, decision: 'approved', reason: null })
    await expect(decided).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await ours.apps.find({ space: 'ours', app: 'two' })).space?.slug).toBe('ours')
  })

  it('by the platform shows both sides and still needs a second person; an app that nobody owns is given at once', async () => {
    const shown = await platform.apps.tryTransferAnywhere({ appSlug: 'two', to: 'theirs' })
    expect(shown).toMatchObject({ isBackDated: false, events: 0, entitlements: { moved: 2, ended: 0 } })
    const { id } = await platform.apps.transferAnywhere({ appSlug: 'two', to: 'theirs', reason: 'asked by both' })
    if (id === null) throw new Error('expected a proposal')
    const decision = { id, decision: 'approved' as const, reason: null }
    await expect(platform.proposals.decide(decision)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await second.proposals.decide(decision)
    expect((await platform.apps.list()).find(({ slug }) => slug === 'two')?.space?.slug).toBe('theirs')

    const stray = { appSlug: 'stray', to: 'ours', reason: 'found its owner' }
    expect(await platform.apps.transferAnywhere(stray)).toEqual({ id: null })
    expect((await platform.apps.list()).find(({ slug }) => slug === 'stray')?.space?.slug).toBe('ours')
  })

  it('into a month that is over is refused', async () => {
    const terms = { space: 'theirs', app: 'far', to: 'ours', at: '2026-01-15T00:00:00Z' }
    const { id } = await theirs.apps.proposeTransfer({ ...terms, reason: 'long ago' })
    const decision = { id, decision: 'approved' as const, reason: null }
    await expect(second.proposals.decide(decision)).rejects.toThrow('an earlier month is closing')
  })
})

/** Tokens in force, by space: what was recorded less what was reversed. */
async function usageBySpace(): Promise<Record<string, string>> {
  const answer = await database.clickhouse.query({
    query: `SELECT space, toString(sum(quantity * sign)) AS tokens FROM usage_records WHERE app = {app:String} AND meter = 'tokens'
      GROUP BY space HAVING sum(quantity * sign) != 0`,
    query_params: { app: database.ids.one },
    format: 'JSONEachRow',
  })
  const rows = (await answer.json()) as { space: string; tokens: string }[]
  const names = new Map([
    [database.ids.ours, 'ours'],
    [database.ids.theirs, 'theirs'],
  ])
  return Object.fromEntries(rows.map(({ space, tokens }) => [names.get(space) ?? space, tokens]))
}
