import { randomUUID } from 'node:crypto'
import { subtractDecimals } from '@meterbook/core/kernel'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { own } from '../events/events-test-database.ts'
import { type Caller, type CallerTestDatabase, createCallerTestDatabase, prompt } from './caller-on-test-database.ts'

let database: CallerTestDatabase
let platform: Caller
/** What needs a second person is tested with the proposals. */
const ABOVE = '999999999999999'
beforeAll(async () => {
  process.env.METERBOOK_APPROVAL_ABOVE = ABOVE
  database = await createCallerTestDatabase()
  platform = await database.callerOf({ isPlatformAdmin: true })
})
afterAll(() => database.drop())

const taken: CallerTestDatabase['taken'] = (...of) => database.taken(...of)
/** The net sum of an app's tokens, from the usage records. */
async function netOf(app: 'two'): Promise<string> {
  const result = await database.clickhouse.query({
    query: `SELECT toString(sumIf(quantity, sign = 1) - sumIf(quantity, sign = -1)) AS net FROM usage_records WHERE app = {app:String} AND meter = 'tokens'`,
    query_params: { app: database.ids[app] },
    format: 'JSONEachRow',
  })
  return (await result.json<{ net: string }>())[0]?.net ?? '0'
}

const stateOf = async (app: string, id: string) => {
  const life = await platform.events.find({ app, source: '/test', id })
  return 'verdict' in life
    ? [life.state, ...life.usage.map(({ meter, quantity }) => `${meter} ${quantity}`)]
    : [life.state]
}
const reason = 'because'
const fresh = () => ({ id: randomUUID(), reason })

