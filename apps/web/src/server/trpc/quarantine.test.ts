import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { own } from '../events/events-test-database.ts'
import { type Caller, type CallerTestDatabase, createCallerTestDatabase, prompt } from './caller-on-test-database.ts'
import { appRouter } from './router.ts'

let database: CallerTestDatabase
let platform: Caller
let admin: Caller
let developer: Caller
let viewer: Caller
let places: Record<
  'one' | 'two' | 'far' | 'stray' | 'counted' | 'conflict',
  { app: string; batch: string; pos: number }
>

beforeAll(async () => {
  database = await createCallerTestDatabase()
  const { callerOf, taken } = database
  platform = await callerOf({ isPlatformAdmin: true })
  admin = await callerOf({ space: 'ours', role: 'admin' })
  developer = await callerOf({ space: 'ours', role: 'developer', apps: ['one'] })
  viewer = await callerOf({ space: 'ours', role: 'viewer' })
  const [one, counted] = await taken(
    'one',
    prompt('h1', { tokens: 'many' }),
    prompt('good', { tokens: 1 }),
    prompt('h2', {}, { time: '2026-07-02T12:00:00Z', subject: "O'Neil <b>%_\\" }),
    prompt('h3', {}),
  )
  const [conflict] = await taken('one', prompt('good', { tokens: 2 }))
  const [two] = await taken('two', prompt('h4', null))
  const [far] = await taken('far', prompt('h5', null))
  const [stray] = await taken(
    'stray',
    prompt('h6', { tokens: 10 }),
    prompt('h7', { tokens: '0.1' }),
    prompt('h8', { tokens: 1 }, { type: 'request' }),
  )
  places = { one: one!, two: two!, far: far!, stray: stray!, counted: counted!, conflict: conflict! }
})
afterAll(() => database.drop())

const fresh = () => ({ id: randomUUID(), reason: 'because' })
const reasonsOf = async (caller: Caller, input: Parameters<Caller['quarantine']['reasons']>[0]) =>
  Object.fromEntries(
    (await caller.quarantine.reasons(input)).reasons.map(({ verdict, reason, events }) => [reason || verdict, events]),
  )

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

