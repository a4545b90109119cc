import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Caller, prompt } from './caller-on-test-database.ts'
import { createHeldTestDatabase, type HeldTestDatabase, reasonsOf } from './held-on-test-database.ts'

let database: HeldTestDatabase
let platform: Caller
let admin: Caller
let developer: Caller
let viewer: Caller
let places: HeldTestDatabase['places']
beforeAll(async () => {
  database = await createHeldTestDatabase()
  ;({ platform, admin, developer, viewer, places } = database)
})
afterAll(() => database.drop())

describe('what is held', () => {
  it('is counted by reason with when it began and ended, what would cure it, and the money at stake', async () => {
    const { reasons, assumes } = await platform.quarantine.reasons({})
    const of = (name: string) => reasons.find(({ reason, verdict }) => reason === name || verdict === name)
    expect(of('value_missing')).toMatchObject({
      events: 4,
      first: '2026-07-01T12:00:00Z',
      last: '2026-07-02T12:00:00Z',
      stake: { amounts: [], undecided: [{ code: 'unreadable', events: 4 }], examined: 4, isComplete: true },
    })
    // 10.1 tokens at 0.03 for 1,000, in the only price book; nobody owns the app. A request has no price in it.
    expect(of('unattributed')).toMatchObject({
      events: 3,
      stake: {
        amounts: [{ currency: 'USD', amount: '0.000303' }],
        undecided: [{ code: 'no_price', events: 1 }],
      },
    })
    expect(of('unattributed')?.cure?.text).toContain('Give the app an owner from that time on')
    expect(of('conflict')).toMatchObject({ events: 1, stake: { undecided: [{ code: 'conflict', events: 1 }] } })
    expect(assumes).toContain('allowances is not considered')
  })

  it('is shown to each as far as they may see: the platform all, a space its own, a developer their apps', async () => {
    expect(await reasonsOf(platform, {})).toEqual({
      value_missing: 4,
      value_not_a_number: 1,
      unattributed: 3,
      conflict: 1,
    })
    expect(await reasonsOf(platform, { space: 'theirs' })).toEqual({ value_missing: 1 })
    expect(await reasonsOf(admin, { space: 'ours' })).toEqual({ value_missing: 3, value_not_a_number: 1, conflict: 1 })
    expect(await reasonsOf(developer, { space: 'ours' })).toEqual({
      value_missing: 2,
      value_not_a_number: 1,
      conflict: 1,
    })
    for (const ask of [() => admin.quarantine.reasons({}), () => viewer.quarantine.reasons({ space: 'ours' })])
      await expect(ask()).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(admin.quarantine.reasons({ space: 'ours', filter: { app: 'far' } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(developer.quarantine.list({ space: 'ours', filter: { app: 'two' } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('is filtered by reason, type, time and any text, also by one that is no pattern and no statement', async () => {
    const ids = async (filter: object) =>
      (await admin.quarantine.list({ space: 'ours', filter })).events.map(({ id }) => id)
    expect(await ids({ reasons: ['value_not_a_number'] })).toEqual(['h1'])
    expect(await ids({ verdicts: ['conflict'] })).toEqual(['good'])
    expect(await ids({ verdicts: ['counted'] })).toEqual([])
    expect(await ids({ types: ['nothing'] })).toEqual([])
    expect(await ids({ from: '2026-07-02T12:00:00Z', to: '2026-07-02T12:00:00.000001Z' })).toEqual(['h2'])
    expect(await ids({ text: "o'neil <B>%_\\" })).toEqual(['h2'])
    expect(await ids({ text: 'expected a number' })).toEqual(['h2', 'h4', 'h3', 'h1'])
    for (const text of ["') OR 1=1 --", '{p0:String}', '%', '\\', '𝕳'])
      expect((await ids({ text })).length, text).toBeLessThan(2)
    expect(await ids({ subject: '%' })).toEqual([])
  })

  it('comes in pages that neither repeat nor leave out', async () => {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await platform.quarantine.list({ limit: 2, ...(cursor === undefined ? {} : { cursor }) })
      seen.push(...page.events.map(({ app, id, verdict }) => `${app} ${id} ${verdict}`))
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    expect(seen).toHaveLength(9)
    expect(new Set(seen).size).toBe(9)
    await expect(platform.quarantine.list({ cursor: 'x' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })

  it('is shown one by one as received, a conflict beside the event that came first', async () => {
    expect(await admin.quarantine.find({ space: 'ours', ...places.conflict })).toMatchObject({
      verdict: 'conflict',
      content: JSON.stringify(prompt('good', { tokens: 2 })),
      first: { verdict: 'counted', content: JSON.stringify(prompt('good', { tokens: 1 })) },
      cure: { acts: ['dismiss', 'amend'] },
    })
    expect(
      (await developer.events.list({ space: 'ours', filter: { verdicts: ['counted'] } })).events.map(({ id }) => id),
    ).toEqual(['good'])
  })
})
