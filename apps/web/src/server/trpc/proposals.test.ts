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