describe('a correction', () => {
  it('shows its effect before it is done, to the digit, and does exactly that', async () => {
    const places = await taken('one', prompt('c1', { tokens: 0.1 }), prompt('c2', { tokens: '0.25' }), prompt('c3', {}))
    const asked = { act: 'cancel' as const, on: { places } }
    const trial = await platform.corrections.tryOut(asked)
    expect(trial).toEqual({
      ok: true,
      targets: 3,
      effect: {
        events: { effective: 2, unchanged: 0, ineligible: 1 },
        changes: [{ from: 'counted', to: 'cancelled', events: 2 }],
        usage: [
          {
            app: 'one',
            space: 'ours',
            isElsewhere: false,
            meter: 'tokens',
            unit: 'tokens unit',
            before: { records: 2, quantity: '0.35' },
            after: { records: 0, quantity: '0' },
          },
        ],
      },
      money: { amounts: [{ currency: 'USD', amount: '0.0000105' }], untold: 0 },
      approval: { above: ABOVE, isNeeded: false, already: [], hours: 24 },
    })
    expect(await stateOf('one', 'c1')).toEqual(['counted', 'tokens 0.1'])
    const done = await platform.corrections.perform({ ...asked, ...fresh(), expected: 3 })
    if (!done.ok) throw new Error('expected it to be done')
    const [correction] = done.corrections
    expect(correction).toMatchObject({ act: 'cancel', app: 'one', actor: 'Pat', reason, targets: 3 })
    expect(await platform.corrections.find({ id: correction!.id })).toMatchObject({ state: 'waiting', rowsBefore: '0' })
    await database.project()
    expect(await platform.corrections.find({ id: correction!.id })).toMatchObject({
      state: 'done',
      effective: 2,
      effect: trial.ok ? trial.effect : {},
    })
    expect(await stateOf('one', 'c1')).toEqual(['cancelled'])
  })

  it('is done once for an id, whoever asks again and whatever has come meanwhile', async () => {
    await taken('one', prompt('o1', { tokens: 1 }, { subject: 'once' }))
    const asked = { act: 'cancel' as const, on: { filter: { app: 'one', subject: 'once' } }, ...fresh() }
    const first = await platform.corrections.perform(asked)
    await taken('one', prompt('o2', { tokens: 1 }, { subject: 'once' }))
    const again = await platform.corrections.perform(asked)
    expect(again).toEqual({ ...first, isRepeated: true })
    const both = await Promise.all(
      [1, 2, 3].map(() => platform.corrections.perform({ ...asked, id: asked.id.toUpperCase() })),
    )
    for (const each of both) expect(each).toEqual(again)
    await database.project()
    expect(await stateOf('one', 'o1')).toEqual(['cancelled'])
    expect(await stateOf('one', 'o2')).toEqual(['counted', 'tokens 1'])
    await expect(platform.corrections.perform({ ...asked, act: 'replay' })).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('of a filtered set reaches several apps, each in its own journal, all or none', async () => {
    await taken('one', prompt('s1', { tokens: 2 }, { subject: 'set' }))
    await taken('two', prompt('s2', { tokens: 3 }, { subject: 'set' }))
    await taken('far', prompt('s3', { tokens: 4 }, { subject: 'set' }))
    const asked = { act: 'cancel' as const, on: { filter: { subject: 'set' } } }
    const trial = await platform.corrections.tryOut(asked)
    expect(trial.ok && trial.effect.usage.map(({ app, space, before }) => [app, space, before.quantity])).toEqual([
      ['far', 'theirs', '4'],
      ['one', 'ours', '2'],
      ['two', 'ours', '3'],
    ])
    await expect(platform.corrections.perform({ ...asked, ...fresh(), expected: 2 })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'expected 2 events, as the trial showed, found 3: try it out again',
    })
    const consent = fresh()
    const done = await platform.corrections.perform({ ...asked, ...consent, expected: 3 })
    expect(done.ok && done.corrections.map(({ app }) => app).sort()).toEqual(['far', 'one', 'two'])
    await database.project()
    for (const [app, id] of [
      ['one', 's1'],
      ['two', 's2'],
      ['far', 's3'],
    ] as const) {
      expect(await stateOf(app, id)).toEqual(['cancelled'])
    }
    const again = await platform.corrections.perform({ ...asked, ...consent, expected: 3 })
    expect(again.ok && again.isRepeated && again.corrections.length).toBe(3)
    await expect(platform.corrections.tryOut(asked)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('amends with other content, and refuses what the door would refuse or what is another event, by field', async () => {
    const [place] = await taken('one', prompt('a1', { tokens: 5 }))
    const amend = (content: unknown) => ({
      act: 'amend' as const,
      on: { places: [{ ...place!, content: typeof content === 'string' ? content : JSON.stringify(content) }] },
    })
    const fields = async (content: unknown) => {
      const answer = await platform.corrections.perform({ ...amend(content), ...fresh() })
      return answer.ok ? 'done' : answer.contents[0]?.errors.map(({ field, code }) => `${field} ${code}`)
    }
    expect(await fields('{')).toEqual([' json'])
    expect(await fields('[]')).toEqual([' structure'])
    expect(await fields(prompt('another', { tokens: 1 }))).toEqual(['id forbidden'])
    expect(await fields({ ...prompt('a1', {}), source: '/else', app: 'far' })).toEqual([
      'source forbidden',
      'app forbidden',
    ])
    expect(await fields({ ...prompt('a1', {}), specversion: '2', time: 'noon' })).toEqual([
      'specversion version',
      'time format',
    ])
    expect(await fields(prompt('a1', { tokens: 'x'.repeat(70_000) }))).toEqual([' size'])
    await expect(platform.corrections.tryOut({ act: 'amend', on: { places: [place!] } })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    })
    const trial = await platform.corrections.tryOut(amend(prompt('a1', { tokens: 8 })))
    expect(trial.ok && trial.effect.usage.map(({ before, after }) => [before.quantity, after.quantity])).toEqual([
      ['5', '8'],
    ])
    expect(await fields(prompt('a1', { tokens: 8 }))).toBe('done')
    await database.project()
    expect(await stateOf('one', 'a1')).toEqual(['counted', 'tokens 8'])
  })

  it('re-attributes what was held and what was counted after the catalogue changed behind it, each space its share', async () => {
    const { pool, ids } = database
    await taken('stray', prompt('r1', { tokens: 1 }), prompt('r2', { tokens: 2 }, { time: '2026-08-01T00:00:00Z' }))
    expect(await stateOf('stray', 'r1')).toEqual(['quarantined'])
    await own(pool, { appId: ids.stray, spaceId: ids.ours, since: '2026-01-01' })
    await pool.query(
      `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from)
       SELECT $1, id, $2, 'tokens', '2026-01-01' FROM subscription WHERE space_id = $3`,
      [randomUUID(), ids.stray, ids.ours],
    )
    const asked = {
      act: 'reattribute' as const,
      on: { filter: { app: 'stray', from: '2026-07-01T00:00:00Z', to: '2026-08-02T00:00:00Z' } },
    }
    const trial = await platform.corrections.tryOut(asked)
    expect(trial.ok && trial.effect).toMatchObject({
      events: { effective: 2 },
      changes: [{ from: 'quarantined', to: 'counted', events: 2 }],
      usage: [{ space: 'ours', before: { quantity: '0' }, after: { quantity: '3' } }],
    })
    await platform.corrections.perform({ ...asked, ...fresh() })
    await database.project()
    expect(await stateOf('stray', 'r1')).toEqual(['counted', 'tokens 1'])
    await pool.query(`UPDATE app_ownership SET effective_to = '2026-07-15' WHERE app_id = $1`, [ids.stray])
    await own(pool, { appId: ids.stray, spaceId: ids.theirs, since: '2026-07-15' })
    await pool.query(`UPDATE entitlement SET effective_to = '2026-07-15' WHERE app_id = $1`, [ids.stray])
    await pool.query(
      `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from)
       SELECT $1, id, $2, 'tokens', '2026-07-15' FROM subscription WHERE space_id = $3`,
      [randomUUID(), ids.stray, ids.theirs],
    )
    const moved = await platform.corrections.tryOut(asked)
    expect(moved.ok && moved.effect).toMatchObject({
      events: { effective: 1, unchanged: 1 },
      usage: [
        { space: 'ours', before: { quantity: '2' }, after: { quantity: '0' } },
        { space: 'theirs', before: { quantity: '0' }, after: { quantity: '2' } },
      ],
    })
    const done = await platform.corrections.perform({ ...asked, ...fresh() })
    await database.project()
    expect(await stateOf('stray', 'r2')).toEqual(['counted', 'tokens 2'])
    const correction = await platform.corrections.find({ id: done.ok ? done.corrections[0]!.id : '' })
    expect(correction).toMatchObject({
      effective: 1,
      effect: { events: { effective: 1, unchanged: 1, ineligible: 0 } },
    })
    await expect(
      platform.corrections.tryOut({ act: 'reattribute', on: { filter: { app: 'stray' } } }),
    ).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })

  it('keeps a reason to the letter, and refuses one that no store could keep', async () => {
    const [place] = await taken('one', prompt('k1', { tokens: 1 }))
    const asked = { act: 'cancel' as const, on: { places: [place!] } }
    for (const text of ['', '  ', 'a\u0000b', '\ud800', 'x'.repeat(1_001)]) {
      await expect(
        platform.corrections.perform({ ...asked, id: randomUUID(), reason: text }),
        JSON.stringify(text),
      ).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    }
    const text = `"it's" <b>{r:String}</b> '); DROP TABLE correction; -- \\ 𝕳`
    await platform.corrections.perform({ ...asked, id: randomUUID(), reason: text })
    await database.project()
    const life = await platform.events.find({ app: 'one', source: '/test', id: 'k1' })
    expect('acts' in life && [life.verdict.detail, life.acts[0]?.reason]).toEqual([text, text])
  })

  it('does to the usage of every space exactly what its trial showed, whatever the events and the act', async () => {
    const tokens = fc.oneof(
      fc.integer({ min: -5, max: 1_000 }),
      fc.constantFrom('0.1', '1e-20', '999999999999.5', 'x', null),
    )
    const acts = fc.constantFrom('cancel' as const, 'replay' as const, 'dismiss' as const, 'reattribute' as const)
    const drawn = fc.record({
      values: fc.array(tokens, { minLength: 1, maxLength: 8 }),
      acts: fc.array(acts, { minLength: 1, maxLength: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(drawn, async ({ values, acts: drawnActs }) => {
        const run = randomUUID()
        const events = values.map((value, index) => prompt(`${run}-${index}`, { tokens: value }))
        const places = await taken('two', ...events, events[0]!)
        for (const act of drawnActs) {
          const asked = { act, on: { places } }
          const before = await netOf('two')
          const trial = await platform.corrections.tryOut(asked)
          const done = await platform.corrections.perform({ ...asked, ...fresh() })
          await database.project()
          const after = await netOf('two')
          if (!trial.ok || !done.ok) throw new Error('expected both')
          const [cell] = trial.effect.usage
          const shown = cell === undefined ? '0' : subtractDecimals(cell.after.quantity, cell.before.quantity)
          expect(subtractDecimals(after, before)).toBe(shown)
          const found = await platform.corrections.find({ id: done.corrections[0]!.id })
          expect(found).toMatchObject({ effective: trial.effect.events.effective, effect: trial.effect })
        }
      }),
      { numRuns: 5 },
    )
  }, 120_000)

  it('takes a conflict instead of the first: the first has its content, and it is held no longer', async () => {
    const [first] = await taken('one', prompt('i1', { tokens: 5 }))
    const [conflict] = await taken('one', prompt('i1', { tokens: 6 }))
    const [held] = await taken('one', prompt('i2', {}))
    const [of] = await taken('one', prompt('i2', { tokens: 7 }))
    await expect(platform.corrections.tryInstead(first!)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    const trial = await platform.corrections.tryInstead(conflict!)
    expect(trial.effect).toMatchObject({
      events: { effective: 2 },
      usage: [{ before: { quantity: '5' }, after: { quantity: '6' } }],
    })
    const consent = fresh()
    const done = await platform.corrections.takeInstead({ ...conflict!, ...consent })
    expect(done.ok && done.corrections.map(({ act }) => act)).toEqual(['amend', 'dismiss'])
    expect(await platform.corrections.takeInstead({ ...conflict!, ...consent })).toEqual({ ...done, isRepeated: true })
    await platform.corrections.takeInstead({ ...of!, ...fresh() })
    await database.project()
    expect(await stateOf('one', 'i1')).toEqual(['counted', 'tokens 6'])
    expect(await stateOf('one', 'i2')).toEqual(['counted', 'tokens 7'])
    expect((await platform.quarantine.find(held!))?.verdict).toBe('counted')
    expect((await platform.quarantine.find(conflict!))?.verdict).toBe('dismissed')
  })
})
