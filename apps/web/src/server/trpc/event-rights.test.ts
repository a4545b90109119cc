import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { own } from '../events/events-test-database.ts'
import { type Caller, prompt } from './caller-on-test-database.ts'
import { createHeldTestDatabase, fresh, type HeldTestDatabase, reasonsOf } from './held-on-test-database.ts'
import { appRouter } from './router.ts'

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
      'events.receipt': () => caller.events.receipt({ space, ...place }),
      'events.charges': () => caller.events.charges({ space, ...place }),
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
      'events.tail': (caller, space) => caller.events.tail({ space }),
      'events.receipt': (caller, space) => caller.events.receipt({ space, ...places.far }),
      'events.charges': (caller, space) => caller.events.charges({ space, ...places.far }),
      'quarantine.reasons': (caller, space) => caller.quarantine.reasons({ space }),
      'quarantine.list': (caller, space) => caller.quarantine.list({ space }),
      'quarantine.find': (caller, space) => caller.quarantine.find({ space, ...places.far }),
      'corrections.tryOut': (caller, space) => caller.corrections.tryOut({ space, act: 'replay', on }),
      'corrections.perform': (caller, space) => caller.corrections.perform({ space, act: 'replay', on, ...fresh() }),
      'corrections.propose': (caller, space) => caller.corrections.propose({ space, act: 'replay', on, ...fresh() }),
      'corrections.tryInstead': (caller, space) => caller.corrections.tryInstead({ space, ...places.far }),
      'corrections.takeInstead': (caller, space) =>
        caller.corrections.takeInstead({ space, ...places.far, ...fresh() }),
      'corrections.proposeInstead': (caller, space) =>
        caller.corrections.proposeInstead({ space, ...places.far, ...fresh() }),
      'corrections.list': (caller, space) => caller.corrections.list({ space }),
      'corrections.find': (caller, space) => caller.corrections.find({ space, id: randomUUID() }),
      'statements.list': (caller, space) => caller.statements.list({ space }),
      'statements.get': (caller, space) => caller.statements.get({ space, id: `2026-06-${space}` }),
      'statements.provisional': (caller, space) => caller.statements.provisional({ space, id: `2026-06-${space}` }),
      'statements.entries': (caller, space) => caller.statements.entries({ space, id: `2026-06-${space}` }),
      'statements.events': (caller, space) =>
        caller.statements.events({ space, id: `2026-06-${space}`, sequence: '1' }),
    }
    // Those of events; that every procedure holds its right is asked by the matrix.
    const names = Object.keys(appRouter._def.procedures).filter((name) =>
      /^(events|quarantine|corrections|statements)\./.test(name),
    )
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