describe('acts upon events', () => {
  /** Every procedure that names an event, an app or a correction. */
  const askEach = (
    caller: Caller,
    input: { space: string; place: { app: string; batch: string; pos: number }; id: string },
  ) => {
    const { space, place, id } = input
    const on = { places: [place] }
    return {
      'quarantine.find': () => caller.quarantine.find({ space, ...place }),
      'events.find': () => caller.events.find({ space, app: place.app, source: '/test', id: 'h5' }),
      'corrections.tryOut': () => caller.corrections.tryOut({ space, act: 'replay', on }),
      'corrections.perform': () => caller.corrections.perform({ space, act: 'replay', on, ...fresh() }),
      'corrections.perform edited': () =>
        caller.corrections.perform({ space, act: 'replay', on: { places: [{ ...place, content: '{}' }] }, ...fresh() }),
      'corrections.find': () => caller.corrections.find({ space, id }),
      'corrections.list': () => caller.corrections.list({ space, app: place.app }),
      'corrections.list after': () => caller.corrections.list({ space, after: id }),
    }
  }

  it('of another space are not found: its space, its apps, its events, its corrections', async () => {
    const done = await platform.corrections.perform({
      space: 'theirs',
      act: 'replay',
      on: { places: [places.far] },
      ...fresh(),
    })
    const id = done.ok ? done.corrections[0]!.id : ''
    expect(await platform.corrections.find({ space: 'theirs', id })).toMatchObject({ id })
    for (const caller of [admin, developer]) {
      for (const space of ['ours', 'theirs', 'nowhere']) {
        for (const [name, ask] of Object.entries(askEach(caller, { space, place: places.far, id }))) {
          await expect(ask(), `${name} in ${space}`).rejects.toMatchObject({ code: 'NOT_FOUND' })
        }
      }
    }
    // The right app with another's place, and an app that nobody owns.
    const mixed = { ...places.far, app: 'one' }
    for (const place of [mixed, places.stray]) {
      await expect(admin.quarantine.find({ space: 'ours', ...place })).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await expect(
        admin.corrections.perform({ space: 'ours', act: 'dismiss', on: { places: [place] }, ...fresh() }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
    await expect(developer.quarantine.find({ space: 'ours', ...places.two })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    // The id of another's correction stands for that one, and says nothing of it.
    await expect(
      admin.corrections.perform({ space: 'ours', act: 'replay', on: { places: [places.one] }, id, reason: 'mine' }),
    ).rejects.toMatchObject({ code: 'CONFLICT', message: 'This id stands for another correction: choose a new one' })
  })

  it('each answer nobody without a session, and in another space nobody at all', async () => {
    type Ask = (caller: Caller, space: string) => Promise<unknown>
    const on = { places: [places.far] }
    const every: Record<string, Ask> = {
      'events.list': (caller, space) => caller.events.list({ space }),
      'events.find': (caller, space) => caller.events.find({ space, app: 'far', source: '/test', id: 'h5' }),
      'quarantine.reasons': (caller, space) => caller.quarantine.reasons({ space }),
      'quarantine.list': (caller, space) => caller.quarantine.list({ space }),
      'quarantine.find': (caller, space) => caller.quarantine.find({ space, ...places.far }),
      'corrections.tryOut': (caller, space) => caller.corrections.tryOut({ space, act: 'replay', on }),
      'corrections.perform': (caller, space) => caller.corrections.perform({ space, act: 'replay', on, ...fresh() }),
      'corrections.tryInstead': (caller, space) => caller.corrections.tryInstead({ space, ...places.far }),
      'corrections.takeInstead': (caller, space) =>
        caller.corrections.takeInstead({ space, ...places.far, ...fresh() }),
      'corrections.list': (caller, space) => caller.corrections.list({ space }),
      'corrections.find': (caller, space) => caller.corrections.find({ space, id: randomUUID() }),
    }
    const names = Object.keys(appRouter._def.procedures).filter((name) => name.includes('.'))
    expect(Object.keys(every).sort()).toEqual(names.sort())
    for (const [name, ask] of Object.entries(every)) {
      await expect(ask(database.stranger, 'ours'), name).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
      for (const caller of [admin, developer, viewer]) {
        for (const space of ['theirs', 'nowhere']) {
          await expect(ask(caller, space), `${name} in ${space}`).rejects.toMatchObject({
            code: 'NOT_FOUND',
            message: 'No such developer space',
          })
        }
      }
      await expect(ask(viewer, 'ours'), name).rejects.toMatchObject({ code: 'FORBIDDEN' })
    }
  })

  it('need their right: a developer replays, an admin also dismisses, only the platform corrects what counts', async () => {
    const tries = (caller: Caller, place: { app: string; batch: string; pos: number }) => ({
      replay: () => caller.corrections.tryOut({ space: 'ours', act: 'replay', on: { places: [place] } }),
      dismiss: () => caller.corrections.tryOut({ space: 'ours', act: 'dismiss', on: { places: [place] } }),
      cancel: () => caller.corrections.tryOut({ space: 'ours', act: 'cancel', on: { places: [place] } }),
      amend: () =>
        caller.corrections.tryOut({ space: 'ours', act: 'amend', on: { places: [{ ...place, content: '{}' }] } }),
      reattribute: () => caller.corrections.tryOut({ space: 'ours', act: 'reattribute', on: { places: [place] } }),
      tryInstead: () => caller.corrections.tryInstead({ space: 'ours', ...places.conflict }),
      takeInstead: () => caller.corrections.takeInstead({ space: 'ours', ...places.conflict, ...fresh() }),
    })
    const refused = async (caller: Caller) => {
      const names: string[] = []
      for (const [name, ask] of Object.entries(tries(caller, places.one))) {
        const code = await ask().then(
          () => 'done',
          (error: { code: string }) => error.code,
        )
        if (code === 'FORBIDDEN') names.push(name)
        else expect(code, name).toBe('done')
      }
      return names
    }
    const strong = ['cancel', 'amend', 'reattribute', 'tryInstead', 'takeInstead']
    expect(await refused(viewer)).toEqual(['replay', 'dismiss', ...strong])
    expect(await refused(developer)).toEqual(['dismiss', ...strong])
    expect(await refused(admin)).toEqual(strong)
    expect(await refused(database.stranger).catch(() => 'UNAUTHORIZED')).toBe('UNAUTHORIZED')
  })

  it('do not undo by replaying what a stronger hand decided, nor reach what counts', async () => {
    const [place] = await database.taken('one', prompt('w1', { tokens: 1 }))
    const replay = (caller: Caller) =>
      caller.corrections.tryOut({ space: 'ours', act: 'replay', on: { places: [place!] } })
    await expect(replay(admin)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await platform.corrections.perform({ act: 'cancel', on: { places: [place!] }, ...fresh() })
    await database.project()
    for (const caller of [developer, admin]) {
      await expect(replay(caller)).rejects.toMatchObject({
        code: 'FORBIDDEN',
        message: expect.stringContaining('found one that is cancelled'),
      })
    }
    expect(await replay(platform)).toMatchObject({ effect: { events: { effective: 1 } } })
    await expect(
      admin.corrections.tryOut({ space: 'ours', act: 'replay', on: { filter: { verdicts: ['cancelled'] } } }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('replay an edited copy once it is as the door wants it, and dismiss with a reason that stays with the event', async () => {
    const content = JSON.stringify(prompt('h1', { tokens: 4 }))
    const edited = { space: 'ours', act: 'replay' as const, on: { places: [{ ...places.one, content }] } }
    expect(await developer.corrections.tryOut(edited)).toMatchObject({
      effect: { changes: [{ from: 'quarantined', to: 'counted', events: 1 }] },
    })
    await developer.corrections.perform({ ...edited, ...fresh() })
    await admin.corrections.perform({
      space: 'ours',
      act: 'dismiss',
      on: { filter: { reasons: ['value_missing'] } },
      id: randomUUID(),
      reason: 'a test of theirs',
    })
    await database.project()
    expect(await admin.quarantine.find({ space: 'ours', ...places.one })).toMatchObject({ verdict: 'counted', content })
    expect(await admin.quarantine.find({ space: 'ours', ...places.two })).toMatchObject({
      verdict: 'dismissed',
      detail: 'a test of theirs',
    })
    expect(await reasonsOf(admin, { space: 'ours' })).toEqual({ conflict: 1 })
    expect(await reasonsOf(platform, { space: 'theirs' })).toEqual({ value_missing: 1 })
    const { corrections } = await admin.corrections.list({ space: 'ours', limit: 3 })
    expect(corrections.map(({ act, app, actor }) => [act, app, actor]).sort()).toEqual([
      ['dismiss', 'one', 'Pat'],
      ['dismiss', 'two', 'Pat'],
      ['replay', 'one', 'Pat'],
    ])
    const older = await admin.corrections.list({ space: 'ours', after: corrections[2]!.id })
    expect(older.corrections.every(({ id }) => !corrections.some((newer) => newer.id === id))).toBe(true)
  })

  it('name no other space to whoever sees one, though a replay moves the event there', async () => {
    const { pool, ids } = database
    const [place] = await database.taken('two', prompt('m1', {}, { time: '2026-09-01T00:00:00Z' }))
    await pool.query(`UPDATE app_ownership SET effective_to = '2026-08-15' WHERE app_id = $1`, [ids.two])
    await own(pool, { appId: ids.two, spaceId: ids.theirs, since: '2026-08-15' })
    await pool.query(`UPDATE entitlement SET effective_to = '2026-08-15' WHERE app_id = $1`, [ids.two])
    await pool.query(
      `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from)
       SELECT $1, id, $2, 'tokens', '2026-08-15' FROM subscription WHERE space_id = $3`,
      [randomUUID(), ids.two, ids.theirs],
    )
    const content = JSON.stringify(prompt('m1', { tokens: 3 }, { time: '2026-09-01T00:00:00Z' }))
    const trial = await admin.corrections.tryOut({
      space: 'ours',
      act: 'replay',
      on: { places: [{ ...place!, content }] },
    })
    expect(trial).toMatchObject({ effect: { usage: [{ space: null, isElsewhere: true, after: { quantity: '3' } }] } })
    expect(JSON.stringify(trial)).not.toMatch(new RegExp(`theirs|${ids.theirs}`))
    await admin.corrections.perform({
      space: 'ours',
      act: 'replay',
      on: { places: [{ ...place!, content }] },
      ...fresh(),
    })
    await database.project()
    await expect(admin.quarantine.find({ space: 'ours', ...place! })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(admin.events.find({ space: 'ours', app: 'two', source: '/test', id: 'm1' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    const back = JSON.stringify(prompt('m1', { tokens: 4 }, { time: '2026-08-01T00:00:00Z' }))
    await platform.corrections.perform({ act: 'amend', on: { places: [{ ...place!, content: back }] }, ...fresh() })
    await database.project()
    const life = await admin.events.find({ space: 'ours', app: 'two', source: '/test', id: 'm1' })
    expect('acts' in life && life.acts.map(({ before, after }) => [before?.space, after.space])).toEqual([
      ['ours', null],
      [null, 'ours'],
    ])
    expect(JSON.stringify(life)).not.toMatch(new RegExp(`theirs|${ids.theirs}`))
  })
})
