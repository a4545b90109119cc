import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Caller, type CallerTestDatabase, createCallerTestDatabase, prompt } from './caller-on-test-database.ts'

let database: CallerTestDatabase
let ada: Caller
let bo: Caller
beforeAll(async () => {
  database = await createCallerTestDatabase()
  ada = await database.callerOf({ isPlatformAdmin: true })
  bo = await database.callerOf({ isPlatformAdmin: true })
})
afterAll(() => database.drop())

const reason = 'the meter ran twice'

/** 120 USD by the list: above the 100 that one person may move. */
async function large(id: string) {
  const places = await database.taken('one', prompt(id, { tokens: 4_000_000 }))
  return { act: 'cancel' as const, on: { places } }
}
async function stateOf(id: string): Promise<string> {
  await database.project()
  return (await ada.events.find({ app: 'one', source: '/test', id })).state
}
const acts = async (target: string) => {
  const { entries } = await ada.audit.list({ question: { target } })
  return entries.map(({ act, actor }) => `${act} by ${actor}`).reverse()
}
const waiting = async (caller: Caller, id: string) =>
  (await caller.proposals.list({ waiting: true })).proposals.find((each) => each.id === id)

describe('small corrections of one person', () => {
  it('are added up within a day, space by space: what is large cannot be split into what is small', async () => {
    const cy = await database.callerOf({ isPlatformAdmin: true })
    /** 60 USD by the list. */
    const small = async (app: 'one' | 'two' | 'far', id: string) => ({
      act: 'cancel' as const,
      on: { places: await database.taken(app, prompt(id, { tokens: 2_000_000 })) },
    })
    const first = { ...(await small('one', 's1')), id: randomUUID(), reason }
    await cy.corrections.perform(first)
    await database.project()
    // the same asking again adds nothing
    expect(await cy.corrections.perform(first)).toMatchObject({ isRepeated: true })
    const second = await small('two', 's2')
    expect(await cy.corrections.tryOut(second)).toMatchObject({
      approval: { isNeeded: true, already: [{ currency: 'USD', amount: '60' }], hours: 24 },
    })
    await expect(cy.corrections.perform({ ...second, id: randomUUID(), reason })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('after 60 USD that you moved there in 24 hours'),
    })
    // another space, and another person, have sums of their own
    await cy.corrections.perform({ ...(await small('far', 's3')), id: randomUUID(), reason })
    const dee = await database.callerOf({ isPlatformAdmin: true })
    await dee.corrections.perform({ ...second, id: randomUUID(), reason })
    // asked for at once, one of two goes through
    const [third, fourth] = [await small('one', 's4'), await small('two', 's5')]
    const eve = await database.callerOf({ isPlatformAdmin: true })
    const outcomes = await Promise.allSettled(
      [third, fourth].map((asked) => eve.corrections.perform({ ...asked, id: randomUUID(), reason })),
    )
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})

describe('to take another content for an event', () => {
  it('is proposed where it moves much, and done once another person approves it', async () => {
    await database.taken('one', prompt('i1', { tokens: 1 }))
    const [conflict] = await database.taken('one', prompt('i1', { tokens: 9_000_000 }))
    if (conflict === undefined) throw new Error('expected a place')
    expect(await ada.corrections.tryInstead(conflict)).toMatchObject({
      money: { untold: 0 },
      approval: { isNeeded: true },
    })
    const consent = { id: randomUUID(), reason }
    await expect(ada.corrections.takeInstead({ ...conflict, ...consent })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const { proposal: id } = await ada.corrections.proposeInstead({ ...conflict, ...consent })
    await expect(ada.proposals.decide({ id, decision: 'approved' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await bo.proposals.decide({ id, decision: 'approved' })
    await database.project()
    const life = await ada.events.find({ app: 'one', source: '/test', id: 'i1' })
    expect('usage' in life && life.usage).toMatchObject([{ meter: 'tokens', quantity: '9000000' }])
    expect((await ada.quarantine.find(conflict))?.verdict).toBe('dismissed')
  })
})

describe('a correction above the stated amount', () => {
  it('cannot be done by one person, is done once by the approval of another, and the log has both', async () => {
    const asked = await large('p1')
    const trial = await ada.corrections.tryOut(asked)
    expect(trial).toMatchObject({
      money: { amounts: [{ currency: 'USD', amount: '120' }], untold: 0 },
      approval: { above: '100', isNeeded: true },
    })
    await expect(ada.corrections.perform({ ...asked, id: randomUUID(), reason })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    const { proposal: id } = await ada.corrections.propose({ ...asked, id: randomUUID(), reason })
    expect(await stateOf('p1')).toBe('counted')
    expect(await waiting(ada, id)).toMatchObject({ mayDecide: false, mayWithdraw: true })
    expect(await waiting(bo, id)).toMatchObject({
      ...{ mayDecide: true, mayWithdraw: false, reason },
      effect: { summary: 'cancel 1 event: 1 change, moving 120 USD' },
    })
    await expect(ada.proposals.decide({ id, decision: 'approved' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await stateOf('p1')).toBe('counted')
    await bo.proposals.decide({ id, decision: 'approved', reason: 'seen' })
    expect(await stateOf('p1')).toBe('cancelled')
    await expect(bo.proposals.decide({ id, decision: 'approved' })).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await acts(id)).toEqual(['proposal.propose by Pat', 'correction.cancel by Pat', 'proposal.approve by Pat'])
    expect(await ada.audit.verify()).toMatchObject({ fault: null })
  })

  it('that is rejected or withdrawn changes nothing', async () => {
    const rejected = await ada.corrections.propose({ ...(await large('p2')), id: randomUUID(), reason })
    await bo.proposals.decide({ id: rejected.proposal, decision: 'rejected', reason: 'it did not' })
    const withdrawn = await ada.corrections.propose({ ...(await large('p3')), id: randomUUID(), reason })
    await expect(bo.proposals.decide({ id: withdrawn.proposal, decision: 'withdrawn' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    await ada.proposals.decide({ id: withdrawn.proposal, decision: 'withdrawn' })
    expect([await stateOf('p2'), await stateOf('p3')]).toEqual(['counted', 'counted'])
    await expect(bo.proposals.decide({ id: withdrawn.proposal, decision: 'approved' })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
  })

  it('that was done by another proposal meanwhile changes nothing more', async () => {
    const asked = await large('p4')
    const first = await ada.corrections.propose({ ...asked, id: randomUUID(), reason })
    const second = await ada.corrections.propose({ ...asked, id: randomUUID(), reason })
    await bo.proposals.decide({ id: first.proposal, decision: 'approved' })
    expect(await stateOf('p4')).toBe('cancelled')
    await bo.proposals.decide({ id: second.proposal, decision: 'approved' })
    expect(await stateOf('p4')).toBe('cancelled')
    expect(await ada.corrections.find({ id: second.proposal })).toMatchObject({ state: 'done', effective: 0 })
  })

  it('of another space is not there for a space’s admin, nor is the list of all', async () => {
    const admin = await database.callerOf({ space: 'theirs', role: 'admin' })
    const { proposal: id } = await ada.corrections.propose({
      ...(await large('p5')),
      id: randomUUID(),
      reason,
      space: 'ours',
    })
    expect((await admin.proposals.listOfSpace({ space: 'theirs' })).proposals).toEqual([])
    await expect(admin.proposals.decideInSpace({ space: 'theirs', id, decision: 'rejected' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(admin.proposals.decideInSpace({ space: 'ours', id, decision: 'rejected' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(admin.proposals.list({})).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(admin.audit.list({ question: {} })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const ours = await database.callerOf({ space: 'ours', role: 'admin' })
    expect((await ours.proposals.listOfSpace({ space: 'ours' })).proposals).toMatchObject([{ id, mayDecide: false }])
    await expect(ours.proposals.decideInSpace({ space: 'ours', id, decision: 'approved' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
  })
})
